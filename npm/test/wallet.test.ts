import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, openShop, origin, text } from './reader.js';

const pages = (text: string) => text;

test('a reader loads two euros, buys for twenty cents, and has one euro eighty left', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  const page = await browser.visit(sealed);
  const short = await page.unlock();
  assert.equal(short.kind, 'insufficient_funds');
  assert.deepEqual(short.kind === 'insufficient_funds' && [short.balance, short.choices], [0, [500_000, 2_000_000]]);
  const load = await page.load(2_000_000, `${origin}/articles/one?a=1`);
  assert.ok(load.kind === 'checkout');
  assert.equal(load.checkout, `https://issuer.example/checkout/${load.order}#return=${encodeURIComponent(`${origin}/articles/one?a=1`)}`);
  assert.deepEqual((await page.collect()).map(({ state }) => state), ['waiting']);
  shop.issuer.settle(load.order);
  assert.deepEqual((await page.collect()).map(({ state }) => state), ['collected']);
  assert.deepEqual((await page.balance()).map(({ amount }) => amount), [2_000_000]);
  const opened = await page.unlock();
  assert.ok(opened.kind === 'opened');
  assert.equal(pages(opened.html), text);
  assert.equal(opened.grant.amount, 200_000);
  assert.equal(opened.offer.name, 'The Post');
  assert.deepEqual((await page.balance()).map(({ amount }) => amount), [1_800_000]);
  assert.equal(shop.issuer.charged, 200_000);
  assert.equal(shop.issuer.outstanding, 1_800_000);
});

test('the second visit opens the text without any network, and checks it again', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  assert.equal((await (await browser.visit(sealed)).unlock()).kind, 'opened');
  const again = await browser.visit(sealed, { network: false });
  assert.equal((await again.status()).kind, 'owned');
  const opened = await again.read();
  assert.ok(opened?.kind === 'opened' && opened.html === text && !opened.newer);
  assert.equal((await again.unlock()).kind, 'opened');
  assert.equal(shop.issuer.purchases, 1);
});
