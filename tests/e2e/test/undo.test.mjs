// A purchase is given back: one press within its time, for a right that came with the load; once, and nothing is lost on the way.
import assert from 'node:assert/strict';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createRequire } from 'node:module';
import { Newspaper } from '../../harness/newspaper.mjs';
import { balanced } from '../harness/books.mjs';
import { ENGINE, Reader, addMoney, approve, buttonOf, clock, fund, holds, isLocked, isOpen, launch, panel, pay, says, waitEvent } from '../harness/reader.mjs';

const LOADED = 2_000_000;
const PICTURES = process.env.FARTHING_PICTURES;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open(async (folder) => {
    for (const name of await readdir(join(folder, 'articles'))) {
      const file = join(folder, 'articles', name);
      const html = await readFile(file, 'utf8');
      await writeFile(file, html.replace('data-farthing-price=', 'data-farthing-refund="24h" data-farthing-price='));
    }
  });
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

const undo = (page) => buttonOf(page, 'Undo');
const bought = async (reader, article) => {
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  return page;
};

test('one press gives a purchase back: the price is in the pocket, the text out of the page, and it is on sale again', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const page = await bought(reader, article);
  await holds(page, LOADED - article.amount);
  await undo(page).click();
  await says(page, /Given back: 0\.20\s€ is in your pocket again/);
  await holds(page, LOADED);
  await isLocked(page, article);
  await waitEvent(page, 'undo');
  await page.reload();
  await isLocked(page, article);
  // It is bought and given back again: the load came with one right, and that is spent.
  await pay(page).click();
  await isOpen(page, article);
  await holds(page, LOADED - article.amount);
  await page.waitForTimeout(1000);
  assert.equal(await undo(page).count(), 0);
  assert.deepEqual(reader.said, []);
  await balanced(paper);
  await reader.leave();
});

for (const [when, cut] of [
  ['the request is lost', (route) => route.abort()],
  ['the answer is lost', async (route) => { await route.fetch(); await route.abort(); }],
]) {
  test(`where ${when} a press asks again with the same bytes, and the price comes back once`, async () => {
    const article = paper.at('0.20');
    const reader = await Reader.sit(browser, paper);
    const page = await bought(reader, article);
    const sent = [];
    let lost = 0;
    await reader.context.route('**/v1/refunds', async (route) => {
      sent.push(route.request().postData());
      if (lost++ < 1) return cut(route);
      return route.continue();
    });
    await undo(page).click();
    await says(page, /not known yet whether this is given back/);
    // A reload in between: what was begun is asked about by itself.
    await page.reload();
    await says(page, /Given back/);
    await isLocked(page, article);
    await holds(page, LOADED);
    assert.equal(sent.length, 2);
    assert.equal(sent[0], sent[1]);
    await balanced(paper);
    await reader.leave();
  });
}

test('after its time there is no button, and a press just after it takes nothing', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const page = await bought(reader, article);
  await undo(page).waitFor();
  await reader.context.route('**/v1/refunds', (route) => route.fulfill({
    status: 410, headers: { 'content-type': 'application/problem+json', 'access-control-allow-origin': '*' },
    body: JSON.stringify({ type: 'https://farthing.example/problems/refund_over', title: 'Over.', status: 410, code: 'refund_over' }),
  }));
  await undo(page).click();
  await says(page, /The time to give this back is over\. It stays yours/);
  await isOpen(page, article);
  await holds(page, LOADED - article.amount);
  await clock(reader, 25);
  await page.reload();
  await isOpen(page, article);
  await page.waitForTimeout(1000);
  assert.equal(await undo(page).count(), 0);
  await reader.leave();
});

test('an issuer that gives nothing back is not offered to', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  await reader.context.route('**/.well-known/farthing-issuer.json', async (route) => {
    const answer = await route.fetch();
    const { refunds: _, ...directory } = await answer.json();
    await route.fulfill({ response: answer, json: directory });
  });
  const page = await bought(reader, article);
  await page.waitForTimeout(1000);
  assert.equal(await undo(page).count(), 0);
  await reader.context.unrouteAll({ behavior: 'ignoreErrors' });
  await reader.leave();
});

test('the button and what follows are free of what axe finds, in light and dark, and are kept as pictures', async () => {
  const article = paper.at('0.20');
  for (const colorScheme of ['light', 'dark']) {
    const reader = await Reader.sit(browser, paper);
    const page = await bought(reader, article);
    await page.emulateMedia({ colorScheme });
    await undo(page).waitFor();
    const look = async (name) => {
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run('farthing-paywall'));
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), [], `${name}, ${colorScheme}`);
      if (!PICTURES) return;
      for (const width of [390, 1280]) {
        await page.setViewportSize({ width, height: 900 });
        await panel(page).scrollIntoViewIfNeeded();
        await page.screenshot({ path: join(PICTURES, `undo-${name}-${colorScheme}-${width}-${ENGINE}.png`) });
      }
    };
    await look('offered');
    await undo(page).click();
    await says(page, /Given back/);
    await look('done');
    await reader.leave();
  }
});
