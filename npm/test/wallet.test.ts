import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, copyDisk, keepIn, kindOf, openShop, origin, Plug, text } from './reader.js';


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

test('coins that came first are spent first, so that none grows old here', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  const first = shop.seal();
  await browser.fill(first);
  browser.now += 86_400;
  await browser.fill(first);
  const held = (await kindOf(browser, 'tokens')) as { nullifier: string; at: number; amount: number }[];
  const times = [...new Set(held.map(({ at }) => at))].sort();
  assert.equal(times.length, 2);
  assert.ok((await (await browser.visit(first)).unlock()).kind === 'opened');
  const left = new Set((await kindOf(browser, 'tokens')).map(({ nullifier }) => nullifier));
  const spent = held.filter(({ nullifier }) => !left.has(nullifier));
  assert.ok(spent.length > 0);
  for (const { at, amount } of spent) assert.equal(at, times[0], `a coin of ${amount} of the second load, though the first had some`);
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

test('the coins in a pocket can be checked again at any time, without network, and a damaged one is named', async () => {
  const shop = await openShop();
  const sealed = shop.seal();
  const browser = new Browser(shop);
  await browser.fill(sealed);
  const page = await browser.visit(sealed, { network: false });
  const { checked, bad } = await page.verifyTokens();
  assert.ok(checked >= 1);
  assert.deepEqual(bad, []);
  const [first] = await kindOf(browser, 'tokens');
  const token = first!.token as Uint8Array;
  token[60]! ^= 1;
  await keepIn(browser, 'tokens', [first!]);
  assert.deepEqual((await page.verifyTokens()).bad, [{ nullifier: first!.nullifier, code: 'token_corrupt' }]);
});
