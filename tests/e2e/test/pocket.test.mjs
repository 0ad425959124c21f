// The pocket: filled from the reader's purse in a window and by way of another page, shown to its reader, copied and taken in.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { Purse, standIn } from '../harness/purse.mjs';
import { Reader, balance, buttonOf, fund, holds, isOpen, launch, panel, panelWords, pay, says } from '../harness/reader.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core');

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open(async (folder) => {
    await writeFile(join(folder, 'pocket.html'), `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Your pocket</title><meta name="viewport" content="width=device-width">
<script type="module" src="/farthing/element/define_pocket.js"></script></head><body><main><h1>Your pocket</h1><farthing-pocket></farthing-pocket></main></body></html>`);
    await writeFile(join(folder, 'tasche.html'), `<!doctype html><html lang="de"><head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Tasche</title>
<script type="module" src="/farthing/element/define_pocket.js"></script></head><body><farthing-pocket></farthing-pocket></body></html>`);
  }, standIn);
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

const LOADED = 2_000_000;
const fromPurse = (page) => buttonOf(page, /^Add 2\s€ from my purse and read on$/);

/** A reader who has pressed the price and is short of it, on a page that names a purse; `headers` are the page's own. */
async function short(article, headers = {}) {
  paper.site.straighten();
  paper.site.bend(article.path, ({ body, headers: before }) => ({ headers: { ...before, ...headers }, body: body.replace('<farthing-paywall', '<farthing-paywall purse') }));
  const purse = await Purse.open(paper, article);
  const reader = await Reader.sit(browser, paper, { viewport: { width: 800, height: 500 } });
  await purse.serve(reader.context);
  const page = await reader.open(article);
  await pay(page).click();
  return { reader, page, purse };
}

test('a pocket is filled by a window that one press opens and one press confirms, and the article opens where the reader is', async () => {
  const article = paper.at('0.20');
  const { reader, page, purse } = await short(article);
  await fromPurse(page).scrollIntoViewIfNeeded();
  const before = await page.evaluate(() => scrollY);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await says(page, /Your purse is open in another window/);
  await window.locator('#give:enabled').waitFor();
  assert.equal(await window.locator('#who').textContent(), `${paper.origin} ${LOADED}`);
  // What others say is not listened to.
  await page.evaluate(() => postMessage({ farthing: 1, kind: 'refused', code: 'insufficient_funds', of: '' }, '*'));
  await Promise.all([window.waitForEvent('close'), window.locator('#give').click()]);
  await isOpen(page, article);
  await holds(page, LOADED - article.amount);
  assert.equal(await page.evaluate(() => scrollY), before);
  assert.equal(purse.swaps, 1);
  assert.deepEqual(reader.said, []);
  await reader.leave();
});

for (const [why, headers, script] of [
  ['under COOP same-origin', { 'cross-origin-opener-policy': 'same-origin' }],
  ['where windows are blocked', {}, () => { globalThis.open = () => null; }],
]) {
  test(`${why} the page goes to the purse and comes back to the same place, with the article open`, async () => {
    const article = paper.at('0.20');
    const { reader, page, purse } = await short(article, headers);
    if (script) await page.evaluate(script);
    await fromPurse(page).scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    assert.ok(before > 100, `${before}`);
    await fromPurse(page).click();
    await page.waitForURL(/\/wallet\/#fill=/);
    assert.equal(await page.locator('#who').textContent(), `${paper.origin} ${LOADED}`);
    await page.locator('#give').click();
    await page.waitForURL(paper.origin + article.path);
    await isOpen(page, article);
    await holds(page, LOADED - article.amount);
    assert.ok(Math.abs((await page.evaluate(() => scrollY)) - before) < 4, `${before} before`);
    assert.ok(!page.url().includes('#'));
    await page.reload();
    await isOpen(page, article);
    assert.deepEqual([await balance(page), purse.swaps], [LOADED - article.amount, 1]);
    await reader.leave();
  });
}

test('an answer that is lost after the purse has paid is said, and asked for again with the same bytes at the next visit', async () => {
  const article = paper.at('0.20');
  const { reader, page, purse } = await short(article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await window.locator('#give:enabled').waitFor();
  await window.locator('#lose').click();
  await says(page, /Your purse was closed before it answered/);
  await page.close();
  const again = await reader.open(article);
  await says(again, /2\.00\s€ from your purse did not arrive/);
  assert.equal(await balance(again), 0);
  await pay(again).click();
  const [second] = await Promise.all([reader.context.waitForEvent('page'), buttonOf(again, /^Ask my purse again$/).click()]);
  await second.locator('#give:enabled').waitFor();
  await second.locator('#give').click();
  await isOpen(again, article);
  await holds(again, LOADED - article.amount);
  assert.equal(purse.asked.length, 2);
  assert.equal(purse.asked[0], purse.asked[1]);
  await reader.leave();
});

test('a purse that refuses is said to have given nothing, and may be asked for something else', async () => {
  const article = paper.at('0.20');
  const { reader, page } = await short(article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await window.locator('#give:enabled').waitFor();
  await window.locator('#refuse').click();
  await says(page, /Your purse gave nothing, and nothing was taken/);
  await pay(page).click();
  await fromPurse(page).waitFor();
  await reader.leave();
});

test('an answer in the address that nobody asked for changes nothing', async () => {
  paper.site.straighten();
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const said = Buffer.from(JSON.stringify({ farthing: 1, kind: 'filled', evaluations: [{ keyset: 'A'.repeat(22), evaluated: ['B'.repeat(44)], proof: 'C'.repeat(86) }] })).toString('base64url');
  const page = await reader.open(`${article.path}#farthing-filled=${said}`);
  await pay(page).waitFor();
  assert.deepEqual(reader.said, []);
  await reader.leave();
});

const passphrase = 'a gate, a wheel and a carter';
const fold = (page, name) => page.locator(`summary`, { hasText: name });

test('what the pocket holds opens in the panel: coins, receipts that are checked, and a copy that another browser takes in once', async () => {
  paper.site.straighten();
  const [article, other] = [paper.at('0.20'), paper.at('0.10')];
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  await fold(page, 'What you have here').click();
  await page.getByText('You have 1.80 € here, in coins of').waitFor();
  await fold(page, '1 article bought here').click();
  await page.getByRole('button', { name: 'Check all receipts' }).click();
  await page.getByText('The receipt was checked now, with signature, price and text. It holds.').waitFor();
  assert.match(await panelWords(page), /0\.20\s€ · .* · holds/);
  await fold(page, 'What was checked').click();
  assert.match(await panelWords(page), /coins here: the issuer’s proof for each was checked again now, and holds\.\n*Key list no\. 1 of 127\.0\.0\.1/);
  const [receipts] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save receipts' }).click()]);
  assert.equal(JSON.parse(await readFile(await receipts.path(), 'utf8')).receipts[0].amount, article.amount);
  await fold(page, 'A copy of what is here').click();
  await page.getByRole('button', { name: 'Save a copy' }).click();
  await page.getByText('That passphrase is too short.').waitFor();
  await page.getByLabel('Passphrase, at least 10 characters').fill(passphrase);
  const [copy] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save a copy' }).click()]);
  const file = join(tmpdir(), `farthing-copy-${process.pid}.json`);
  await copy.saveAs(file);
  assert.deepEqual(reader.said, []);

  const second = await Reader.sit(browser, paper);
  const there = await second.open('/pocket.html');
  await there.getByText('There are no coins here.').waitFor();
  await fold(there, 'A copy of what is here').click();
  const takeIn = async (words, outcome, from = file) => {
    await there.getByLabel('Passphrase, at least 10 characters').fill(words);
    await there.locator('input[type=file]').setInputFiles(from);
    await there.getByRole('button', { name: 'Take in a copy' }).click();
    await there.getByText(outcome).waitFor();
  };
  await takeIn('not the passphrase', 'That is not the passphrase of this file. Nothing was changed.');
  await writeFile(`${file}.bad`, (await readFile(file, 'utf8')).replace(/("sealed":"[^"]{50})./, '$1-'));
  await takeIn(passphrase, 'This file is damaged, or no copy of a pocket. Nothing was changed.', `${file}.bad`);
  await takeIn(passphrase, 'Taken in: 1.80 € and 1 article.');
  await there.getByText('You have 1.80 € here').waitFor();
  await takeIn(passphrase, 'All that is in this file was here before. Nothing was changed.');
  await second.open(article, there);
  await isOpen(there, article);
  await second.open(other, there);
  await pay(there).click();
  await isOpen(there, other);
  await holds(there, LOADED - article.amount - other.amount);
  assert.deepEqual(second.said, []);
  for (const one of [reader, second]) await one.leave();
});

test('the pocket’s own page is complete for screen readers, speaks the page’s language, and erases the reading history after a second press', async () => {
  paper.site.straighten();
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  await reader.open('/tasche.html', page);
  await page.getByText('Sie haben hier 1,80 €, in Münzen von').waitFor();
  await reader.open('/pocket.html', page);
  for (const name of ['1 article bought here', 'What was checked', 'A copy of what is here']) await fold(page, name).click();
  await page.addScriptTag({ path: axe });
  const { violations } = await page.evaluate(() => globalThis.axe.run(document.querySelector('main')));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  await page.getByRole('button', { name: 'Erase the reading history' }).click();
  await page.getByRole('button', { name: 'Erase it: these articles can then not be opened again' }).click();
  await page.getByText('The reading history is erased. Your coins are still here.').waitFor();
  await page.getByText('Nothing was bought here.').waitFor();
  assert.equal(await balance(page), LOADED - article.amount);
  await reader.open(article, page);
  await pay(page).waitFor();
  await reader.leave();
});

test('who has enough loads no script but those that buy, and nothing that only others need', async () => {
  paper.site.straighten();
  const reader = await Reader.sit(browser, paper);
  const [article, other] = [paper.at('0.20'), paper.at('0.10')];
  const page = await fund(reader, article);
  await pay(page).waitFor();
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await reader.open(other, page);
  await pay(page).click();
  await isOpen(page, other);
  await holds(page, LOADED - other.amount);
  assert.deepEqual(asked.filter((path) => path.startsWith('/farthing/')).sort(), ['define.js', 'engine.js', 'words/en.js'].map((name) => `/farthing/element/${name}`).concat('/farthing/farthing_bg.wasm'));
  await reader.leave();
});
