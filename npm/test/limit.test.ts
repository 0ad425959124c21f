/** The reader's own limit: what opens without a question, and what never does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, openShop, Plug, type Shop } from './reader.js';

const day = 86_400;
const article = (shop: Shop, n: number, amount = 200_000) => ({ sealed: shop.seal({ path: `/articles/${n}`, amount }), path: `/articles/${n}` });

const open = async (limit: { each: number; day: number } | null) => {
  const shop = await openShop();
  const browser = new Browser(shop);
  await browser.fill(shop.seal());
  await (await browser.visit(shop.seal())).setLimit(limit);
  const buy = async (n: number, amount?: number, plug?: Plug) => {
    const { sealed, path } = article(shop, n, amount);
    return (await browser.visit(sealed, { path, ...(plug && { plug }) })).unlock({ automatic: true });
  };
  return { shop, browser, buy };
};

test('without a limit nothing is paid that nobody asked for', async () => {
  const { shop, buy } = await open(null);
  assert.equal((await buy(1)).kind, 'not_confirmed');
  assert.equal(shop.issuer.charged, 0);
});

test('up to the limit an article opens without a question, above it nothing is spent', async () => {
  const { shop, buy } = await open({ each: 200_000, day: 1_000_000 });
  const opened = await buy(1);
  assert.ok(opened.kind === 'opened' && opened.bought.automatic);
  assert.equal((await buy(2, 201_000)).kind, 'not_confirmed');
  assert.equal(shop.issuer.charged, 200_000);
});

test('a day’s limit holds over all articles and tabs at once, and is over after 24 hours', async () => {
  const { shop, browser, buy } = await open({ each: 200_000, day: 500_000 });
  const kinds = (await Promise.all([1, 2, 3, 4].map((n) => buy(n)))).map(({ kind }) => kind).sort();
  assert.deepEqual(kinds, ['not_confirmed', 'not_confirmed', 'opened', 'opened']);
  assert.equal(shop.issuer.charged, 400_000);
  browser.now += day + 1;
  assert.equal((await buy(9)).kind, 'opened');
});

test('what a reader pays by a press does not count, and a limit can be lowered or taken away at any moment', async () => {
  const { shop, browser, buy } = await open({ each: 200_000, day: 200_000 });
  const { sealed, path } = article(shop, 1);
  const page = await browser.visit(sealed, { path });
  assert.equal((await page.unlock()).kind, 'opened');
  assert.equal((await buy(2)).kind, 'opened');
  assert.equal((await buy(3)).kind, 'not_confirmed');
  await page.setLimit({ each: 100_000, day: 200_000 });
  assert.deepEqual(await page.limit(), { each: 100_000, day: 200_000 });
  browser.now += day + 1;
  assert.equal((await buy(4)).kind, 'not_confirmed');
  await page.setLimit(null);
  assert.equal(await page.limit(), null);
  assert.equal((await buy(5, 1000)).kind, 'not_confirmed');
});

test('a clock that ran ahead does not empty the day: what it has dated into the future still counts', async () => {
  const { browser, buy } = await open({ each: 200_000, day: 200_000 });
  browser.now += day;
  assert.equal((await buy(1)).kind, 'opened');
  browser.now -= day;
  assert.equal((await buy(2)).kind, 'not_confirmed');
});

test('a purchase that was cut off counts until it is decided, so that a silent issuer cannot make the day longer', async () => {
  const { shop, browser, buy } = await open({ each: 200_000, day: 200_000 });
  let cut = false;
  for (let last = 5; !cut && last < 60; last++) {
    await buy(1, 200_000, new Plug(last)).catch(() => {});
    const { sealed, path } = article(shop, 1);
    const status = await (await browser.visit(sealed, { path })).status();
    cut = status.kind === 'unfinished' && status.attempts === 1;
    if (status.kind === 'owned') break;
  }
  assert.ok(cut, 'the browser was closed between journal and answer');
  assert.equal((await buy(2)).kind, 'not_confirmed');
});

test('confirm sees the checked price before a coin is sent, and can stop it', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  const sealed = shop.seal();
  await browser.fill(sealed);
  const page = await browser.visit(sealed);
  const asked: number[] = [];
  const stopped = await page.unlock({ confirm: ({ amount }, offer) => (asked.push(amount), offer.title !== 'An article') });
  assert.equal(stopped.kind, 'not_confirmed');
  assert.deepEqual([asked, shop.issuer.charged, (await page.status()).kind], [[200_000], 0, 'locked']);
  assert.equal((await page.unlock({ confirm: () => true })).kind, 'opened');
});

test('the issuer’s terms come from its checked list', async () => {
  const shop = await openShop();
  const page = await new Browser(shop).visit(shop.seal());
  const terms = await page.terms();
  assert.deepEqual([terms.issuer, terms.url, terms.version], [shop.issuer.id, shop.issuer.terms.url, shop.issuer.terms.version]);
});

test('a limit that is none is refused as the programmer’s mistake', async () => {
  const shop = await openShop();
  const page = await new Browser(shop).visit(shop.seal());
  for (const limit of [{ each: 0, day: 1 }, { each: 0.5, day: 1 }, { each: 1, day: Number.NaN }, { each: '1', day: 1 } as never]) {
    await assert.rejects(page.setLimit(limit), TypeError);
  }
});
