// The element by itself: languages, the reader's own limit, events, policies, and pages and browsers that behave badly.
import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { balanced } from '../harness/books.mjs';
import { Reader, balance, buttonOf, clock, events, fund, holds, isLocked, isOpen, launch, panel, panelWords, pay, says, status, waitEvent } from '../harness/reader.mjs';

const sentence = 'Every mile of it was paid for by those who walked it. ';
const long = {
  path: '/articles/long.html', amount: 200_000, last: 'And that is the end of five million letters.',
};

const DUTCH = {
  pay: 'Lezen voor {price}', words: { one: 'nog {n} woord', other: 'nog {n} woorden' }, price: '{price} voor dit artikel.', account: 'Gratis', tax: 'incl. btw',
  remains: 'Niets meer',
};

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open(async (folder) => {
    const paragraphs = `<p>${sentence.repeat(100)}</p>\n`.repeat(Math.ceil(5e6 / (sentence.length * 100)));
    await writeFile(join(folder, 'articles', 'long.html'), `<!doctype html><html lang="en"><head><title>Long</title></head><body>
<article data-farthing-price="0.20 EUR"><h1>Long</h1><p>The free half of it.</p><hr data-farthing-cut>${paragraphs}<p>${long.last}</p></article></body></html>`);
    await mkdir(join(folder, 'words'), { recursive: true });
    await writeFile(join(folder, 'words', 'nl.json'), JSON.stringify(DUTCH));
    // What a publisher with a policy of its own does, in a module of its own.
    await writeFile(join(folder, 'policy.js'), `
import { FarthingPaywallElement } from './farthing/element/define.js';
globalThis.asked = 0;
FarthingPaywallElement.policy = trustedTypes.createPolicy('ours', { createHTML: (text) => (globalThis.asked++, text) });`);
  });
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

/** The article's page with other bytes or headers, while `work` runs. */
async function bent(path, change, work) {
  paper.site.bend(path, change);
  try {
    await work();
  } finally {
    paper.site.straighten();
  }
}
const inLanguage = (language) => ({ body, headers }) => ({ headers, body: body.replace(/<html lang="[^"]*">/, `<html lang="${language}">`) });
const stateOf = (page) => panel(page).first().evaluate((element) => element.state);
const isState = (page, name) => page.waitForFunction((wanted) => document.querySelector('farthing-paywall').matches(`:state(${wanted})`), name, { timeout: 20_000 });

const LANGUAGES = {
  de: [/^0,20\s€ zahlen und lesen inkl\. MwSt\.$/, /noch 1\.\d{3} Wörter, \d Minuten/],
  'fr-CA': [/^Payer 0,20\s€ et lire TTC$/, /encore 1\s\d{3} mots/],
  es: [/^Pagar 0,20\s€ y leer impuestos incluidos$/, /1\.?\d{3} palabras más/],
  ko: [/^€0\.20 내고 읽기 세금 포함$/, /남은 단어 1,\d{3}개/],
  ja: [/^€0\.20を支払って読む 税込$/, /残り1,\d{3}語/],
};
for (const [language, [button, size]] of Object.entries(LANGUAGES)) {
  test(`a page in ${language} speaks it, loads it alone, and nothing jumps while it comes`, async () => {
    const article = paper.at('0.20');
    await bent(article.path, inLanguage(language), async () => {
      const reader = await Reader.sit(browser, paper, { viewport: { width: 390, height: 900 } });
      const page = await reader.context.newPage();
      const asked = [];
      page.on('request', (request) => asked.push(new URL(request.url()).pathname));
      await reader.open(article, page);
      await buttonOf(page, button).waitFor();
      assert.match(await panelWords(page), size);
      assert.deepEqual(asked.filter((path) => /words|engine|wasm/.test(path)), [`/farthing/element/words/${language.slice(0, 2)}.js`]);
      assert.equal(await panel(page).evaluate((element) => element.shadowRoot.querySelector('section').lang), language);
      const { shifts, moved } = await page.evaluate(() => globalThis.__seen);
      assert.ok(shifts < 0.02, `layout shift ${shifts}: ${moved.join(', ')}`);
      assert.deepEqual(reader.said, []);
      await reader.leave();
    });
  });
}

test('a purchase in German from the first word to the receipt', async () => {
  const article = paper.at('0.20');
  await bent(article.path, inLanguage('de-AT'), async () => {
    const reader = await Reader.sit(browser, paper);
    const page = await reader.open(article);
    await buttonOf(page, /zahlen und lesen/).click();
    await buttonOf(page, /^€\s2 aufladen$/).click();
    await page.waitForURL(/checkout/);
    await page.getByRole('button', { name: /approve|^pay/i }).click();
    await page.waitForURL(paper.origin + article.path);
    await isOpen(page, article);
    assert.match(await panelWords(page), /Gekauft für €\s0,20 am \d+\. \S+ \d{4}\. Hier bleiben €\s1,80\./);
    await page.reload();
    await isOpen(page, article);
    assert.match(await panelWords(page), /Gekauft für/);
    await reader.leave();
  });
});

test('a publisher’s own words from a JSON file: checked, and English where they are missing or hide an amount', async () => {
  const article = paper.at('0.20');
  const change = ({ body, headers }) => ({ headers, body: inLanguage('nl')({ body }).body.replace('<farthing-paywall', '<farthing-paywall words="/words/nl.json"') });
  await bent(article.path, change, async () => {
    const reader = await Reader.sit(browser, paper);
    const told = [];
    reader.context.on('console', (message) => told.push(message.text()));
    const page = await reader.open(article);
    await buttonOf(page, /^Lezen voor €\s0,20 incl\. btw$/).waitFor();
    assert.match(await panelWords(page), /nog 1\.\d{3} woorden, \d minutes/);
    assert.ok(told.some((line) => /words: remains leaves out \{held\}, \{left\}/.test(line)), told.join('\n'));
    await buttonOf(page, /^Lezen/).click();
    await buttonOf(page, /^Add €\s2$/).waitFor();
    // Set as a property, while the page is open.
    await page.reload();
    await buttonOf(page, /^Lezen/).waitFor();
    await panel(page).evaluate((element) => { element.words = { pay: 'Betaal {price}' }; });
    await buttonOf(page, /^Betaal €\s0,20 tax included$/).waitFor();
    await reader.leave();
  });
});

test('words that cannot be had leave the panel in English', async () => {
  const article = paper.at('0.20');
  await bent(article.path, ({ body, headers }) => ({ headers, body: inLanguage('nl')({ body }).body.replace('<farthing-paywall', '<farthing-paywall words="/words/none.json"') }), async () => {
    const reader = await Reader.sit(browser, paper);
    const page = await reader.open(article);
    await pay(page).waitFor();
    await reader.leave();
  });
  await bent(article.path, inLanguage('de'), async () => {
    const reader = await Reader.sit(browser, paper);
    await reader.context.route('**/words/de.js', (route) => route.abort());
    const page = await reader.open(article);
    await pay(page).waitFor();
    await reader.leave();
  });
});

const setLimit = async (page, each, day) => {
  await panel(page).locator('details[part=limit] summary').click();
  await panel(page).locator('select').first().selectOption({ label: each });
  if (day) await panel(page).locator('select').nth(1).selectOption({ label: day });
  await panel(page).getByText('Kept on this device').waitFor();
};
/** Reads on until the sealed half is before the eyes. */
const readOn = async (reader, article, page) => {
  const tab = await reader.open(article, page);
  await panel(tab).evaluate((element) => element.scrollIntoView({ block: 'center' }));
  return tab;
};
const noPanel = async (page) => {
  const seen = await events(page);
  assert.ok(!seen.some(({ name }) => name === 'show' || name === 'beforespend'), `no panel and no press: ${seen.map(({ name }) => name)}`);
};

test('up to the reader’s own limit an article opens without a panel, with a receipt under the text; above it, and when it is taken back, the reader is asked', async () => {
  const reader = await Reader.sit(browser, paper);
  const [cheap, small, middle, dear] = ['0.002', '0.01', '0.10', '0.20'].map((price) => paper.at(price));
  const page = await fund(reader, middle);
  await setLimit(page, 'up to 0.10 € an article', '0.10 €');
  assert.match(await panelWords(page), /Up to 0\.10\s€ you are not asked, at most 0\.10\s€ a day/);
  // Nobody is surprised on the page where it was set.
  assert.equal(await balance(page), 2_000_000);

  const one = await readOn(reader, small);
  await isOpen(one, small);
  await noPanel(one);
  await says(one, /Opened for 0\.01\s€, below your limit\. 1\.99\s€ left here\./);
  assert.equal(await balance(one), 1_990_000);
  const place = await one.evaluate(() => document.activeElement === document.body);
  assert.ok(place, 'nobody’s focus is moved');

  const two = await readOn(reader, cheap);
  await isOpen(two, cheap);
  assert.equal(await balance(two), 1_988_000);

  const over = await readOn(reader, dear);
  await pay(over).waitFor();
  await isLocked(over, dear);
  // The day's limit: 0.012 are spent, 0.10 more would be too much.
  await readOn(reader, middle, page);
  await pay(page).waitFor();
  assert.equal(await balance(page), 1_988_000);

  // Taken back under the receipt of the last one that came unasked.
  await setLimit(two, 'ask me each time');
  const last = await readOn(reader, paper.at('0.05'));
  await pay(last).waitFor();
  assert.equal(await balance(last), 1_988_000);
  await balanced(paper);
  await reader.leave();
});

test('what nobody looks at is not paid for, whatever the limit', async () => {
  const reader = await Reader.sit(browser, paper, { viewport: { width: 390, height: 500 } });
  const [first, small] = [paper.at('0.20'), paper.at('0.01')];
  const page = await fund(reader, first);
  await setLimit(page, 'up to 0.20 € an article');
  await page.close();
  const tall = ({ body, headers }) => ({ headers, body: body.replace('<farthing-paywall', '<div style="height: 4000px"></div><farthing-paywall') });
  await bent(small.path, tall, async () => {
    const below = await reader.open(small);
    await below.waitForTimeout(700);
    assert.equal(await balance(below), 2_000_000);
    await isLocked(below, small);
    await panel(below).evaluate((element) => element.scrollIntoView());
    await isOpen(below, small);
    await noPanel(below);
    await holds(below, 1_990_000, 'paid once it was seen');
  });
  await reader.leave();
});

test('an article opened by the limit whose issuer is silent ends in a panel that says so, and is charged once', async () => {
  const reader = await Reader.sit(browser, paper);
  const [first, small] = [paper.at('0.20'), paper.at('0.01')];
  const page = await fund(reader, first);
  await setLimit(page, 'up to 0.20 € an article');
  let lost = 0;
  await reader.context.route('**/v1/redemptions', async (route) => {
    if (lost++ > 0) return route.continue();
    await route.fetch();
    return route.abort();
  });
  await readOn(reader, small, page);
  await says(page, /You have not been charged twice and will not be/);
  await isOpen(page, small);
  assert.equal(await balance(page), 1_990_000);
  await balanced(paper);
  await reader.leave();
});

test('each event can be prevented: before anything is asked, before anything is spent, before anything is shown', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const prevent = (name) => page.evaluate((event) => addEventListener(event, (one) => {
    one.preventDefault();
    globalThis.stopped = { ...one.detail, offer: undefined, grant: undefined, error: undefined };
  }, { once: true }), `farthing:${name}`);

  await prevent('beforespend');
  await pay(page).click();
  await page.waitForTimeout(300);
  assert.equal(await stateOf(page), 'locked');

  await prevent('quote');
  await pay(page).click();
  await waitEvent(page, 'quote');
  await isState(page, 'locked');
  assert.equal(await balance(page), 2_000_000);
  assert.ok(!asked.includes('/v1/redemptions'), 'nothing was sent');
  assert.deepEqual(await page.evaluate(() => [globalThis.stopped.price.amount, globalThis.stopped.automatic]), [200_000, false]);

  await prevent('error');
  await page.route('**/v1/redemptions', (route) => route.fulfill({
    status: 410, headers: { 'content-type': 'application/problem+json', 'access-control-allow-origin': '*' },
    body: JSON.stringify({ type: 'https://farthing.example/problems/offer_withdrawn', title: 'Withdrawn', status: 410, code: 'offer_withdrawn' }),
  }));
  await pay(page).click();
  await waitEvent(page, 'error');
  await isState(page, 'error');
  assert.doesNotMatch(await status(page).textContent(), /withdrawn/, 'the page says it itself');
  await page.unroute('**/v1/redemptions');

  await prevent('unlock');
  await pay(page).click();
  await waitEvent(page, 'unlock');
  await isLocked(page, article);
  const text = await page.evaluate(() => new DOMParser().parseFromString(globalThis.stopped.html, 'text/html').body.textContent.replace(/\s+/g, ' '));
  assert.ok(text.includes(article.last.slice(0, 30)), 'the page has the text, to put it where it likes');
  await reader.leave();
});

const POLICY = (types) => ["default-src 'none'", "script-src 'self' 'wasm-unsafe-eval'", "style-src 'self'", "img-src 'self'", "require-trusted-types-for 'script'", types,
  `connect-src 'self' ${paper.issuer.origin}`].join('; ');

for (const [who, types, script] of [['the package’s own', 'trusted-types farthing#html', ''], ['the publisher’s', 'trusted-types ours', '<script type="module" src="/policy.js"></script>']]) {
  test(`where there is no setHTML, ${who} Trusted Types policy makes the text, under COOP same-origin`, async () => {
    const article = paper.at('0.20');
    const change = ({ body, headers }) => ({
      headers: { ...headers, 'content-security-policy': POLICY(types), 'cross-origin-opener-policy': 'same-origin' }, body: body.replace('</head>', `${script}</head>`),
    });
    await bent(article.path, change, async () => {
      const reader = await Reader.sit(browser, paper);
      await reader.context.addInitScript(() => { delete Element.prototype.setHTML; });
      const page = await fund(reader, article);
      await pay(page).click();
      await isOpen(page, article);
      if (script) assert.equal(await page.evaluate(() => globalThis.asked), 1, 'the publisher’s policy was asked');
      assert.deepEqual(reader.said, [], 'nothing was blocked');
      await reader.leave();
    });
  });
}

test('offline: said at once, nothing is charged by a press, and back online the price is there again', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  await reader.context.setOffline(true);
  await isState(page, 'offline');
  await says(page, /You are offline\..*Nothing was charged\./);
  await pay(page).click();
  await waitEvent(page, 'error');
  await isState(page, 'offline');
  assert.match(await status(page).textContent(), /Nothing was charged/);
  await reader.context.setOffline(false);
  await isState(page, 'locked');
  assert.equal(await status(page).textContent(), '');
  await pay(page).click();
  await isOpen(page, article);
  assert.equal(await balance(page), 1_800_000);
  await reader.leave();
});

test('a hundred elements on one page: each says its price, one press opens all of the same article for one price', async () => {
  const article = paper.at('0.05');
  const copies = ({ body, headers }) => ({ headers, body: body.replace(/<farthing-paywall[\s\S]*?<\/farthing-paywall>/, (one) => `${one}\n`.repeat(100)) });
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, paper.at('0.20'));
  await bent(article.path, copies, async () => {
    await reader.open(article, page);
    await page.waitForFunction(() => [...document.querySelectorAll('farthing-paywall')].filter((one) => one.state === 'locked').length === 100);
    let sent = 0;
    page.on('request', (request) => { sent += request.url().endsWith('/v1/redemptions') ? 1 : 0; });
    await panel(page).nth(40).getByRole('button', { name: /^Pay/ }).click();
    await page.waitForFunction(() => [...document.querySelectorAll('farthing-paywall')].every((one) => one.state === 'unlocked'), null, { timeout: 60_000 });
    assert.equal(sent, 1);
    assert.equal(await balance(page), 1_950_000);
    assert.deepEqual(reader.said, []);
  });
  await reader.leave();
});

test('another article’s element put into this page sells nothing', async () => {
  const [here, other] = [paper.at('0.05'), paper.at('0.20')];
  const strange = /<farthing-paywall[\s\S]*?<\/farthing-paywall>/.exec(await readFile(join(paper.site.folder, other.path), 'utf8'))[0];
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, other);
  await bent(here.path, ({ body, headers }) => ({ headers, body: body.replace(/<farthing-paywall[\s\S]*?<\/farthing-paywall>/, () => strange) }), async () => {
    await reader.open(here, page);
    await pay(page).click();
    await says(page, /This offer belongs to another page\. Nothing was charged\./);
    assert.equal(await balance(page), 2_000_000);
  });
  await reader.leave();
});

test('an article of five megabytes is bought and opens, now and at the second visit', async () => {
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, paper.at('0.20'));
  for (const visit of ['bought', 'owned']) {
    await page.goto(paper.origin + long.path);
    if (visit === 'bought') await pay(page).click();
    await page.waitForFunction((last) => document.querySelector('article')?.textContent.includes(last), long.last, { timeout: 60_000 });
  }
  assert.equal(await balance(page), 1_800_000);
  await reader.leave();
});

test('storage refused: the price is shown, a press says what is missing, and nothing is sent to the issuer', async () => {
  for (const refuse of [
    () => { indexedDB.open = () => { throw new DOMException('refused', 'SecurityError'); }; },
    () => { Object.defineProperty(globalThis, 'indexedDB', { value: undefined }); },
  ]) {
    const reader = await Reader.sit(browser, paper);
    await reader.context.addInitScript(refuse);
    const page = await reader.context.newPage();
    let sent = 0;
    page.on('request', (request) => { sent += request.method() === 'POST' ? 1 : 0; });
    await reader.open(paper.at('0.20'), page);
    await pay(page).click();
    await says(page, /This browser gives no room to keep coins in\. Nothing was charged\./);
    assert.equal(sent, 0);
    await isLocked(page, paper.at('0.20'));
    await reader.leave();
  }
});

test('a disk that is full when the purchase is journalled: nothing is sent, and the coins stay', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  let sent = 0;
  page.on('request', (request) => { sent += request.url().endsWith('/v1/redemptions') ? 1 : 0; });
  await page.evaluate(() => {
    globalThis.__put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function put(...given) {
      if (this.name === 'texts') throw new DOMException('full', 'QuotaExceededError');
      return globalThis.__put.apply(this, given);
    };
  });
  await pay(page).click();
  await says(page, /This browser gives no room to keep coins in\. Nothing was charged\./);
  assert.equal(sent, 0);
  assert.equal(await balance(page), 2_000_000);
  await page.evaluate(() => { IDBObjectStore.prototype.put = globalThis.__put; });
  await pay(page).click();
  await isOpen(page, article);
  assert.equal(await balance(page), 1_800_000);
  await reader.leave();
});

test('a disk that is full when the answer comes: that is said at once, the article is not for sale again, and with room it opens for one price', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  const bodies = new Set();
  page.on('request', (request) => { if (request.url().endsWith('/v1/redemptions')) bodies.add(request.postData()); });
  await page.evaluate(() => {
    globalThis.__put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function put(...given) {
      if (this.name === 'grants') throw new DOMException('full', 'QuotaExceededError');
      return globalThis.__put.apply(this, given);
    };
  });
  await pay(page).click();
  await says(page, /This browser has no room left to keep what you bought\. It is not lost, and you will not be charged twice/, 8_000);
  assert.equal(await pay(page).count(), 0);
  assert.equal(await balance(page), 1_800_000);
  await page.evaluate(() => { IDBObjectStore.prototype.put = globalThis.__put; });
  await buttonOf(page, /^Ask again$/).click();
  await isOpen(page, article);
  assert.equal(await balance(page), 1_800_000);
  assert.equal(bodies.size, 1, 'the same bytes');
  await balanced(paper);
  await reader.leave();
});

test('a clock that is a day early loads, buys and reads', async () => {
  const reader = await Reader.sit(browser, paper);
  await clock(reader, 23);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  await page.reload();
  await isOpen(page, article);
  assert.equal(await balance(page), 1_800_000);
  await reader.leave();
});

test('a clock that is a day late, over an offer of today: the clock is named, nothing is charged, and what is owned opens when it is right', async () => {
  const reader = await Reader.sit(browser, paper);
  const [owned, article] = [paper.at('0.20'), paper.at('0.05')];
  const page = await fund(reader, owned);
  await pay(page).click();
  await isOpen(page, owned);
  await clock(reader, -23);
  await reader.open(article, page);
  await pay(page).click();
  await says(page, /This device’s clock says .*, which the site’s does not\. Nothing was charged\./);
  assert.equal(await balance(page), 1_800_000);
  // What is owned is not offered for sale once more, whatever the clock says.
  await reader.open(owned, page);
  await buttonOf(page, /^Open it again$/).waitFor();
  await says(page, /This device’s clock says/);
  assert.equal(await buttonOf(page, /^Pay/).count(), 0);
  await page.evaluate(() => { Date.now = () => performance.timeOrigin + performance.now(); });
  await buttonOf(page, /^Open it again$/).click();
  await isOpen(page, owned);
  await reader.leave();
});

test('an ad blocker that takes all scripts leaves teaser, price and a way on; one that takes some is named and lifted without a charge', async () => {
  const article = paper.at('0.20');
  const without = await Reader.sit(browser, paper);
  await without.context.route('**/farthing/**', (route) => route.abort('blockedbyclient'));
  const page = await without.open(article);
  assert.ok((await page.locator('article').innerText()).replace(/\s+/g, ' ').includes(article.first.slice(0, 60)));
  const rest = page.locator('farthing-paywall');
  assert.match(await rest.innerText(), /The rest of this article, 1,\d{3} words, costs 0\.20 EUR/);
  assert.ok(await rest.getByRole('link', { name: 'load it again' }).isVisible());
  await without.context.unroute('**/farthing/**');
  await rest.getByRole('link', { name: 'load it again' }).click();
  await pay(page).waitFor();
  await without.leave();

  const some = await Reader.sit(browser, paper);
  await some.context.route('**/engine.js', (route) => route.abort('blockedbyclient'));
  const half = await some.open(article);
  await pay(half).click();
  await says(half, /The scripts of this page did not load\. Nothing was charged\. Please reload the page\./);
  assert.equal(await stateOf(half), 'error');
  await some.context.unroute('**/engine.js');
  await half.reload();
  await pay(half).click();
  await buttonOf(half, /^Add 2/).waitFor();
  await some.leave();
});

test('a hostile script of the page: forged prices, forged offers, forty calls at once; at most the one price is charged, once, and before that no word is to be had', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  const before = await page.evaluate(async () => {
    const element = document.querySelector('farthing-paywall');
    const inside = element.shadowRoot.textContent + document.body.textContent;
    const paywall = await element.paywall();
    // A lower price than the signed one, a price of nobody, and a text that is not owned.
    const forged = await paywall.unlock({ seen: { issuer: element.querySelector('script').textContent && 'x', currency: 'EUR', amount: 1 } });
    const unasked = await paywall.unlock({ automatic: true });
    const read = await paywall.read();
    return { forged: forged.kind, unasked: unasked.kind, read, inside };
  });
  assert.equal(before.forged, 'price_changed');
  assert.equal(before.unasked, 'not_confirmed');
  assert.equal(before.read, null);
  assert.ok(!before.inside.includes(article.last.slice(0, 60)));
  assert.equal(await balance(page), 2_000_000);

  // The script in the page now says another price: what was read is what counts, and the signature is of the other.
  await page.evaluate(async () => {
    const element = document.querySelector('farthing-paywall');
    const script = element.querySelector('script');
    const envelope = JSON.parse(script.textContent);
    const [head, body, signature] = envelope.offer.split('.');
    const claims = JSON.parse(atob(body.replaceAll('-', '+').replaceAll('_', '/')));
    claims.prices[0].amount = 1000;
    const forged = document.createElement('farthing-paywall');
    const copy = document.createElement('script');
    copy.type = 'application/farthing+json';
    copy.textContent = JSON.stringify({ ...envelope, offer: [head, btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', ''), signature].join('.') });
    forged.append(copy);
    forged.id = 'forged';
    element.after(forged);
    await forged.unlock();
  });
  assert.match(await page.locator('#forged .status').textContent(), /This page’s offer does not hold\. Nothing was charged\./);
  assert.equal(await balance(page), 2_000_000);

  await page.evaluate(async () => {
    const element = document.querySelector('farthing-paywall');
    const paywall = await element.paywall();
    const button = element.shadowRoot.querySelector('button');
    for (let i = 0; i < 20; i += 1) button.click();
    await Promise.allSettled([...Array(20).keys()].flatMap(() => [element.unlock(), paywall.unlock()]));
  });
  await isOpen(page, article);
  assert.equal(await balance(page), 1_800_000, 'one price, once');
  await balanced(paper);
  await reader.leave();
});

test('an element that a framework takes out and puts back works on, and one made by script works at all', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  await panel(page).evaluate(async (element) => {
    const place = element.previousElementSibling;
    element.remove();
    await new Promise((resolve) => setTimeout(resolve, 50));
    place.after(element);
  });
  await pay(page).click();
  await isOpen(page, article);
  await reader.leave();
});

test('what a screen reader is told: a named region, a button that says price and tax, and one status line that was there before its words', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  await pay(page).waitFor();
  const tree = await panel(page).ariaSnapshot();
  assert.match(tree, /- region "1,\d{3} more words, \d minutes":/);
  assert.match(tree, /- button "Pay 0\.20\s€ and read tax included"/);
  assert.match(tree, /- status: 2\.00\s€ arrived\./);
  assert.doesNotMatch(tree, /dialog/);
  const line = await status(page).elementHandle();
  // Whatever is said, is said in the same node, and never before the node is in the page.
  await page.evaluate((node) => {
    globalThis.said = [];
    new MutationObserver(() => globalThis.said.push([node.isConnected, node.textContent])).observe(node, { childList: true, characterData: true, subtree: true });
  }, line);
  await pay(page).focus();
  await page.keyboard.press('Enter');
  await isOpen(page, article);
  await says(page, /Bought for/);
  const said = await page.evaluate(() => globalThis.said);
  assert.ok(said.every(([connected]) => connected));
  for (const words of [/Paying 0\.20/, /Bought for 0\.20/]) assert.ok(said.some(([, text]) => words.test(text)), `${words} in ${JSON.stringify(said)}`);
  assert.equal(await page.evaluate(() => document.activeElement.closest('article') !== null), true, 'who stood on the button stands at the text');
  assert.match(await panel(page).ariaSnapshot(), /- status: Bought for/);
  await reader.leave();
});
