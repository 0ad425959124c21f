// The element's states at two widths, light and dark: no fault of the panel and no serious one of the page that axe finds, nothing cut
// off, pictures in target/e2e.
import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Newspaper, ROOT } from '../../harness/newspaper.mjs';
import { ENGINE, Reader, buttonOf, fund, isOpen, launch, panel, pay, says } from '../harness/reader.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PICTURES = ENGINE === 'chromium' ? join(ROOT, 'target', 'e2e') : join(ROOT, 'target', 'e2e', ENGINE);
// In the second browser one width is enough: what differs there is not the layout.
const WIDTHS = ENGINE === 'chromium' ? [390, 1280] : [390];

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
  // Of the element nothing at all is let through.
  const ours = ({ nodes }) => nodes.some(({ target }) => target.flat().some((part) => part.includes('farthing-paywall')));
  const bad = violations.filter((one) => one.impact === 'serious' || one.impact === 'critical' || ours(one));
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

// No other client can make a page dark (docs/adr/0031-browsers.md).
for (const scheme of ENGINE === 'chromium' ? ['light', 'dark'] : ['light']) {
  test(`every state in ${scheme}`, async () => {
    const reader = await Reader.sit(browser, paper, { colorScheme: scheme, viewport: { width: 820, height: 1000 } });
    const article = paper.at('0.20');
    const page = await reader.open(article);
    await pay(page).waitFor();

    const state = async (name, wanted = name) => {
      assert.equal(await panel(page).evaluate((element, shown) => element.state === shown && element.matches(`:state(${shown})`), wanted), true, `${name} is ${wanted}`);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 1000 });
        await fits(page, `${name} at ${width}`);
        await picture(page, `${name}-${width}-${scheme}`);
        await accessible(page, `${name} at ${width} in ${scheme}`);
      }
    };
    /** What is asked of this address waits until the returned function is called. */
    const hold = async (address) => {
      let release;
      const held = new Promise((done) => { release = done; });
      await reader.context.route(address, async (route) => {
        await held;
        // Taking the hold away lets a waiting request go as well.
        await route.continue().catch(() => {});
      });
      return async () => {
        release();
        await reader.context.unroute(address);
      };
    };
    await state('locked');
    await panel(page).locator('summary').first().click();
    await panel(page).getByRole('link', { name: /^Terms of / }).waitFor();
    await state('locked-details', 'locked');
    await pay(page).click();
    await buttonOf(page, /^Add 2/).waitFor();
    await panel(page).getByRole('link', { name: /^Terms of / }).waitFor();
    await state('insufficient');

    // As if in another tab: the article stays locked, and its panel can be looked at with money in the pocket.
    await page.evaluate(() => { Storage.prototype.setItem = () => {}; });
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
    await state('funded', 'locked');
    await reader.context.setOffline(true);
    await says(page, /You are offline/);
    await state('offline');
    await reader.context.setOffline(false);
    await panel(page).locator('details[part=limit] summary').click();
    await panel(page).locator('select').first().selectOption({ index: 2 });
    await panel(page).getByText('Kept on this device').waitFor();
    await state('limit', 'locked');
    await panel(page).locator('select').first().selectOption({ index: 0 });

    await page.reload();
    const toCheck = await hold('**/.well-known/farthing.json');
    await pay(page).click();
    await says(page, /Checking/);
    await state('confirming');
    const toPay = await hold('**/v1/redemptions');
    await toCheck();
    await says(page, /Paying/);
    await state('paying');
    await toPay();
    await isOpen(page, article);
    await state('unlocked');
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: join(PICTURES, `article-1280-${scheme}.png`), fullPage: true });
    const toOpen = await hold('**/engine.js');
    // In Firefox a page is not loaded before what its modules import is.
    await page.reload({ waitUntil: 'commit' });
    await panel(page).waitFor({ state: 'attached' });
    await state('loading');
    await toOpen();
    await isOpen(page, article);
    await state('owned', 'unlocked');
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
      await fits(failing, `error at ${width}`);
      await picture(failing, `error-${width}-${scheme}`);
      await accessible(failing, `error at ${width} in ${scheme}`);
    }
    await failing.context().close();
  });
}

test('the themes of the publishers’ guide keep the panel readable, and each looks different', async () => {
  const guide = await readFile(join(ROOT, 'docs', 'publishers.md'), 'utf8');
  const themes = [...guide.matchAll(/```css\n\/\* (\w+):([\s\S]*?)```/g)].map(([, name, rest]) => ({ name, css: `/* ${rest}` }));
  assert.equal(themes.length, 3);
  for (const scheme of ENGINE === 'chromium' ? ['light', 'dark'] : ['light']) {
    const reader = await Reader.sit(browser, paper, { colorScheme: scheme, viewport: { width: 390, height: 900 } });
    const page = await reader.open(paper.at('0.20'));
    await pay(page).waitFor();
    const looks = new Set();
    for (const { name, css } of themes) {
      const style = await page.addStyleTag({ content: css });
      looks.add(await pay(page).evaluate((button) => { const { backgroundColor, borderRadius, fontFamily } = getComputedStyle(button); return `${backgroundColor} ${borderRadius} ${fontFamily}`; }));
      await fits(page, `${name} ${scheme}`);
      await picture(page, `theme-${name.toLowerCase()}-390-${scheme}`);
      await accessible(page, `${name} in ${scheme}`);
      await style.evaluate((element) => element.remove());
    }
    assert.equal(looks.size, 3);
    assert.equal([...looks].filter((look) => look.includes('Georgia')).length, 1);
    await reader.leave();
  }
});

if (ENGINE === 'chromium') test('forced colours and text of twice the size', async () => {
  const reader = await Reader.sit(browser, paper, { forcedColors: 'active', viewport: { width: 390, height: 1000 } });
  const page = await reader.open(paper.at('0.20'));
  await pay(page).waitFor();
  await picture(page, 'locked-390-forced');
  // The empty lines are not drawn, and keep their place.
  const kept = await panel(page).evaluate((element) => element.shadowRoot.querySelector('.lines').getBoundingClientRect().height);
  assert.ok(kept > 300, `${kept} px`);
  await accessible(page, 'locked in forced colours');
  await reader.leave();

  const large = await Reader.sit(browser, paper, { viewport: { width: 390, height: 1000 } });
  const wide = await large.open(paper.at('0.20'));
  await wide.addStyleTag({ content: 'html { font-size: 200% !important }' });
  await pay(wide).waitFor();
  await fits(wide, 'text of twice the size');
  await picture(wide, 'locked-390-200percent');
  await large.leave();
});
