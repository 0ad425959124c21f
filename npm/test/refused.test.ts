/** What is refused, to whom it is said, and that no coin moves for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, kindOf, openShop, origin, type Shop, text } from './reader.js';

/** The same claims, signed by a key that is not in the publisher's document. */
const resigned = (shop: Shop): string => {
  const page = JSON.parse(shop.seal());
  const claims = JSON.parse(Buffer.from(page.offer.split('.')[1], 'base64url').toString());
  return JSON.stringify({ ...page, offer: shop.publisher.signOffer(shop.publisher.generateOfferKey().secret, claims).jws });
};

test('what a reader can cause is a value: too little in the pocket, too large a load, an offer that has ended', async () => {
  const shop = await openShop();
  const sealed = shop.seal({ exp: shop.issuer.now + 10 });
  const browser = new Browser(shop);
  const page = await browser.visit(sealed);
  assert.equal((await page.unlock()).kind, 'insufficient_funds');
  assert.deepEqual(await page.load(2_001_000, origin), { kind: 'pocket_limit' });
  assert.equal((await page.unlock({ seen: { issuer: shop.issuer.id, currency: 'EUR', amount: 100_000 } })).kind, 'price_changed');
  browser.now += 10 + 86_400 + 1;
  assert.equal((await (await browser.visit(sealed)).unlock()).kind, 'offer_expired');
});

test('a grant whose time is over does not open; the article can be bought again', async () => {
  const shop = await openShop();
  const sealed = shop.seal({ access: 3600 });
  const browser = new Browser(shop);
  await browser.fill(sealed);
  assert.equal((await (await browser.visit(sealed)).unlock()).kind, 'opened');
  browser.now += 3600 + 2 * 86_400;
  shop.issuer.now = browser.now;
  const page = await browser.visit(sealed);
  assert.deepEqual(await page.read(), { kind: 'grant_expired' });
  assert.equal((await page.unlock()).kind, 'opened');
  assert.equal(shop.issuer.purchases, 2);
});

test('an article that was changed after it was bought opens as it was bought', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  const sealed = shop.seal();
  await browser.fill(sealed);
  await (await browser.visit(sealed)).unlock();
  const changed = await browser.visit(shop.seal({ html: '<p>A corrected text.</p>' }));
  const opened = await changed.read();
  assert.ok(opened?.kind === 'opened' && opened.newer && opened.html === text);
});

test('a new price over the same text asks nothing of those who own it', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  const key = shop.publisher.newContentKey();
  const sealed = shop.seal({ key });
  await browser.fill(sealed);
  await (await browser.visit(sealed)).unlock();
  const { offer, wraps } = JSON.parse(shop.seal({ key, amount: 500_000, claims: { content: JSON.parse(Buffer.from(JSON.parse(sealed).offer.split('.')[1], 'base64url').toString()).content } }));
  const renewed = JSON.stringify({ v: 1, offer, wraps, part: JSON.parse(sealed).part });
  const opened = await (await browser.visit(renewed)).unlock();
  assert.ok(opened.kind === 'opened' && !opened.newer);
  assert.equal(shop.issuer.purchases, 1);
});

const tampered: Record<string, [string, (shop: Shop) => { sealed: string; path?: string }]> = {
  'an offer of another article (/articles/one does not open /articles/10)': ['offer_audience', (shop) => ({ sealed: shop.seal(), path: '/articles/10' })],
  'a sealed text that is not the one offered': ['content_mismatch', (shop) => ({ sealed: JSON.stringify({ ...JSON.parse(shop.seal()), part: JSON.parse(shop.seal()).part }) })],
  'a sealed text with one bit turned': ['content_mismatch', (shop) => {
    const page = JSON.parse(shop.seal());
    const part = Buffer.from(page.part, 'base64url');
    part[part.length - 20]! ^= 1;
    return { sealed: JSON.stringify({ ...page, part: part.toString('base64url') }) };
  }],
  'an offer somebody else signed': ['offer_invalid', (shop) => ({ sealed: resigned(shop) })],
  'a wrapped key moved from a cheaper article': ['wrap_invalid', (shop) => ({ sealed: JSON.stringify({ ...JSON.parse(shop.seal()), wraps: JSON.parse(shop.seal({ path: '/articles/cheap', amount: 1000 })).wraps }) })],
  'a key that opens another text': ['key_mismatch', (shop) => ({ sealed: shop.seal({ claims: { key_commit: shop.publisher.keyCommit(shop.publisher.newContentKey()) } }) })],
  'an envelope with a member twice': ['malformed', (shop) => ({ sealed: shop.seal().replace('"v":1', '"v":1,"v":1') })],
  'an envelope that is cut off': ['malformed', (shop) => ({ sealed: shop.seal().slice(0, -9) })],
  'a pin that no manifest answers': ['pin_unknown', (shop) => ({ sealed: shop.seal({ claims: { pins: [{ issuer: shop.issuer.id, n: 9, hash: 'A'.repeat(43) }] } }) })],
};
for (const [name, [code, make]] of Object.entries(tampered)) {
  test(`${name} is refused with ${code}, and nothing is charged`, async () => {
    const shop = await openShop();
    const browser = new Browser(shop);
    await browser.fill(shop.seal({ path: '/articles/zero' }), 500_000).catch(() => {});
    const filled = new Browser(shop);
    const first = shop.seal({ path: '/articles/one' });
    await filled.fill(first);
    const { sealed, path } = make(shop);
    const page = await filled.visit(sealed, path ? { path } : {});
    await assert.rejects(page.unlock(), { code });
    assert.equal(shop.issuer.purchases, 0);
    assert.deepEqual((await page.balance()).map(({ amount }) => amount), [2_000_000]);
  });
}

test('an issuer that shows two key lists is told on before paying, and both are kept as evidence', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  await browser.fill(shop.seal());
  shop.issuer.publish({ fork: true });
  const page = await browser.visit(shop.seal());
  await assert.rejects(page.unlock(), { code: 'manifest_fork', fault: 'issuer' });
  assert.equal(shop.issuer.purchases, 0);
  const kept = await kindOf(browser, 'keep');
  assert.ok(kept.some(({ name }) => name === `fork ${shop.issuer.id}`));
});

test('a reader who was away while the issuer changed its signing key, and changed it again, still finds the way', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  await browser.fill(shop.seal());
  shop.issuer.rotateSigning();
  shop.issuer.publish();
  shop.issuer.rotateSigning();
  // The page pins a list by a key that this reader has never seen.
  const page = await browser.visit(shop.seal({ path: '/articles/two' }), { path: '/articles/two' });
  assert.equal((await page.unlock()).kind, 'opened');
  assert.ok(shop.issuer.requests.some(({ path }) => path === '/v1/manifests?from=1'));
  // And somebody new, from the first list on.
  const sealed = shop.seal();
  for (let n = 0; n < 230; n++) shop.issuer.publish();
  shop.issuer.rotateSigning();
  const other = new Browser(shop);
  await other.fill(sealed);
  assert.equal((await (await other.visit(sealed)).unlock()).kind, 'opened');
});

test('a page that pins a list which the issuer never signed is not believed, whatever key it names', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  await browser.fill(shop.seal());
  const { heads: [first], signing } = shop.issuer;
  shop.issuer.rotateSigning();
  const sealed = shop.seal({ path: '/articles/two' });
  // Another history than the one that the page was sealed with.
  shop.issuer.heads.splice(0, shop.issuer.heads.length, first!);
  shop.issuer.signing = signing;
  shop.issuer.rotateSigning();
  const page = await browser.visit(sealed, { path: '/articles/two' });
  await assert.rejects(page.unlock(), { code: 'pin_unknown' });
  assert.equal(shop.issuer.purchases, 0);
});

test('a key that no list has shown before it signs is not trusted', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  await browser.fill(shop.seal());
  const { signing } = shop.issuer;
  shop.issuer.rotateSigning();
  // The list between, in which the new key was shown, is left out.
  shop.issuer.heads.splice(1);
  const stranger = shop.issuer.signing;
  assert.notEqual(stranger, signing);
  shop.issuer.publish();
  const page = await browser.visit(shop.seal({ path: '/articles/two' }), { path: '/articles/two' });
  await assert.rejects(page.unlock(), { code: 'manifest_key_unknown' });
  assert.equal(shop.issuer.purchases, 0);
});

test('two tabs that press at once buy once', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  const tabs = await Promise.all([browser.visit(sealed), browser.visit(sealed)]);
  const results = await Promise.all(tabs.map((tab) => tab.unlock()));
  assert.deepEqual(results.map(({ kind }) => kind), ['opened', 'opened']);
  assert.equal(shop.issuer.purchases, 1);
});

test('requests to the issuer say nothing about the page but what they must', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  const seen: RequestInit[] = [];
  const fetch = shop.issuer.fetch;
  Object.assign(shop.issuer, { fetch: (address: string, init: RequestInit) => (seen.push(init), fetch(address, init)) });
  await browser.fill(sealed);
  await (await browser.visit(sealed)).unlock();
  assert.ok(seen.length > 4);
  for (const init of seen) {
    assert.deepEqual([init.credentials, init.referrerPolicy, init.mode, init.redirect], ['omit', 'no-referrer', 'cors', 'error']);
    assert.ok(init.signal instanceof AbortSignal);
  }
  for (const { body } of shop.issuer.requests.filter(({ path }) => path.startsWith('/v1/orders'))) assert.ok(!body.includes('articles'));
});

test('a programmer’s mistake is a TypeError, at once', async () => {
  const { createPaywall } = await import('../src/paywall.js');
  assert.throws(() => createPaywall({} as never), TypeError);
  assert.throws(() => createPaywall({ sealed: '{}' }), TypeError);
});
