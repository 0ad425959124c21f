// The element's states at three widths, light and dark: free of serious accessibility faults, nothing cut off, pictures in target/e2e.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Newspaper, ROOT } from '../../harness/newspaper.mjs';
import { Reader, buttonOf, fund, isOpen, launch, panel, pay, says } from '../harness/reader.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PICTURES = join(ROOT, 'target', 'e2e');
const WIDTHS = [390, 820, 1440];

let paper;
let browser;
before(async () => {
  await mkdir(PICTURES, { recursive: true });
  paper = await Newspaper.open();
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

async function accessible(page, state) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const bad = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(bad.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.flat().join(' ')} ${node.failureSummary}`).join(' | ')}`), [], state);
}

async function fits(page, state) {
  const over = await page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= width) return [];
    const wide = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > width);
    return wide.map((element) => `${element.localName}.${element.className} to ${Math.round(element.getBoundingClientRect().right)} of ${width}`);
  });
  assert.deepEqual(over, [], `${state} is wider than the window`);
}

const picture = async (page, name) => {
  await panel(page).evaluate((element) => element.shadowRoot.querySelector('section').scrollIntoView({ block: 'center' }));
  await page.screenshot({ path: join(PICTURES, `${name}.png`) });
};

for (const scheme of ['light', 'dark']) {
  test(`every state in ${scheme}`, async () => {
    const reader = await Reader.sit(browser, paper, { colorScheme: scheme, viewport: { width: 820, height: 1000 } });
    const article = paper.at('0.20');
    const page = await reader.open(article);
    await pay(page).waitFor();

    const state = async (name) => {
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 1000 });
        await fits(page, `${name} at ${width}`);
        await picture(page, `${name}-${width}-${scheme}`);
        if (width === 390 || name !== 'checkout') await accessible(page, `${name} at ${width} in ${scheme}`);
      }
    };
    await state('locked');
    await panel(page).locator('summary').first().click();
    await state('locked-details');
    await pay(page).click();
    await buttonOf(page, /^Add 2/).waitFor();
    await state('short');

    await buttonOf(page, /^Add 2/).click();
    await page.waitForURL(/checkout/);
    await page.getByRole('button', { name: /approve|^pay/i }).waitFor();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 1000 });
      await fits(page, `checkout at ${width}`);
      await page.screenshot({ path: join(PICTURES, `checkout-${width}-${scheme}.png`) });
      await accessible(page, `checkout at ${width} in ${scheme}`);
    }
    await page.getByRole('button', { name: /approve|^pay/i }).click();
    await page.waitForURL(paper.origin + article.path);
    await says(page, /arrived/);
    await state('funded');

    let release;
    const held = new Promise((done) => { release = done; });
    await reader.context.route('**/v1/redemptions', async (route) => {
      await held;
      await route.continue();
    });
    await pay(page).click();
    await says(page, /Paying/);
    await state('paying');
    release();
    await isOpen(page, article);
    await reader.context.unroute('**/v1/redemptions');
    await state('unlocked');
    await page.evaluate(() => scrollTo(0, 0));
    await page.setViewportSize({ width: 1440, height: 1000 });
    await page.screenshot({ path: join(PICTURES, `article-1440-${scheme}.png`), fullPage: true });
    await page.goto(`${paper.origin}/`);
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 1000 });
      await fits(page, `front page at ${width}`);
      await page.screenshot({ path: join(PICTURES, `front-${width}-${scheme}.png`), fullPage: true });
    }
    await reader.leave();

    const failing = await fund(await Reader.sit(browser, paper, { colorScheme: scheme, viewport: { width: 820, height: 1000 } }), paper.at('0.10'));
    await failing.route('**/v1/redemptions', (route) => route.fulfill({
      status: 422, headers: { 'content-type': 'application/problem+json', 'access-control-allow-origin': '*' },
      body: JSON.stringify({ type: 'https://farthing.example/problems/offer_withdrawn', title: 'Withdrawn', status: 410, code: 'offer_withdrawn' }),
    }));
    await pay(failing).click();
    await says(failing, /The publisher has withdrawn this offer\. Nothing was charged\./);
    for (const width of WIDTHS) {
      await failing.setViewportSize({ width, height: 1000 });
      await fits(failing, `failed at ${width}`);
      await picture(failing, `failed-${width}-${scheme}`);
      await accessible(failing, `failed at ${width} in ${scheme}`);
    }
    await failing.context().close();
  });
}

test('forced colours and text of twice the size', async () => {
  const reader = await Reader.sit(browser, paper, { forcedColors: 'active', viewport: { width: 390, height: 1000 } });
  const page = await reader.open(paper.at('0.20'));
  await pay(page).waitFor();
  await picture(page, 'locked-390-forced');
  await reader.leave();

  const large = await Reader.sit(browser, paper, { viewport: { width: 390, height: 1000 } });
  const wide = await large.open(paper.at('0.20'));
  await wide.addStyleTag({ content: 'html { font-size: 200% !important }' });
  await pay(wide).waitFor();
  await fits(wide, 'text of twice the size');
  await picture(wide, 'locked-390-200percent');
  await large.leave();
});
