// What a reader does when nothing goes wrong: load, buy, read, come back.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { balanced } from '../harness/books.mjs';
import { ENGINE, Reader, addMoney, balance, buttonOf, events, fund, isLocked, isOpen, launch, panel, panelWords, pay, says, waitEvent } from '../harness/reader.mjs';

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open();
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

test('load, unlock, read, reload, next article', async () => {
  const reader = await Reader.sit(browser, paper, { viewport: { width: 800, height: 500 } });
  // A browser may leave the question open for ever.
  await reader.context.addInitScript(() => {
    globalThis.__asked = 0;
    if (navigator.storage) navigator.storage.persist = () => {
      globalThis.__asked += 1;
      return new Promise(() => {});
    };
  });
  const [cheap, dear] = [paper.at('0.002'), paper.at('0.20')];
  const page = await reader.open(dear);
  await pay(page).waitFor();
  await isLocked(page, dear);
  assert.match(await panelWords(page), /0\.20\s€ for this article\.\s+No account\./);

  await pay(page).click();
  await buttonOf(page, /^Add 2/).waitFor();
  assert.match(await panelWords(page), /You have 0\.00\s€\. Add 2\s€ and read on; the rest stays yours\./);
  const before = await page.evaluate(() => scrollY);
  assert.ok(before > 100, `${before}`);
  await addMoney(page);
  await page.waitForURL(paper.origin + dear.path);
  await waitEvent(page, 'balance');
  const after = await page.evaluate(() => scrollY);
  // Two lines at most: the panel is another by now, and browsers hold on to different lines of the page.
  assert.ok(Math.abs(after - before) < 60, `at ${before} before the checkout, at ${after} after it`);
  // What the reader pressed before leaving to add what it lacked is bought, and nothing is asked a second time.
  await isOpen(page, dear);
  await page.waitForFunction(() => globalThis.__asked === 1);
  assert.match(await panelWords(page), /Bought for 0\.20\s€ on .*1\.80\s€ left here\./s);
  assert.equal(await balance(page), 1_800_000);

  await page.reload();
  await isOpen(page, dear);
  const { bought } = (await events(page)).find((event) => event.name === 'unlock');
  assert.equal(bought, false, 'owned, not bought again');
  assert.equal(await buttonOf(page, /./).count(), 0, 'no panel for an owned article');
  assert.equal(await balance(page), 1_800_000);

  await reader.open(cheap, page);
  assert.match(await panelWords(page), /You have 1\.80\s€ here; 1\.798\s€ remains\./);
  await pay(page).click();
  await isOpen(page, cheap);
  assert.equal(await balance(page), 1_798_000);
  assert.deepEqual(reader.said, [], 'the console stayed quiet');
  await balanced(paper);
  await reader.leave();
});

test('a price that is another by the time the reader is back from the checkout is not paid without a press', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await reader.open(article);
  await pay(page).click();
  await buttonOf(page, /^Add 2/).first().waitFor();
  // As if 0.10 had been pressed.
  await page.evaluate(() => {
    const set = Storage.prototype.setItem;
    Storage.prototype.setItem = function (name, value) { set.call(this, name, value.replace(' 200000 ', ' 100000 ')); };
  });
  await addMoney(page);
  await page.waitForURL(paper.origin + article.path);
  await says(page, /2\.00\s€ arrived\./);
  await isLocked(page, article);
  assert.equal(await balance(page), 2_000_000);
  // Nor at any later visit: what was pressed is for one way back.
  await page.reload();
  await pay(page).waitFor();
  await isLocked(page, article);
  await reader.leave();
});

test('every article of the paper, with change where the coins do not fit', async () => {
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, paper.articles[0]);
  let money = 2_000_000;
  let change = 0;
  page.on('request', (request) => {
    if (request.url().endsWith('/v1/redemptions')) change += JSON.parse(request.postData()).outputs.length;
  });
  for (const article of paper.articles) {
    if (!page.url().endsWith(article.path)) await reader.open(article, page);
    await pay(page).click();
    await isOpen(page, article);
    money -= article.amount;
    assert.equal(await balance(page), money, article.path);
  }
  assert.ok(change > 0, 'some of them gave change');
  for (const article of paper.articles) {
    await reader.open(article, page);
    await isOpen(page, article);
  }
  assert.equal(await balance(page), money);
  assert.deepEqual(reader.said, []);
  await balanced(paper);
  await reader.leave();
});

test('the whole purchase by keyboard alone', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.10');
  const page = await reader.open(article);
  await pay(page).waitFor();
  const tabTo = async (wanted) => {
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press('Tab');
      const label = await page.evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        return active?.textContent?.trim() ?? '';
      });
      if (wanted.test(label)) return;
    }
    assert.fail(`no way to ${wanted} by Tab`);
  };
  await tabTo(/^Pay .* and read/);
  await page.keyboard.press('Enter');
  await buttonOf(page, /^Add 2/).waitFor();
  const focused = await page.evaluate(() => document.querySelector('farthing-paywall').shadowRoot.activeElement?.textContent);
  assert.match(focused, /^Add/, 'the focus is not lost when the panel changes');
  await page.keyboard.press('Enter');
  await page.waitForURL(/checkout/);
  await tabTo(/approve|^pay/i);
  await page.keyboard.press('Enter');
  await page.waitForURL(paper.origin + article.path);
  await waitEvent(page, 'balance');
  await tabTo(/^Pay .* and read/);
  await page.keyboard.press('Space');
  await isOpen(page, article);
  const place = await page.evaluate(() => document.activeElement?.closest('article') !== null && document.activeElement !== document.body);
  assert.ok(place, 'the focus goes to the text');
  await reader.leave();
});

test('nothing jumps when the text opens', async () => {
  const reader = await Reader.sit(browser, paper, { viewport: { width: 820, height: 1000 } });
  const page = await fund(reader, paper.at('0.35'));
  await pay(page).evaluate((button) => button.scrollIntoView({ block: 'center' }));
  // A network slower than the half second in which a browser forgives shifts that follow a press.
  await page.route('**/v1/redemptions', async (route) => {
    await page.waitForTimeout(800);
    await route.continue();
  });
  const teaser = await panel(page).evaluateHandle((element) => element.previousElementSibling);
  const top = () => teaser.evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  await page.evaluate(() => { globalThis.__seen.shifts = 0; });
  await pay(page).click();
  await isOpen(page, paper.at('0.35'));
  await page.waitForTimeout(400);
  const bought = await page.evaluate(() => globalThis.__seen);
  assert.ok(bought.shifts < 0.02, `layout shift ${bought.shifts} at unlock: ${bought.moved.join(', ')}`);
  const moved = (await top()) - before;
  assert.ok(Math.abs(moved) < 2, `the last words that were free moved by ${moved} px`);
  await page.reload();
  await isOpen(page, paper.at('0.35'));
  await page.waitForTimeout(400);
  const owned = await page.evaluate(() => globalThis.__seen);
  assert.ok(owned.shifts < 0.02, `layout shift ${owned.shifts} at the second visit: ${owned.moved.join(', ')}`);
  await reader.leave();
});

test('a second visit opens with the issuer gone and the network off, without a panel', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.01');
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  await page.close();

  const asked = [];
  // What a cache or a service worker does: the page's own files come from this machine, everything else meets a dead network.
  await reader.context.route('**/*', async (route) => {
    const url = new URL(route.request().url());
    if (url.origin !== paper.origin || url.pathname.startsWith('/.well-known/')) {
      asked.push(url.href);
      return route.abort('internetdisconnected');
    }
    const body = await readFile(join(paper.site.folder, decodeURIComponent(url.pathname)));
    const type = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', wasm: 'application/wasm' }[url.pathname.split('.').at(-1)];
    return route.fulfill({ body, contentType: type });
  });
  await paper.issuer.pause();
  // Firefox without network asks nobody, not even who answers for this machine.
  if (ENGINE === 'chromium') await reader.context.setOffline(true);
  try {
    const again = await reader.open(article);
    await isOpen(again, article);
    assert.equal(await buttonOf(again, /./).count(), 0);
    assert.deepEqual(asked, [], 'nobody was asked');
    assert.equal((await events(again)).filter((event) => event.name !== 'unlock').length, 0, 'no panel was shown');
  } finally {
    await reader.leave();
    await paper.issuer.serve();
  }
});

/** At once: a tab in the background is drawn seldom, and a click that waits for that comes when the other tab has bought for both. */
const pressBoth = (first, second) => Promise.all([first, second].map((page) => pay(page).evaluate((button) => button.click())));

test('two tabs buy different articles at once, and the same one only once', async () => {
  const reader = await Reader.sit(browser, paper);
  const [one, two] = [paper.at('0.10'), paper.at('0.20')];
  const first = await fund(reader, one);
  const second = await reader.open(two);
  await pay(second).waitFor();
  await pressBoth(first, second);
  await Promise.all([isOpen(first, one), isOpen(second, two)]);
  assert.equal(await balance(first), 1_700_000);

  const third = paper.at('0.35');
  await Promise.all([reader.open(third, first), reader.open(third, second)]);
  await Promise.all([pay(first).waitFor(), pay(second).waitFor()]);
  await pressBoth(first, second);
  await Promise.all([isOpen(first, third), isOpen(second, third)]);
  assert.equal(await balance(first), 1_350_000);
  await balanced(paper);
  await reader.leave();
});

test('another tab of the same article opens when it was bought in the first', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.002');
  const first = await fund(reader, article);
  const second = await reader.open(article);
  await pay(second).waitFor();
  await pay(first).click();
  await isOpen(first, article);
  await isOpen(second, article);
  await reader.leave();
});

test('declined and abandoned payments cost nothing and are said', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.10');
  const page = await reader.open(article);
  await pay(page).click();
  await buttonOf(page, /^Add 2/).click();
  await page.waitForURL(/checkout/);
  await page.getByRole('button', { name: /decline/i }).click();
  await page.waitForURL(paper.origin + article.path);
  await says(page, /The payment was not made\. Nothing was charged\./);
  assert.equal(await balance(page), 0);

  await pay(page).click();
  await buttonOf(page, /^Add 2/).click();
  await page.waitForURL(/checkout/);
  await page.goBack();
  await page.waitForURL(paper.origin + article.path);
  await pay(page).waitFor();
  assert.equal(await balance(page), 0);
  await reader.leave();
});

const STRICT = [
  "default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self'", "base-uri 'none'",
  "form-action 'none'", "require-trusted-types-for 'script'", 'trusted-types farthing#html',
];

test('a strict content security policy and trusted types', async () => {
  const article = paper.at('0.20');
  const policy = [...STRICT, `connect-src 'self' ${paper.issuer.origin}`].join('; ');
  paper.site.bend(article.path, ({ body, headers }) => ({ body, headers: { ...headers, 'content-security-policy': policy } }));
  try {
    const reader = await Reader.sit(browser, paper);
    const page = await fund(reader, article);
    await pay(page).click();
    await isOpen(page, article);
    assert.deepEqual(reader.said, [], 'nothing was blocked');
    await reader.leave();
  } finally {
    paper.site.straighten();
  }
});

test('the free article and pages without script are whole', async () => {
  const reader = await Reader.sit(browser, paper, { javaScriptEnabled: false });
  const article = paper.at('0.20');
  const page = await reader.open(article);
  const text = await page.locator('article').first().innerText();
  assert.ok(text.replace(/\s+/g, ' ').includes(article.first.slice(0, 60)), 'the teaser stands in the page');
  await isLocked(page, article);
  await reader.leave();
});
