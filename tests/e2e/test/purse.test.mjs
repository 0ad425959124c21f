// The reader's purse as its issuer serves it: begun, loaded, asked by pages in both ways, brought back in another browser.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Issuer } from '../../harness/issuer.mjs';
import { Newspaper } from '../../harness/newspaper.mjs';
import { secondHead } from '../harness/fork.mjs';
import { ENGINE, Reader, approve, balance, buttonOf, clock, holds, isOpen, launch, pay, says } from '../harness/reader.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core');
const pictures = join(process.env.FARTHING_PICTURES ?? join(tmpdir(), 'farthing-pictures'), 'purse');

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open();
  browser = await launch();
  await mkdir(pictures, { recursive: true });
});
after(async () => { await browser?.close(); await paper?.close(); });

const wallet = () => `${paper.issuer.origin}/wallet/`;
const button = (page, name) => page.getByRole('button', { name, exact: typeof name === 'string' });
const heading = (page, name) => page.getByRole('heading', { level: 1, name });
const told = (page, pattern) => page.locator('#status').filter({ hasText: pattern }).waitFor();
const sum = (page) => page.locator('.sum').first();
const fold = (page, name) => page.locator('summary', { hasText: name });

/** Says the two words that are asked for. */
async function show(page, words) {
  await button(page, 'I have written them down').click();
  for (const input of await page.getByRole('textbox').all()) {
    const label = await input.evaluate((field) => field.labels[0].textContent);
    await input.fill(words[Number(/\d+/.exec(label)[0]) - 1]);
  }
  await button(page, 'Check').click();
}

/** A reader with a purse; `amount` as its button says it. */
async function begun(reader, amount = '') {
  const page = await reader.context.newPage();
  await page.goto(wallet());
  await button(page, 'Begin').click();
  await heading(page, /twelve words/).waitFor();
  const words = await page.locator('.words li').allTextContents();
  await show(page, words);
  await told(page, /The words are written down/);
  if (amount) await load(page, amount);
  return { page, words };
}

async function load(page, amount) {
  await button(page, new RegExp(`^Add ${amount}\\s€$`)).click();
  await heading(page, 'Before you pay').waitFor();
  await button(page, /^Pay .* at the checkout$/).click();
  await approve(page);
  await page.waitForURL(wallet());
  await told(page, /came into your purse/);
}

/** An article's page that names a purse, pressed by a reader who has nothing there. */
async function short(reader, article, headers = {}) {
  paper.site.straighten();
  paper.site.bend(article.path, ({ body, headers: before }) => ({ headers: { ...before, ...headers }, body: body.replace('<farthing-paywall', '<farthing-paywall purse') }));
  const page = await reader.open(article);
  await pay(page).click();
  return page;
}
const fromPurse = (page) => buttonOf(page, /^Add 2\s€ from my purse and read on$/);

test('a purse is begun, its words are written down, money comes in, and a reload finds it', async () => {
  const reader = await Reader.sit(browser, paper);
  const { page, words } = await begun(reader, '8.00');
  assert.equal(words.length, 12);
  assert.match(await sum(page).textContent(), /^8\.00\s€$/);
  assert.equal(await page.getByText('not written down yet').count(), 0);
  await page.reload();
  assert.match(await sum(page).textContent(), /^8\.00\s€$/);
  await fold(page, 'What was checked').click();
  await page.getByText(/coins: the issuer’s proof for each was checked again now/).waitFor();
  await fold(page, 'What happened (1)').click();
  await page.getByText(/^\+8\.00\s€$/).waitFor();
  assert.deepEqual(reader.said, []);
  await reader.leave();
});

test('over a whole visit the purse asks nobody but its issuer, breaks no rule of its page, and its files are kept but not the page', async () => {
  const reader = await Reader.sit(browser, paper);
  await reader.context.addInitScript(() => {
    globalThis.broken = [];
    addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => globalThis.broken.push(`${effectiveDirective} ${blockedURI}`));
  });
  const asked = new Set();
  const kept = new Map();
  reader.context.on('request', (request) => asked.add(new URL(request.url()).origin));
  reader.context.on('response', (response) => kept.set(new URL(response.url()).pathname, response.headers()['cache-control']));
  const { page } = await begun(reader, '2.00');
  for (const one of await page.locator('summary').all()) await one.click();
  await page.reload();
  await sum(page).waitFor();
  assert.deepEqual(await page.evaluate(() => globalThis.broken), []);
  assert.deepEqual([...asked].filter((origin) => origin !== 'null'), [paper.issuer.origin]);
  const files = [...kept].filter(([path]) => /^\/wallet\/./.test(path));
  assert.ok(files.some(([path]) => path.endsWith('.wasm')), files.join());
  for (const [path, caching] of files) assert.equal(caching, 'public, max-age=31536000, immutable', path);
  assert.equal(kept.get('/wallet/'), 'no-store');
  assert.deepEqual(reader.said, []);
  await reader.leave();
});

test('a load in the purse may be more than a pocket holds, because the browser says that the purse orders', async () => {
  const reader = await Reader.sit(browser, paper);
  const page = await reader.context.newPage();
  const orders = [];
  page.on('request', (request) => { if (new URL(request.url()).pathname === '/v1/orders') orders.push(request); });
  await page.goto(wallet());
  await button(page, 'Begin').click();
  await button(page, 'Later').click();
  await load(page, '8.00');
  const [order] = orders;
  assert.equal(JSON.parse(order.postData()).amount, 8_000_000);
  assert.equal((await order.allHeaders()).origin, paper.issuer.origin);
  await reader.leave();
});

test('words may be written down later, and as long as there is money in it the purse says what depends on them', async () => {
  const reader = await Reader.sit(browser, paper);
  const page = await reader.context.newPage();
  await page.goto(wallet());
  await button(page, 'Begin').click();
  await heading(page, /twelve words/).waitFor();
  const words = await page.locator('.words li').allTextContents();
  await button(page, 'Later').click();
  await page.getByText('There is nothing in your purse yet').waitFor();
  await load(page, '0.50');
  await page.getByText(/0\.50\s€ is lost with it/).waitFor();
  await button(page, 'Show the twelve words').first().click();
  await heading(page, /twelve words/).waitFor();
  assert.deepEqual(await page.locator('.words li').allTextContents(), words);
  await button(page, 'I have written them down').click();
  await page.getByRole('textbox').first().fill('zoo zoo');
  await button(page, 'Check').click();
  await told(page, /not the word at that place/);
  await button(page, 'Back').click();
  await show(page, words);
  await told(page, /The words are written down/);
  assert.equal(await page.getByText('is lost with it').count(), 0);
  await reader.leave();
});

test('a page is filled by a window and one press in the purse, and the article opens', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const { page: purse } = await begun(reader, '8.00');
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await heading(window, /A page asks for 2\.00\s€/).waitFor();
  assert.equal(await window.locator('.who').textContent(), paper.origin);
  await window.getByText(/You have 8\.00\s€; 6\.00\s€ remains/).waitFor();
  await Promise.all([window.waitForEvent('close'), button(window, /^Give 2\.00\s€$/).click()]);
  await isOpen(page, article);
  await holds(page, 2_000_000 - article.amount);
  await purse.reload();
  assert.match(await sum(purse).textContent(), /^6\.00\s€$/);
  await fold(purse, 'What happened (2)').click();
  await purse.getByText(new RegExp(`^To ${new URL(paper.origin).host}`)).waitFor();
  assert.deepEqual(reader.said, []);
  await reader.leave();
});

for (const [why, headers, script] of [
  ['under COOP same-origin', { 'cross-origin-opener-policy': 'same-origin' }],
  ['where windows are blocked', {}, () => { globalThis.open = () => null; }],
]) {
  test(`${why} the reader goes to the purse and comes back to an open article`, async () => {
    const article = paper.at('0.20');
    const reader = await Reader.sit(browser, paper, { viewport: { width: 800, height: 500 } });
    await begun(reader, '8.00');
    const page = await short(reader, article, headers);
    if (script) await page.evaluate(script);
    await fromPurse(page).scrollIntoViewIfNeeded();
    const before = await page.evaluate(() => scrollY);
    await fromPurse(page).click();
    await heading(page, /A page asks for 2\.00\s€/).waitFor();
    assert.equal(page.url(), wallet(), 'the question is taken out of the address');
    assert.equal(await page.locator('.who').textContent(), paper.origin);
    // A reload is no answer and loses nothing.
    await page.reload();
    await button(page, /^Give 2\.00\s€$/).click();
    await page.waitForURL(paper.origin + article.path);
    await isOpen(page, article);
    await holds(page, 2_000_000 - article.amount);
    assert.ok(Math.abs((await page.evaluate(() => scrollY)) - before) < 4);
    await reader.leave();
  });
}

test('a purse that is new or empty is begun and loaded in the window that a page opened, and then the page gets what it asked for', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await button(window, 'Begin').click();
  await button(window, 'Later').click();
  await window.getByText(/You have 0\.00\s€; 2\.00\s€ is missing/).waitFor();
  await button(window, /^Add 2\.00\s€$/).click();
  await button(window, /^Pay .* at the checkout$/).click();
  await approve(window);
  await window.waitForURL(wallet());
  await Promise.all([window.waitForEvent('close'), button(window, /^Give 2\.00\s€$/).click()]);
  await isOpen(page, article);
  await reader.leave();
});

test('a reader who says no gives nothing, by window and by address, and the page says so', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  await begun(reader, '2.00');
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await button(window, 'No').click();
  await says(page, /Your purse gave nothing, and nothing was taken/);
  await page.evaluate(() => { globalThis.open = () => null; });
  await pay(page).click();
  await fromPurse(page).click();
  await button(page, 'No').click();
  await page.waitForURL(paper.origin + article.path);
  await says(page, /Your purse gave nothing, and nothing was taken/);
  assert.equal(await balance(page), 0);
  await reader.leave();
});

for (const late of [20, 50, 80]) {
  test(`a question that comes ${late} ms after the purse was ready for it is not covered by the purse’s own first screen`, async () => {
    const article = paper.at('0.20');
    const reader = await Reader.sit(browser, paper);
    await begun(reader, '2.00');
    // A page that is busy hears later that the purse is ready.
    await reader.context.addInitScript((wait) => {
      addEventListener('message', (event) => {
        if (event.data?.kind !== 'ready' || event.late) return;
        event.stopImmediatePropagation();
        const { data, origin, source } = event;
        setTimeout(() => dispatchEvent(Object.assign(new MessageEvent('message', { data, origin, source }), { late: true })), wait);
      });
    }, late);
    const page = await short(reader, article);
    const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
    await Promise.all([window.waitForEvent('close'), button(window, /^Give 2\.00\s€$/).click()]);
    await isOpen(page, article);
    assert.deepEqual(reader.said, []);
    await reader.leave();
  });
}

test('the reader’s own limit stops a page, is said, and can be changed on the way', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const { page: purse } = await begun(reader, '8.00');
  await fold(purse, 'Limits for pages').click();
  await purse.getByLabel('One page, in EUR').fill('much');
  await button(purse, 'Keep these limits').click();
  await told(purse, /Please write an amount/);
  await purse.getByLabel('One page, in EUR').fill('1.50');
  await button(purse, 'Keep these limits').click();
  await told(purse, /The limits are kept/);
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await window.getByText(/Your own limit leaves 1\.50\s€ for this page today/).waitFor();
  await button(window, 'Change the limit').click();
  await window.getByLabel('One page, in EUR').fill('');
  await button(window, 'Keep these limits').click();
  await told(window, /The limits are kept/);
  await window.close();
  await says(page, /Your purse was closed before it answered/);
  await reader.leave();
});

test('twelve words bring every unspent coin back in another browser, and coins that were spent do not come again', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const { words } = await begun(reader, '8.00');
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await button(window, /^Give 2\.00\s€$/).click();
  await isOpen(page, article);
  await reader.leave();

  const other = await Reader.sit(browser, paper);
  const purse = await other.context.newPage();
  await purse.goto(wallet());
  await button(purse, 'I have twelve words').click();
  const field = purse.getByLabel('Twelve words');
  for (const [typed, answer] of [
    [words.slice(1).join(' '), /These are not twelve words/], [[...words.slice(0, 4), 'farthing', ...words.slice(5)].join(' '), /Word number 5 is not in the list/],
    ['abandon '.repeat(12), /do not belong together/], [`${'abandon '.repeat(11)}about`, /nothing of this issuer was ever kept under them/],
  ]) {
    await field.fill(typed);
    await button(purse, 'Bring it back').click();
    await told(purse, answer);
  }
  await field.fill('aband');
  await field.press('End');
  await purse.getByText('In the list: abandon').waitFor();
  await field.fill(words.map((word, place) => `${place + 1}. ${word.toUpperCase()}`).join('\n'));
  await button(purse, 'Bring it back').click();
  // Stopped, reloaded, gone on.
  await button(purse, 'Stop for now').click();
  await told(purse, /Stopped/);
  await purse.reload();
  await button(purse, 'Go on').click();
  await sum(purse).waitFor({ timeout: 120_000 });
  await told(purse, /All was looked through: 6\.00\s€ came back/);
  assert.match(await sum(purse).textContent(), /^6\.00\s€$/);
  // What came back can be spent, and what is loaded now is this purse's too.
  await load(purse, '2.00');
  assert.match(await sum(purse).textContent(), /^8\.00\s€$/);
  const again = await short(other, paper.at('0.10'));
  const [second] = await Promise.all([other.context.waitForEvent('page'), fromPurse(again).click()]);
  await button(second, /^Give 2\.00\s€$/).click();
  await isOpen(again, paper.at('0.10'));
  await purse.reload();
  assert.match(await sum(purse).textContent(), /^6\.00\s€$/);
  // A claim key without an order is answered with 404, which the browser's console notes.
  assert.deepEqual(other.said.filter((line) => !/404 .*orders\/find/.test(line)), []);
  await other.leave();
});

test('a copy in a file is taken in by another browser; a wrong passphrase and a damaged file change nothing', async () => {
  const reader = await Reader.sit(browser, paper);
  const { page, words } = await begun(reader, '2.00');
  await fold(page, 'A copy in a file').click();
  await button(page, 'Save a copy').click();
  await told(page, /too short/);
  await page.getByLabel('Passphrase, at least 10 characters').fill('a gate, a wheel and a carter');
  const [download] = await Promise.all([page.waitForEvent('download'), button(page, 'Save a copy').click()]);
  const text = await readFile(await download.path(), 'utf8');
  assert.ok(!words.some((word) => text.includes(`"${word}"`)));
  const other = await Reader.sit(browser, paper);
  const { page: second } = await begun(other);
  await fold(second, 'A copy in a file').click();
  const take = async (content, passphrase) => {
    const file = join(tmpdir(), `farthing-copy-${process.pid}.json`);
    await writeFile(file, content);
    await second.getByLabel('File with a copy').setInputFiles(file);
    await second.getByLabel('Passphrase, at least 10 characters').fill(passphrase);
    await button(second, 'Take in a copy').click();
  };
  await take(text, 'another passphrase');
  await told(second, /not the passphrase/);
  await take(text.slice(0, -40), 'a gate, a wheel and a carter');
  await told(second, /damaged/);
  await second.getByText('There is nothing in your purse yet').waitFor();
  await take(text, 'a gate, a wheel and a carter');
  await told(second, /Taken in: 2\.00\s€/);
  assert.match(await sum(second).textContent(), /^2\.00\s€$/);
  await fold(second, 'Show the twelve words').click();
  await button(second, 'Show the twelve words').click();
  await heading(second, /twelve words/).waitFor();
  assert.deepEqual(await second.locator('.words li').allTextContents(), words, 'the purse that was empty is the one that was copied');
  await Promise.all([reader.leave(), other.leave()]);
});

test('an address that somebody made up gives nothing away without a press', async () => {
  const reader = await Reader.sit(browser, paper);
  const { page } = await begun(reader, '2.00');
  for (const hash of ['#fill', '#fill=e30', '#returned=AAAA', '#return']) {
    await page.goto(`${wallet()}${hash}`);
    await page.reload();
    await sum(page).waitFor();
    assert.match(await sum(page).textContent(), /^2\.00\s€$/);
  }
  await reader.leave();
});

test('a clock that is a day wrong: ahead, the purse loads and gives; behind, before the issuer’s keys were made, the clock is named and nothing is lost', async () => {
  const reader = await Reader.sit(browser, paper);
  await clock(reader, 23);
  await begun(reader, '2.00');
  const page = await short(reader, paper.at('0.20'));
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await Promise.all([window.waitForEvent('close'), button(window, /^Give 2\.00\s€$/).click()]);
  await isOpen(page, paper.at('0.20'));
  await page.close();

  const late = await Reader.sit(browser, paper);
  const { page: purse } = await begun(late, '2.00');
  const right = await late.context.newPage();
  await clock(late, -23);
  await purse.reload();
  await told(purse, /This device’s clock says .*, which the issuer’s does not\. Nothing was taken\./);
  await right.addInitScript(() => { Date.now = () => Math.round(performance.timeOrigin + performance.now()); });
  await right.goto(wallet());
  await sum(right).filter({ hasText: /^2\.00\s€$/ }).waitFor();
  await Promise.all([reader.leave(), late.leave()]);
});

test('an issuer that shows the purse two key lists is warned of above every screen, at once and from then on, and the coins stay', async () => {
  const reader = await Reader.sit(browser, paper);
  const { page } = await begun(reader, '2.00');
  await reader.context.route('**/v1/manifests?*', async (route) => {
    const answer = await route.fetch();
    const { heads } = await answer.json();
    const other = await Promise.all(heads.map((head) => secondHead(paper.issuer.dir, head, (claims) => ({ ...claims, iat: claims.iat - 1 }))));
    await route.fulfill({ response: answer, json: { heads: other } });
  });
  for (const visit of ['the first', 'a later']) {
    await page.reload();
    await page.getByRole('alert').filter({ hasText: /showed two different key lists/ }).waitFor({ timeout: 10_000 }).catch((error) => assert.fail(`no warning at ${visit} visit: ${error}`));
    assert.match(await sum(page).textContent(), /^2\.00\s€$/);
  }
  // A question may still be under way.
  await reader.context.unrouteAll({ behavior: 'ignoreErrors' });
  await reader.leave();
});

test('where the browser gives the purse no storage, that is all it says, and it orders nothing', async () => {
  for (const refuse of [() => { indexedDB.open = () => { throw new DOMException('refused', 'SecurityError'); }; }, () => { Object.defineProperty(globalThis, 'indexedDB', { value: undefined }); }]) {
    const reader = await Reader.sit(browser, paper);
    await reader.context.addInitScript(refuse);
    const page = await reader.context.newPage();
    let sent = 0;
    page.on('request', (request) => { sent += request.method() === 'POST' ? 1 : 0; });
    await page.goto(wallet());
    await page.getByRole('alert').filter({ hasText: 'This browser gives no room to keep coins in' }).waitFor();
    assert.equal(await page.locator('#main').getByRole('button').count(), 0);
    assert.equal(sent, 0);
    await reader.leave();
  }
});

test('a page that was closed while its purse stands open is said to be gone, at a press and at a reload, and nothing leaves the purse', async () => {
  const reader = await Reader.sit(browser, paper);
  const { page: purse } = await begun(reader, '2.00');
  const swaps = [];
  reader.context.on('request', (request) => { if (request.url().endsWith('/v1/swaps')) swaps.push(request.url()); });
  for (const notice of [(window) => button(window, /^Give 2\.00\s€$/).click(), (window) => window.reload()]) {
    const page = await short(reader, paper.at('0.20'));
    const ask = page.locator('farthing-paywall').getByRole('button', { name: /from my purse and read on$|^Ask my purse again$/ });
    const [window] = await Promise.all([reader.context.waitForEvent('page'), ask.click()]);
    await button(window, /^Give 2\.00\s€$/).waitFor();
    await page.close();
    await notice(window);
    await told(window, /cannot be reached any more\. .* Nothing was taken\./);
    assert.match(await sum(window).textContent(), /^2\.00\s€$/);
    await window.close();
  }
  assert.deepEqual(swaps, []);
  // The page that asked is opened again, and gets it after all.
  const again = await short(reader, paper.at('0.20'));
  const [window] = await Promise.all([reader.context.waitForEvent('page'), buttonOf(again, 'Ask my purse again').click()]);
  await Promise.all([window.waitForEvent('close'), button(window, /^Give 2\.00\s€$/).click()]);
  await isOpen(again, paper.at('0.20'));
  await purse.close();
  await reader.leave();
});

/** Opens what the pocket holds, in the panel of an article that is not bought. */
async function holdings(reader, article, headers = {}) {
  paper.site.straighten();
  paper.site.bend(article.path, ({ body, headers: before }) => ({ headers: { ...before, ...headers }, body: body.replace('<farthing-paywall', '<farthing-paywall purse') }));
  const page = await reader.open(article);
  await page.locator('summary', { hasText: 'What you have here' }).click();
  return page;
}
const giveBack = (page) => page.getByRole('button', { name: /^Return .* to my purse$/ });

test('coins of a page go back to the purse by a window: two presses, and nothing is lost', async () => {
  const [article, other] = [paper.at('0.20'), paper.at('0.10')];
  const reader = await Reader.sit(browser, paper);
  const { page: purse } = await begun(reader, '8.00');
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await button(window, /^Give 2\.00\s€$/).click();
  await isOpen(page, article);
  await page.close();
  const at = await holdings(reader, other);
  const [second] = await Promise.all([reader.context.waitForEvent('page'), giveBack(at).click()]);
  await heading(second, /A page gives 1\.80\s€ back/).waitFor();
  assert.equal(await second.locator('.who').textContent(), paper.origin);
  assert.equal(await balance(at), 1_800_000, 'nothing leaves before the press in the purse');
  await button(second, 'Take it').click();
  await told(second, /1\.80\s€ is back in your purse/);
  assert.match(await sum(second).textContent(), /^7\.80\s€$/);
  await at.getByText(/1\.80\s€ went back to your purse/).waitFor();
  await holds(at, 0);
  await purse.reload();
  assert.match(await sum(purse).textContent(), /^7\.80\s€$/);
  assert.deepEqual(reader.said, []);
  await reader.leave();
});

test('where windows are cut off coins go back by way of the purse’s page, and elements from any other address get nothing', async () => {
  const [article, other] = [paper.at('0.20'), paper.at('0.10')];
  const reader = await Reader.sit(browser, paper);
  await begun(reader, '8.00');
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await button(window, /^Give 2\.00\s€$/).click();
  await isOpen(page, article);
  const at = await holdings(reader, other, { 'cross-origin-opener-policy': 'same-origin' });
  await giveBack(at).click();
  await heading(at, /A page gives 1\.80\s€ back/).waitFor();
  // Another's elements, in an address that somebody made up, while a return is open.
  const outputs = [{ keyset: 'A'.repeat(22), blinded: 'B'.repeat(44) }];
  const bad = Buffer.from(JSON.stringify({ farthing: 1, kind: 'elements', outputs })).toString('base64url');
  for (const query of ['', '?farthing-return=', '?farthing-return=00000000-0000-4000-8000-000000000000']) {
    const lured = await reader.open(`${other.path}${query}#farthing-elements=${bad}`);
    await pay(lured).waitFor();
    await lured.waitForTimeout(300);
    assert.equal(await balance(lured), 1_800_000);
    await lured.close();
  }
  await button(at, 'Take it').click();
  await told(at, /1\.80\s€ is back in your purse/);
  assert.match(await sum(at).textContent(), /^7\.80\s€$/);
  await button(at, /^Back to 127/).click();
  await at.waitForURL((url) => url.pathname === other.path);
  assert.ok(!at.url().includes('farthing-return') && !at.url().includes('#'), at.url());
  await holds(at, 0);
  await reader.leave();
});

test('coins that a page gave back and could not tell of are in the purse at its next visit', async () => {
  const [article, other] = [paper.at('0.20'), paper.at('0.10')];
  const reader = await Reader.sit(browser, paper);
  await begun(reader, '8.00');
  const page = await short(reader, article);
  const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(page).click()]);
  await button(window, /^Give 2\.00\s€$/).click();
  await isOpen(page, article);
  const at = await holdings(reader, other);
  // The purse's window is closed while the swap is on its way.
  await reader.context.route('**/v1/swaps', async (route) => {
    const response = await route.fetch();
    await second.close();
    await route.fulfill({ response }).catch(() => {});
  }, { times: 1 });
  const [second] = await Promise.all([reader.context.waitForEvent('page'), giveBack(at).click()]);
  await button(second, 'Take it').click();
  await holds(at, 0);
  const again = await reader.context.newPage();
  await again.goto(wallet());
  await sum(again).filter({ hasText: '7.80' }).waitFor();
  // The window that was closed may still be on its way out.
  await reader.context.unrouteAll({ behavior: 'ignoreErrors' });
  await reader.leave();
});

test('every screen is free of what axe finds, in light and dark, and is kept as a picture', { skip: ENGINE !== 'chromium' && 'pictures are made by Chromium' }, async () => {
  for (const [scheme, width] of [['light', 390], ['dark', 390], ['light', 1280], ['dark', 1280]]) {
    const reader = await Reader.sit(browser, paper, { colorScheme: scheme, viewport: { width, height: 844 }, reducedMotion: 'reduce' });
    const page = await reader.context.newPage();
    const look = async (name, on = page) => {
      await on.screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`), fullPage: true });
      assert.equal(await on.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} is wider than ${width}`);
      if (width === 390) {
        const found = await check(on);
        assert.deepEqual(found, [], `${name} ${scheme}`);
      }
    };
    await page.goto(wallet());
    await button(page, 'Begin').waitFor();
    await look('first');
    await button(page, 'I have twelve words').click();
    await look('restore');
    await button(page, 'Back').click();
    await button(page, 'Begin').click();
    await heading(page, /twelve words/).waitFor();
    await look('words');
    await button(page, 'I have written them down').click();
    await look('ask');
    await button(page, 'Later').click();
    await button(page, /^Add 8\.00\s€$/).click();
    await heading(page, 'Before you pay').waitFor();
    await look('agree');
    await button(page, /^Pay .* at the checkout$/).click();
    await approve(page);
    await page.waitForURL(wallet());
    await told(page, /came into your purse/);
    await look('home');
    for (const one of await page.locator('summary').all()) await one.click();
    await look('home-open');
    const article = await short(reader, paper.at('0.20'));
    const [window] = await Promise.all([reader.context.waitForEvent('page'), fromPurse(article).click()]);
    await window.setViewportSize({ width, height: 844 });
    await heading(window, /A page asks/).waitFor();
    await look('asked', window);
    await reader.leave();
  }
});

test('a passkey locks the purse: a reload asks for it, nobody else opens it, and it can be removed', { skip: ENGINE !== 'chromium' && 'only Chromium has passkeys for tests' }, async () => {
  // A passkey is for a name; an address of numbers has none.
  const issuer = await Issuer.start(undefined, 'localhost');
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  try {
    const devtools = await context.newCDPSession(page);
    await devtools.send('WebAuthn.enable');
    await devtools.send('WebAuthn.addVirtualAuthenticator', { options: {
      protocol: 'ctap2', ctap2Version: 'ctap2_1', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, hasPrf: true,
    } });
    await page.goto(`${issuer.origin}/wallet/`);
    await button(page, 'Begin').click();
    await heading(page, /twelve words/).waitFor();
    const words = await page.locator('.words li').allTextContents();
    await button(page, 'Later').click();
    await fold(page, 'A passkey for this purse').click();
    await button(page, 'Lock with a passkey').click();
    await told(page, /locked with your passkey/);
    const names = () => page.evaluate(() => new Promise((resolve) => {
      indexedDB.open('farthing-purse').onsuccess = ({ target: { result: database } }) => {
        database.transaction('keep').objectStore('keep').getAllKeys().onsuccess = ({ target }) => { database.close(); resolve(target.result); };
      };
    }));
    assert.deepEqual((await names()).filter((name) => /^(seed|phrase)/.test(name)), []);
    await page.reload();
    await heading(page, 'Your purse is locked').waitFor();
    assert.equal(await page.locator('.words').count(), 0);
    // A reader who turns away from the question.
    await page.evaluate(() => {
      const { get } = CredentialsContainer.prototype;
      CredentialsContainer.prototype.get = async () => { CredentialsContainer.prototype.get = get; throw new DOMException('', 'NotAllowedError'); };
    });
    await button(page, 'Unlock with the passkey').click();
    await told(page, /The passkey did not open it/);
    await button(page, 'Unlock with the passkey').click();
    await page.getByText('There is nothing in your purse yet').waitFor();
    await fold(page, 'Show the twelve words').click();
    await button(page, 'Show the twelve words').click();
    await heading(page, /twelve words/).waitFor();
    assert.deepEqual(await page.locator('.words li').allTextContents(), words);
    await button(page, 'Later').click();
    await fold(page, 'A passkey for this purse').click();
    await button(page, 'Remove the lock').click();
    await told(page, /The lock is removed/);
    await page.reload();
    await page.getByText('There is nothing in your purse yet').waitFor();
  } finally {
    await context.close();
    await issuer.stop();
  }
});

async function check(page) {
  const source = await readFile(axe, 'utf8');
  // As a debugger would: the page's own policy lets no script in.
  return page.evaluate(`(() => { ${source}; return globalThis.axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes.map(({ html }) => html.slice(0, 80)).join(' | '))); })()`);
}
