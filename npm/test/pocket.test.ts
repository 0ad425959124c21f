/** The pocket itself: copies in files, receipts and proofs, and being filled from the reader's purse. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportPocket, importPocket } from '../src/copy.js';
import { beginFill, dropFill, endFill, endWhichever, openFills, questionOf } from '../src/link/fill.js';
import { readAnswer, readMessage, readQuestion, toFragment } from '../src/link/messages.js';
import { keptManifest, walk } from '../src/manifest.js';
import { balance } from '../src/pocket.js';
import { checkReceipt, eraseHistory, exportReceipts, receipts, trust } from '../src/receipts.js';
import { Store } from '../src/store.js';
import type { Wallet } from '../src/wallet.js';
import { Browser, browserCore, kindOf, openShop, origin, type Shop } from './reader.js';

const passphrase = 'a gate, a wheel and a carter';
// The iterations stand in the file; as few as this are for tests.
const rounds = 1000;

const walletOf = async (browser: Browser): Promise<Wallet> => ({
  core: await browserCore(), store: await Store.open(browser.disk as unknown as IDBFactory), now: () => browser.now, sleep: async () => {},
  fetch: (address, init) => browser.shop.issuer.fetch(address, init),
});
const held = async (wallet: Wallet): Promise<number> => (await balance(wallet)).reduce((sum, { amount }) => sum + amount, 0);

/** A reader who loaded 2 € and bought one article of 0.20 €. */
const reader = async (shop: Shop, path = '/articles/one'): Promise<{ browser: Browser; wallet: Wallet; sealed: string }> => {
  const browser = new Browser(shop);
  const sealed = shop.seal({ path });
  await browser.fill(shop.seal());
  assert.equal((await (await browser.visit(sealed, { path })).unlock()).kind, 'opened');
  return { browser, wallet: await walletOf(browser), sealed };
};

test('a copy in an empty browser has every coin and article, opens them without network, and goes on from there', async () => {
  const shop = await openShop();
  const { wallet, sealed } = await reader(shop);
  const file = await exportPocket(wallet, passphrase, origin, rounds);
  assert.doesNotMatch(file, /articles|grant|seed/, 'nothing of it can be read in the file');
  const other = new Browser(shop);
  const taken = await importPocket(await walletOf(other), file, passphrase, origin);
  assert.ok(taken.kind === 'taken' && taken.grants === 1 && taken.left === 0);
  assert.equal(taken.tokens.reduce((sum, { amount }) => sum + amount, 0), 1_800_000);
  assert.equal((await (await other.visit(sealed, { network: false })).read())?.kind, 'opened');
  const bought = await (await other.visit(shop.seal({ path: '/articles/two' }), { path: '/articles/two' })).unlock();
  assert.equal(bought.kind, 'opened');
  assert.equal(shop.issuer.charged, 400_000);
  assert.deepEqual((await (await other.visit(sealed)).verifyTokens()).bad, []);
});

test('a copy taken in twice, or after its coins were spent, brings no coin a second time', async () => {
  const shop = await openShop();
  const { browser, wallet } = await reader(shop);
  const before = await exportPocket(wallet, passphrase, origin, rounds);
  // Into the pocket it came from: all of it is known, and stays known when it is spent.
  for (const spend of [false, true]) {
    if (spend) await (await browser.visit(shop.seal({ path: '/articles/two' }), { path: '/articles/two' })).unlock();
    const amount = await held(wallet);
    const again = await importPocket(wallet, before, passphrase, origin);
    assert.ok(again.kind === 'taken' && again.tokens.length === 0 && again.grants === 0);
    assert.equal(await held(wallet), amount);
  }
  // Into a pocket that has coins of its own: once.
  const { browser: second, wallet: theirs, sealed } = await reader(shop, '/articles/three');
  const own = await held(theirs);
  const first = await importPocket(theirs, before, passphrase, origin);
  assert.ok(first.kind === 'taken' && first.grants === 1);
  assert.equal(await held(theirs), own + 1_800_000);
  assert.deepEqual((await (await second.visit(sealed)).verifyTokens()).bad, []);
  for (const one of await receipts(theirs)) assert.equal(await checkReceipt(theirs, one), null);
  const more = await importPocket(theirs, before, passphrase, origin);
  assert.ok(more.kind === 'taken' && more.tokens.length === 0 && more.grants === 0);
  assert.equal(await held(theirs), own + 1_800_000);
});

test('a wrong passphrase, a damaged file, another site’s copy and coins without proof each have an outcome of their own, and change nothing', async () => {
  const shop = await openShop();
  const { wallet } = await reader(shop);
  const file = await exportPocket(wallet, passphrase, origin, rounds);
  const other = new Browser(shop);
  const empty = await walletOf(other);
  const outcome = async (text: string, words = passphrase, at = origin) => (await importPocket(empty, text, words, at)).kind;
  assert.equal(await outcome(file, 'another passphrase'), 'passphrase');
  assert.equal(await outcome(file, passphrase, 'https://gazette.example'), 'other_site');
  const parsed = JSON.parse(file);
  const sealed = Buffer.from(parsed.sealed, 'base64');
  sealed[100]! ^= 1;
  for (const bent of [
    '', '{}', 'null', '[]', file.slice(0, -40), JSON.stringify({ ...parsed, sealed: sealed.toString('base64') }), JSON.stringify({ ...parsed, v: 2 }),
    JSON.stringify({ ...parsed, iterations: 1e12 }), JSON.stringify({ ...parsed, iterations: -1 }), JSON.stringify({ ...parsed, salt: 'AA==' }), JSON.stringify({ ...parsed, sum: 7 }),
  ]) assert.equal(await outcome(bent), 'damaged', bent.slice(0, 60));
  // Whoever knows the passphrase may have written anything: a coin is taken for one only by its proof.
  const { store } = wallet;
  const [token] = await store.read(({ tokens }) => tokens.all());
  const bad = Uint8Array.from(token!.evidence);
  bad[70]! ^= 1;
  await store.write(({ tokens }) => tokens.put({ ...token!, evidence: bad }));
  assert.equal(await outcome(await exportPocket(wallet, passphrase, origin, rounds)), 'damaged');
  for (const name of ['tokens', 'grants', 'keep', 'counters']) assert.deepEqual(await kindOf(other, name), [], name);
});

test('receipts are checked from what is kept, are handed on without a key to the text, and the history can be erased without a coin', async () => {
  const shop = await openShop();
  const { browser, wallet, sealed } = await reader(shop);
  const [bought] = await receipts(wallet);
  assert.equal(await checkReceipt(wallet, bought!), null);
  assert.equal(await checkReceipt(wallet, { ...bought!, grant: bought!.grant.slice(0, -8) + 'AAAAAAAA' }), 'grant_invalid');
  const exported = JSON.parse(await exportReceipts(wallet));
  assert.deepEqual(exported.receipts.map(({ amount, resource, grant }: Record<string, unknown>) => [amount, resource, grant]), [[200_000, '/articles/one', bought!.grant]]);
  assert.ok(!JSON.stringify(exported).includes(Buffer.from(bought!.key).toString('base64url')) && !('key' in exported.receipts[0]));
  const [known] = await trust(wallet);
  assert.deepEqual({ ...known, checked: known!.checked > 0 }, { issuer: shop.issuer.id, n: 1, at: browser.now, checked: true, bad: 0, fork: undefined });
  const coins = await held(wallet);
  assert.equal(await eraseHistory(wallet), 1);
  assert.deepEqual([await kindOf(browser, 'grants'), await kindOf(browser, 'texts'), await held(wallet)], [[], [], coins]);
  assert.equal(await (await browser.visit(sealed)).read(), null);
});

test('a forked list and a coin whose proof does not hold are told', async () => {
  const shop = await openShop();
  const { wallet } = await reader(shop);
  const [token] = await wallet.store.read(({ tokens }) => tokens.all());
  await wallet.store.write(({ tokens }) => tokens.put({ ...token!, token: token!.token.map((byte, at) => (at === 80 ? byte ^ 1 : byte)) }));
  shop.issuer.publish({ fork: true });
  await assert.rejects(walk(wallet, shop.issuer.id, null), { code: 'manifest_fork' });
  const [known] = await trust(wallet);
  assert.equal(known!.bad, 1);
  assert.equal(known!.fork, wallet.now());
});

const place = { path: '/articles/one', scroll: 700 };
/** A pocket that knows the issuer and holds nothing; `evaluated` is what a purse gets for its elements. */
const pocket = async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  await (await browser.visit(shop.seal())).prepare();
  const wallet = await walletOf(browser);
  const manifest = (await keptManifest(wallet, shop.issuer.id))!;
  return { shop, browser, wallet, manifest, evaluated: (outputs: { keyset: string; blinded: string }[]) => shop.issuer.evaluated(outputs) };
};

test('what a purse has evaluated becomes coins that buy, once, however often its answer comes', async () => {
  const { shop, browser, wallet, manifest, evaluated } = await pocket();
  const fill = await beginFill(wallet, manifest, 'EUR', 1_234_000, place);
  const question = questionOf(fill);
  assert.equal(question.outputs.reduce((sum, { keyset }) => sum + shop.issuer.keysets.get(keyset)!.denomination, 0), 1_234_000);
  assert.deepEqual(readMessage({ farthing: 1, kind: 'fill', ...question }), { farthing: 1, kind: 'fill', ...question });
  const evaluations = evaluated(question.outputs);
  assert.deepEqual(readMessage({ farthing: 1, kind: 'filled', evaluations }), { farthing: 1, kind: 'filled', evaluations });
  const [came, again] = await Promise.all([endFill(wallet, shop.issuer.id, 'EUR', evaluations), endWhichever(wallet, evaluations)]);
  assert.deepEqual([came?.amount, again], [1_234_000, null]);
  assert.equal(await held(wallet), 1_234_000);
  assert.equal((await (await browser.visit(shop.seal())).unlock()).kind, 'opened');
  assert.equal(await endWhichever(wallet, evaluations), null);
  assert.equal(await held(wallet), 1_034_000);
});

test('an answer that was lost is asked for again with the same elements, whatever is wished for by then', async () => {
  const { wallet, manifest, evaluated, browser } = await pocket();
  const asked = questionOf(await beginFill(wallet, manifest, 'EUR', 500_000, place));
  // The tab is closed; another visit.
  const later = await walletOf(browser);
  const [kept] = await openFills(later);
  assert.deepEqual(questionOf(kept!), asked);
  assert.deepEqual(questionOf(await beginFill(later, manifest, 'EUR', 2_000_000, place)), asked);
  assert.ok(await endWhichever(later, evaluated(asked.outputs)));
  assert.notDeepEqual(questionOf(await beginFill(later, manifest, 'EUR', 500_000, place)).outputs, asked.outputs);
  assert.equal(await held(later), 500_000);
});

test('evaluations that nobody asked for, of other elements or with a bent proof bring nothing in and end nothing', async () => {
  const { wallet, manifest, evaluated, shop } = await pocket();
  const { outputs } = questionOf(await beginFill(wallet, manifest, 'EUR', 500_000, place));
  const other = await pocket();
  const theirs = questionOf(await beginFill(other.wallet, other.manifest, 'EUR', 500_000, place));
  const right = evaluated(outputs);
  const proof = `${right[0]!.proof.slice(0, -4)}AAAA`;
  const elsewhere = outputs.map(({ keyset }, at) => ({ keyset, blinded: theirs.outputs[at]!.blinded }));
  for (const wrong of [evaluated(elsewhere), [{ ...right[0]!, proof }, ...right.slice(1)], right.slice(1), [...right, right[0]!]]) {
    assert.equal(await endWhichever(wallet, wrong), null);
    await assert.rejects(endFill(wallet, shop.issuer.id, 'EUR', wrong), ({ code }: { code: string }) => /^(proof|answer)_invalid$/.test(code));
  }
  assert.equal(await held(wallet), 0);
  assert.equal((await openFills(wallet)).length, 1);
  assert.ok(await endWhichever(wallet, right));
  assert.equal(await held(wallet), 500_000);
});

test('a refusal ends the fill that it names by an element that nobody else knows, and no other', async () => {
  const { wallet, manifest } = await pocket();
  const { outputs } = questionOf(await beginFill(wallet, manifest, 'EUR', 500_000, place));
  for (const of of ['', `${'A'.repeat(44)}`]) assert.equal(await dropFill(wallet, { code: 'insufficient_funds', of }), null);
  assert.equal((await openFills(wallet)).length, 1);
  assert.equal((await dropFill(wallet, { code: 'insufficient_funds', of: outputs[0]!.blinded }))?.amount, 500_000);
  assert.deepEqual(await openFills(wallet), []);
  const after = questionOf(await beginFill(wallet, manifest, 'EUR', 500_000, place));
  assert.ok(!after.outputs.some(({ blinded }) => outputs.some((one) => one.blinded === blinded)), 'no counter is used twice');
});

test('messages are read strictly, in windows and in addresses', () => {
  const outputs = [{ keyset: 'A'.repeat(22), blinded: 'B'.repeat(44) }];
  const fill = { farthing: 1, kind: 'fill', issuer: 'https://issuer.example', currency: 'EUR', amount: 500_000, outputs };
  assert.deepEqual(readMessage(fill), fill);
  assert.deepEqual(readMessage({ farthing: 1, kind: 'ready' }), { farthing: 1, kind: 'ready' });
  for (const wrong of [
    null, undefined, 7, 'ready', [], {}, { farthing: 2, kind: 'ready' }, { farthing: 1, kind: 'ready', more: 1 }, { farthing: 1, kind: 'constructor' }, { farthing: 1, kind: '__proto__' },
    { ...fill, amount: 0 }, { ...fill, amount: 0.5 }, { ...fill, amount: '500000' }, { ...fill, amount: 2 ** 60 }, { ...fill, currency: 'eur' }, { ...fill, issuer: 'javascript:alert(1)' },
    { ...fill, issuer: 'https://issuer.example/path' }, { ...fill, outputs: [] }, { ...fill, outputs: Array(65).fill(outputs[0]) }, { ...fill, outputs: [{ ...outputs[0], more: 1 }] },
    { ...fill, outputs: [{ keyset: 'A'.repeat(22) }] }, { ...fill, outputs: { length: 1, 0: outputs[0] } }, { ...fill, more: 'x' },
    { farthing: 1, kind: 'filled', evaluations: [{ keyset: 'A'.repeat(22), evaluated: [], proof: 'C'.repeat(86) }] }, { farthing: 1, kind: 'refused', code: 'Not a code', of: '' },
    { farthing: 1, kind: 'refused', code: 'x'.repeat(40_000), of: '' },
  ]) assert.equal(readMessage(wrong), null, JSON.stringify(wrong)?.slice(0, 80));
  const circle: Record<string, unknown> = { farthing: 1, kind: 'ready' };
  circle.farthing = circle;
  assert.equal(readMessage(circle), null);

  const refused = { farthing: 1, kind: 'refused', code: 'insufficient_funds', of: '' };
  assert.deepEqual(readAnswer(`#farthing-refused=${toFragment(refused)}`), refused);
  for (const hash of ['', '#top', `#farthing-filled=${toFragment(refused)}`, `#farthing-fill=${toFragment(fill)}`, '#farthing-refused=%%%', `#farthing-refused=${'A'.repeat(50_000)}`]) assert.equal(readAnswer(hash), null);
  const back = 'https://post.example/articles/one?x=1';
  assert.deepEqual(readQuestion(`#fill=${toFragment({ ...fill, return: back })}`), { message: fill, back: new URL(back) });
  for (const to of ['javascript:alert(1)', 'data:text/html,x', '/articles', 'https://user@post.example/', `${back}#top`, 7, undefined, `https://post.example/${'x'.repeat(3000)}`]) {
    assert.equal(readQuestion(`#fill=${toFragment({ ...fill, return: to })}`), null, String(to));
  }
});

test('keys that are replaced while an answer is on its way do not cost the coins of that answer: a purchase, a load, a fill', async () => {
  // The issuer answers once, nobody hears it, and by the next visit no list names the keys of what it made.
  const cut = async (shop: Shop, path: RegExp, work: () => Promise<unknown>) => {
    shop.issuer.after = (at) => (path.test(at) ? 'lost' : undefined);
    await assert.rejects(work(), { code: 'issuer_unreachable' });
    shop.issuer.after = () => undefined;
    shop.issuer.rotateTokens();
  };
  const later = async (browser: Browser) => {
    const wallet = await walletOf(browser);
    await walk(wallet, browser.shop.issuer.id, browser.shop.issuer.pin);
    return wallet;
  };
  {
    const shop = await openShop();
    const browser = new Browser(shop);
    const sealed = shop.seal();
    await browser.fill(sealed);
    await cut(shop, /redemptions/, async () => (await browser.visit(sealed)).unlock());
    const wallet = await later(browser);
    assert.equal((await (await browser.visit(sealed)).unlock()).kind, 'opened');
    assert.deepEqual([shop.issuer.purchases, await held(wallet)], [1, 1_800_000]);
  }
  {
    const shop = await openShop();
    const browser = new Browser(shop);
    const page = await browser.visit(shop.seal());
    const load = await page.load(2_000_000, origin);
    assert.ok(load.kind === 'checkout');
    shop.issuer.settle(load.order);
    await cut(shop, /draw/, () => page.collect());
    const wallet = await later(browser);
    assert.deepEqual((await (await browser.visit(shop.seal())).collect()).map(({ state }) => state), ['collected']);
    assert.deepEqual([await held(wallet), shop.issuer.outstanding], [2_000_000, 2_000_000]);
  }
  {
    const { shop, browser, wallet, manifest, evaluated } = await pocket();
    const { outputs } = questionOf(await beginFill(wallet, manifest, 'EUR', 500_000, place));
    const evaluations = evaluated(outputs);
    shop.issuer.rotateTokens();
    assert.ok(await endWhichever(await later(browser), evaluations));
    assert.equal(await held(wallet), 500_000);
  }
});
