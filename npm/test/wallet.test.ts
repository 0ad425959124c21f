import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, copyDisk, kindOf, openShop, origin, Plug, type Shop, text } from './reader.js';

/** The same claims, signed by a key that is not in the publisher's document. */
const resigned = (shop: Shop): string => {
  const page = JSON.parse(shop.seal());
  const claims = JSON.parse(Buffer.from(page.offer.split('.')[1], 'base64url').toString());
  return JSON.stringify({ ...page, offer: shop.publisher.signOffer(shop.publisher.generateOfferKey().secret, claims).jws });
};

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
  assert.equal(opened.html, text);
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

test('a browser closed at any step of a load loses nothing: at the next visit all of it arrives', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  let closed = 0;
  for (let last = 0; ; last++) {
    const browser = new Browser(shop);
    const before = shop.issuer.settled;
    const plug = new Plug(last);
    const ordered = await (await browser.visit(sealed, { plug })).load(2_000_000, origin).catch(() => null);
    // The reader pays if the checkout was reached; then the return to the page breaks off as well.
    if (ordered?.kind === 'checkout') {
      shop.issuer.settle(ordered.order);
      for (let more = 0; more <= 12; more++) await (await browser.visit(sealed, { plug: new Plug(more) })).collect().catch(() => null);
      await (await browser.visit(sealed)).collect();
      assert.deepEqual((await (await browser.visit(sealed)).balance()).map(({ amount }) => amount), [2_000_000], `closed after ${last} steps`);
      if (!plug.pulled) break;
    } else {
      closed++;
      await (await browser.visit(sealed)).collect();
      assert.equal(shop.issuer.settled, before, 'nothing is paid before the checkout');
      await browser.fill(sealed);
    }
  }
  assert.ok(closed > 8, `a load has steps to be closed at, was ${closed}`);
});

test('a browser closed at any step of a purchase is charged once at most, and the text opens at the next visit', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  let sent = 0;
  for (let last = 0, done = false; !done; last++) {
    const browser = new Browser(shop);
    await browser.fill(sealed);
    const before = shop.issuer.purchases;
    const plug = new Plug(last);
    done = await (await browser.visit(sealed, { plug })).unlock().then(() => true, () => false);
    assert.equal(done, !plug.pulled, `step ${last}`);
    // The next visit finishes what was begun before it offers anything; if nothing had been sent, the reader presses again.
    const page = await browser.visit(sealed);
    const { open } = await page.recover();
    assert.equal(open, 0);
    if (shop.issuer.purchases > before && !done) sent++;
    const opened = await page.unlock();
    assert.ok(opened.kind === 'opened' && opened.html === text, `closed after ${last} steps`);
    assert.equal(shop.issuer.purchases - before, 1, `charged once, closed after ${last} steps`);
    assert.deepEqual((await page.balance()).map(({ amount }) => amount), [1_800_000]);
  }
  assert.ok(sent > 0, 'some of the closings came after the issuer had taken the coins');
});

test('an answer lost on its way is asked for with the same bytes, and charged once', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  let lost = 0;
  shop.issuer.after = (path) => (path === '/v1/redemptions' && lost++ < 3 ? 'lost' : undefined);
  const page = await browser.visit(sealed);
  const waited: string[] = [];
  const opened = await page.unlock({ waiting: ({ code }) => waited.push(code) });
  assert.equal(opened.kind, 'opened');
  assert.deepEqual(waited, ['issuer_unreachable', 'issuer_unreachable', 'issuer_unreachable']);
  const bodies = shop.issuer.requests.filter(({ path }) => path === '/v1/redemptions').map(({ body }) => body);
  assert.equal(bodies.length, 4);
  assert.equal(new Set(bodies).size, 1);
  assert.equal(shop.issuer.purchases, 1);
});

test('an issuer that stays silent leaves an unknown outcome, which a later press or visit finishes, never pays again', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  shop.issuer.after = (path) => (path === '/v1/redemptions' ? 'lost' : undefined);
  const page = await browser.visit(sealed);
  await assert.rejects(page.unlock(), { code: 'issuer_unreachable', fault: 'network' });
  assert.deepEqual(await page.status(), { kind: 'unfinished', attempts: 1, orders: 0, balance: await page.balance() });
  const other = shop.seal({ path: '/articles/two' });
  shop.issuer.after = () => undefined;
  // Another article can be bought meanwhile, with coins that are not held.
  assert.equal((await (await browser.visit(other, { path: '/articles/two' })).unlock()).kind, 'opened');
  assert.equal((await page.unlock()).kind, 'opened');
  assert.equal(shop.issuer.purchases, 2);
  assert.deepEqual((await page.balance()).map(({ amount }) => amount), [1_600_000]);
});

for (const [name, garbage] of Object.entries({
  'not JSON': () => new Response('<html>Bad gateway</html>', { status: 200 }),
  'a truncated answer': () => new Response('{"grant": "ey', { status: 200 }),
  'a page of a proxy': () => new Response('<html>', { status: 502 }),
  'ten megabytes': () => new Response('x'.repeat(10 << 20), { status: 200 }),
  'a refusal without a code': () => Response.json({ title: 'no' }, { status: 400 }),
  'the wrong answer': () => Response.json({ state: 'settled' }),
})) {
  test(`an issuer that answers garbage (${name}) is asked again; the article opens once it speaks sense, and is charged once`, async () => {
    const shop = await openShop();
    const sealed = shop.seal();
    const browser = new Browser(shop);
    await browser.fill(sealed);
    shop.issuer.after = (path) => (path === '/v1/redemptions' ? garbage() : undefined);
    const page = await browser.visit(sealed);
    await assert.rejects(page.unlock(), ({ code }) => ['answer_invalid', 'issuer_unreachable'].includes(code));
    shop.issuer.after = () => undefined;
    const again = await browser.visit(sealed);
    assert.equal((await again.recover()).open, 0);
    assert.equal((await again.read())?.kind, 'opened');
    assert.equal(shop.issuer.purchases, 1);
  });
}

test('a refusal that somebody on the way made up does not lead to a second charge: the issuer’s answer is asked for', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  let times = 0;
  shop.issuer.after = (path) =>
    path === '/v1/redemptions' && times++ === 0 ? Response.json({ code: 'element_reused', elements: [0] }, { status: 409 }) : undefined;
  const page = await browser.visit(sealed);
  assert.equal((await page.unlock()).kind, 'opened');
  assert.equal(shop.issuer.purchases, 1);
  assert.ok(shop.issuer.requests.some(({ path }) => path === '/v1/answers'));
  assert.deepEqual((await page.balance()).map(({ amount }) => amount), [1_800_000]);
});

test('coins that were spent from a copy of the pocket are set aside, and the rest pays', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  const copy = new Browser(shop);
  await copyDisk(browser, copy);
  assert.equal((await (await copy.visit(sealed)).unlock()).kind, 'opened');
  const page = await browser.visit(shop.seal({ path: '/articles/two' }), { path: '/articles/two' });
  const result = await page.unlock();
  assert.equal(result.kind, 'opened');
  assert.equal(shop.issuer.purchases, 2);
});

test('change that no keyset gives any more is planned anew with the current manifest', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  let times = 0;
  shop.issuer.before = (path) => (path === '/v1/redemptions' && times++ === 0 ? (shop.issuer.publish(), Response.json({ code: 'keyset_not_mintable', manifest: 2 }, { status: 409 })) : undefined);
  assert.equal((await (await browser.visit(sealed)).unlock()).kind, 'opened');
  const sent = shop.issuer.requests.filter(({ path }) => path === '/v1/redemptions').map(({ body }) => JSON.parse(body).manifest);
  assert.deepEqual(sent, [1, 2]);
});

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
