/** The purse: money in, to pages and back, and what a fall at any step leaves behind. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { IDBFactory } from 'fake-indexeddb';
import { walk } from '../src/manifest.js';
import { balance } from '../src/pocket.js';
import { beginFill, endFill, openFills, questionOf } from '../src/link/fill.js';
import { beginLeave, leave } from '../src/link/leave.js';
import type { PurseCore } from '../src/purse/core.js';
import {
  begin, beginRestore, choices, collect, confirmWords, elementsFor, erase, events, exportPurse, give, holdings, importPurse, isLocked, isWrittenDown, lock, lookAtFill, newest, openPurse, orderValue, placesToAsk, type Purse,
  removeLock, renewQuietly, restore, setFillLimit, stateOf, takeReturned, checkProofs, unlock, visit, words,
} from '../src/purse/purse.js';
import { Store } from '../src/store.js';
import { beginSwap, chosen, groupOf, openSwaps, sendSwap } from '../src/swap.js';
import type { Wallet } from '../src/wallet.js';
import { alone } from '../src/wallet.js';
import { Browser, browserCore, Closed, openShop, Plug, plugged, type Shop } from './reader.js';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const core: PurseCore = await (await import(at('dist/purse/core.js').href)).loadPurse(await readFile(at('dist/purse/farthing_purse_bg.wasm')));
const page = 'https://post.example';

const purseOf = (shop: Shop, disk = new IDBFactory(), plug = new Plug()): Promise<Purse> =>
  openPurse({
    issuer: shop.issuer.id, core, indexedDB: plugged(disk, plug), now: () => shop.issuer.now, sleep: async () => plug.step(),
    fetch: async (address, init) => {
      plug.step();
      const answer = await shop.issuer.fetch(address, init);
      plug.step();
      return answer;
    },
  });

/** A purse with money in it. */
const loaded = async (shop: Shop, amount = 2_000_000, disk = new IDBFactory()): Promise<Purse> => {
  const purse = await purseOf(shop, disk);
  await begin(purse);
  const { order } = await orderValue(purse, { currency: 'EUR', amount }, `${shop.issuer.id}/wallet/`);
  shop.issuer.settle(order);
  assert.deepEqual((await collect(purse)).map(({ state }) => state), ['collected']);
  return purse;
};
const held = async (wallet: Wallet): Promise<number> => (await balance(wallet)).reduce((sum, { amount }) => sum + amount, 0);
const pocketOf = async (shop: Shop, browser = new Browser(shop)): Promise<Wallet> => {
  const wallet: Wallet = {
    core: await browserCore(), store: await Store.open(browser.disk as unknown as IDBFactory), now: () => shop.issuer.now, sleep: async () => {}, fetch: shop.issuer.fetch,
  };
  await walk(wallet, shop.issuer.id, shop.issuer.pin);
  return wallet;
};
const ask = async (shop: Shop, pocket: Wallet, amount: number) => {
  const manifest = await walk(pocket, shop.issuer.id, shop.issuer.pin);
  return questionOf(await beginFill(pocket, manifest, 'EUR', amount, { path: '/', scroll: 0 }));
};

test('a purse is new until it is begun, its words are twelve and the same, and two of them show that they are written down', async () => {
  const shop = await openShop();
  const purse = await purseOf(shop);
  assert.equal(await stateOf(purse), 'new');
  assert.equal(await words(purse), null);
  await begin(purse);
  const first = await words(purse);
  await begin(purse);
  assert.deepEqual(await words(purse), first);
  assert.equal(first!.length, 12);
  assert.equal(await stateOf(purse), 'ready');
  for (let tries = 0; tries < 50; tries++) {
    const [one, two] = placesToAsk();
    assert.ok(one >= 0 && one < two && two < 12);
  }
  assert.equal(await confirmWords(purse, [1, 7], [first![1]!, first![2]!]), first![7] === first![2]);
  assert.equal(await confirmWords(purse, [], []), false);
  assert.equal(await confirmWords(purse, [1, 7], [` ${first![1]!.toUpperCase()}`, first![7]!]), true);
  assert.equal(await isWrittenDown(purse), true);
});

test('a seed is never made up: a purse that is not begun orders nothing', async () => {
  const shop = await openShop();
  const purse = await purseOf(shop);
  await assert.rejects(orderValue(purse, { currency: 'EUR', amount: 500_000 }, 'https://issuer.example/wallet/'), { code: 'storage_unavailable' });
  assert.equal(shop.issuer.orders.size, 0);
});

test('a page is filled once for the same elements, after a confirmation, and the purse keeps the rest', async () => {
  const shop = await openShop();
  shop.issuer.orderMax = 20_000_000;
  const purse = await loaded(shop, 10_000_000);
  assert.deepEqual((await choices(purse)).map(({ amount }) => amount), [500_000, 2_000_000, 4_000_000, 20_000_000]);
  const pocket = await pocketOf(shop);
  const question = await ask(shop, pocket, 1_500_000);
  const look = await lookAtFill(purse, page, question);
  assert.ok(look.kind === 'ask' && look.before === 0 && look.balance === 10_000_000);
  assert.equal(shop.issuer.swaps, 0, 'looking spends nothing');
  const end = await give(purse, page, question);
  assert.ok(end.kind === 'filled');
  assert.deepEqual(await lookAtFill(purse, page, question), end);
  assert.deepEqual(await give(purse, page, question), end);
  assert.equal(shop.issuer.swaps, 1);
  assert.equal((await lookAtFill(purse, 'https://other.example', question)).kind, 'refused');
  assert.ok(await endFill(pocket, shop.issuer.id, 'EUR', end.evaluations));
  assert.equal(await held(pocket), 1_500_000);
  assert.equal(await held(purse), 8_500_000);
  assert.equal(shop.issuer.outstanding, 10_000_000);
  assert.deepEqual((await events(purse)).map(({ kind, amount, origin }) => [kind, amount, origin]), [['filled', 1_500_000, page], ['loaded', 10_000_000, undefined]]);
  const proofs = await checkProofs(purse);
  assert.ok(proofs!.bad === 0 && proofs!.checked > 5);
  await erase(purse);
  assert.deepEqual(await events(purse), []);
  assert.deepEqual(await give(purse, page, question), end, 'a page whose answer was lost still gets it');
  assert.equal(await held(purse), 8_500_000);
});

test('what is not worth the amount, too much, over the reader’s limit or of another issuer is refused and nothing is spent', async () => {
  const shop = await openShop();
  const purse = await loaded(shop);
  const pocket = await pocketOf(shop);
  const question = await ask(shop, pocket, 400_000);
  const refused = async (other: object, code: string) => assert.deepEqual(await lookAtFill(purse, page, { ...question, ...other }), { kind: 'refused', code });
  await refused({ issuer: 'https://other.example' }, 'unsupported');
  await refused({ amount: 300_000 }, 'unbalanced');
  await refused({ outputs: [...question.outputs, question.outputs[0]!] }, 'element_repeated');
  await setFillLimit(purse, 'EUR', { site: 500_000, all: null });
  assert.equal((await give(purse, page, question)).kind, 'filled');
  const more = await ask(shop, await pocketOf(shop), 200_000);
  assert.deepEqual(await lookAtFill(purse, page, more), { kind: 'limited', origin: page, currency: 'EUR', amount: 200_000, left: 100_000 });
  assert.deepEqual(await give(purse, page, more), { kind: 'refused', code: 'pocket_limit' });
  assert.equal((await lookAtFill(purse, 'https://other.example', more)).kind, 'ask');
  await setFillLimit(purse, 'EUR', { site: null, all: null });
  const short = await lookAtFill(purse, page, await ask(shop, await pocketOf(shop), 1_900_000));
  assert.ok(short.kind === 'short' && short.missing === 300_000);
  assert.equal(shop.issuer.swaps, 1);
});

test('coins come back from a page once, also when the page could not say so', async () => {
  const shop = await openShop();
  const purse = await loaded(shop);
  const other = await loaded(shop, 2_000_000);
  // A page with the purse's core gives 0.70 € of its own coins.
  const give70 = async (outputs: { keyset: string; blinded: string }[]) => alone(async () => {
    const swap = await beginSwap(other, await newest(other), { currency: 'EUR', purpose: 'leave', given: [outputs], choose: (tokens) => chosen(core, tokens, 700_000) });
    const end = await sendSwap(other, swap!);
    assert.ok(end.kind === 'swapped');
    return groupOf(other, swap!, 0, end.response);
  });
  const wish = { issuer: shop.issuer.id, currency: 'EUR', amount: 700_000 };
  const asked = await elementsFor(purse, page, wish);
  assert.ok(asked.kind === 'elements');
  assert.deepEqual(await elementsFor(purse, page, wish), asked, 'the same question gets the same elements');
  const evaluations = await give70(asked.outputs);
  assert.equal(await takeReturned(purse, 'https://other.example', evaluations), null);
  assert.deepEqual(await takeReturned(purse, page, evaluations), { currency: 'EUR', amount: 700_000 });
  assert.equal(await takeReturned(purse, page, evaluations), null);
  assert.equal(await held(purse), 2_700_000);
  const again = await elementsFor(purse, page, wish);
  assert.ok(again.kind === 'elements' && again.outputs[0]!.blinded !== asked.outputs[0]!.blinded);
  assert.deepEqual((await visit(purse)).returned, []);
  await give70(again.outputs);
  assert.deepEqual((await visit(purse)).returned, [{ currency: 'EUR', amount: 700_000 }], 'the issuer tells what the page could not');
  assert.equal(await held(purse), 3_400_000);
  assert.equal(await held(purse) + (await held(other)), shop.issuer.outstanding);
});

test('a page gives back what it holds of replaced keys, into elements of the new ones, and two amounts of one page do not get into each other’s way', async () => {
  const shop = await openShop();
  const purse = await loaded(shop);
  const pocket = { ...(await pocketOf(shop)), core, issuer: shop.issuer.id };
  const filled = await give(purse, page, await ask(shop, pocket, 700_000));
  assert.ok(filled.kind === 'filled' && (await endFill(pocket, shop.issuer.id, 'EUR', filled.evaluations)));
  const wish = await beginLeave(pocket, shop.issuer.id, 'EUR');
  assert.equal(wish!.amount, 700_000);
  // Begun with another amount and never gone on with; and begun with elements of keys that end now.
  assert.equal((await elementsFor(purse, page, { ...wish!, amount: 300_000 })).kind, 'elements');
  const before = await elementsFor(purse, page, wish!);
  shop.issuer.rotateTokens();
  const asked = await elementsFor(purse, page, wish!);
  assert.ok(asked.kind === 'elements' && before.kind === 'elements' && asked.outputs[0]!.blinded !== before.outputs[0]!.blinded);
  const evaluations = await leave(pocket, wish!, asked.outputs);
  assert.deepEqual(await takeReturned(purse, page, evaluations), { currency: 'EUR', amount: 700_000 });
  assert.deepEqual([await held(pocket), await held(purse)], [0, 2_000_000]);
});

test('coins of keys that were replaced are renewed a few at a time, and nothing is lost', async () => {
  const shop = await openShop();
  const purse = await loaded(shop);
  shop.issuer.rotateTokens();
  let swapped = 0;
  for (let visits = 0; visits < 20; visits++) {
    const some = await renewQuietly(purse);
    assert.ok(some <= 16);
    swapped += some;
  }
  assert.ok(swapped > 0);
  assert.equal(await held(purse), 2_000_000);
  assert.equal(shop.issuer.outstanding, 2_000_000);
  const [euro] = await holdings(purse);
  assert.ok(euro!.until! > shop.issuer.now && euro!.amount === 2_000_000 && euro!.leaving === 0);
  assert.equal(await renewQuietly(purse), 0);
  const pocket = await pocketOf(shop);
  assert.equal((await give(purse, page, await ask(shop, pocket, 1_000_000))).kind, 'filled');
});

test('whatever step the browser is closed at while a page is filled, money is neither lost nor doubled and the page gets its answer', async () => {
  for (let last = 1, closed = true; closed; last++) {
    closed = false;
    const shop = await openShop();
    const disk = new IDBFactory();
    await loaded(shop, 2_000_000, disk);
    const pocket = await pocketOf(shop);
    const question = await ask(shop, pocket, 1_000_000);
    try {
      const purse = await purseOf(shop, disk, new Plug(last));
      await give(purse, page, question);
    } catch (thrown) {
      if (!(thrown instanceof Closed) && !/Closed/.test(String((thrown as Error).message))) assert.ok((thrown as { fault?: string }).fault, String(thrown));
      closed = true;
    }
    const purse = await purseOf(shop, disk);
    assert.equal((await visit(purse)).unfinished, 0, `step ${last}`);
    const end = await give(purse, page, question);
    assert.ok(end.kind === 'filled', `step ${last}: ${JSON.stringify(end)}`);
    assert.ok(await endFill(pocket, shop.issuer.id, 'EUR', end.evaluations));
    assert.deepEqual(await openFills(pocket), []);
    assert.equal(await held(purse), 1_000_000, `step ${last}`);
    assert.equal(await held(pocket), 1_000_000, `step ${last}`);
    assert.equal(shop.issuer.swaps, 1);
    assert.deepEqual(await openSwaps(purse), []);
    assert.ok(last < 200);
  }
});

test('coins that another copy of the purse has spent are set aside, and others pay', async () => {
  const shop = await openShop();
  const disk = new IDBFactory();
  const purse = await loaded(shop, 2_000_000, disk);
  const tokens = await purse.store.read(async (shelves) => shelves.tokens.all());
  const first = await give(purse, page, await ask(shop, await pocketOf(shop), 300_000));
  assert.equal(first.kind, 'filled');
  // The state from before: as a restored profile of the browser.
  await purse.store.write(async (shelves) => {
    for (const token of tokens) await shelves.tokens.put(token);
  });
  const end = await give(purse, page, await ask(shop, await pocketOf(shop), 300_000));
  assert.equal(end.kind, 'filled');
  assert.equal(shop.issuer.swaps, 2);
});

test('a passkey locks phrase and seeds at rest; without it nothing is spent, with it everything is as before', async () => {
  const shop = await openShop();
  const disk = new IDBFactory();
  const purse = await loaded(shop, 2_000_000, disk);
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const passkeys = { create: async () => ({ id: new Uint8Array([1]), secret }), get: async () => secret };
  const before = await words(purse);
  assert.equal(await lock(purse, { ...passkeys, create: async () => null }), false);
  assert.equal(await isLocked(purse), false);
  assert.equal(await lock(purse, passkeys), true);
  assert.deepEqual(await words(purse), before, 'as long as the page is open');
  const at = await purse.bare.read(({ keep }) => keep.all());
  assert.ok(!at.some(({ name }) => /^(seed|phrase)/.test(name)));
  const later = await purseOf(shop, disk);
  assert.equal(await stateOf(later), 'locked');
  assert.equal(await words(later), null);
  const question = await ask(shop, await pocketOf(shop), 500_000);
  await assert.rejects(give(later, page, question), { code: 'storage_unavailable' });
  await begin(later);
  assert.equal(await stateOf(later), 'locked', 'no second phrase is made');
  assert.equal(await unlock(later, { ...passkeys, get: async () => crypto.getRandomValues(new Uint8Array(32)) }), false);
  assert.equal(await unlock(later, { ...passkeys, get: async () => null }), false);
  assert.equal(await unlock(later, passkeys), true);
  assert.deepEqual(await words(later), before);
  assert.equal((await give(later, page, question)).kind, 'filled');
  const copy = await exportPurse(later, 'a gate, a wheel and a carter', 1000);
  await removeLock(later);
  assert.equal(await stateOf(await purseOf(shop, disk)), 'ready');
  const other = await purseOf(shop);
  const taken = await importPurse(other, copy, 'a gate, a wheel and a carter');
  assert.ok(taken.kind === 'taken');
  assert.deepEqual(await words(other), before);
  assert.equal(await isLocked(other), false, 'a lock of another device is not copied');
  assert.equal(await held(other), 1_500_000);
});

test('twelve words bring back what is unspent, whichever step the search was interrupted at, and the purse goes on where nobody was', async () => {
  const shop = await openShop();
  const purse = await loaded(shop);
  const phrase = (await words(purse))!.join(' ');
  assert.equal((await give(purse, page, await ask(shop, await pocketOf(shop), 300_000))).kind, 'filled');
  shop.issuer.rotateTokens();
  for (const wrong of ['', 'one two', phrase.replace(/^\w+/, 'farthing')]) await assert.rejects(beginRestore(await purseOf(shop), wrong), { code: 'phrase_invalid' });
  const disk = new IDBFactory();
  // Twelve words that belong together and were nobody's: nothing is kept, and the right ones can be typed in the same browser.
  const mistaken = await purseOf(shop, disk);
  await beginRestore(mistaken, `${'abandon '.repeat(11)}about`);
  assert.deepEqual(await restore(mistaken, () => {}), { kind: 'nothing' });
  assert.equal(await stateOf(mistaken), 'new');
  await beginRestore(await purseOf(shop, disk), phrase);
  let falls = 0;
  let done;
  for (let tries = 0; !done; tries++) {
    assert.ok(tries < 200);
    try {
      done = await restore(await purseOf(shop, disk, new Plug(40 + tries)), () => {});
    } catch {
      falls++;
    }
  }
  assert.ok(falls > 2, 'the search fell');
  const again = await purseOf(shop, disk);
  assert.equal(await stateOf(again), 'ready');
  assert.equal(await held(again), 1_700_000);
  assert.equal(shop.issuer.outstanding, 2_000_000);
  for (let visits = 0; visits < 5; visits++) await renewQuietly(again);
  const { order } = await orderValue(again, { currency: 'EUR', amount: 500_000 }, 'https://issuer.example/wallet/');
  shop.issuer.settle(order);
  await collect(again);
  assert.equal(await held(again), 2_200_000);
  // A third browser finds what the second has made on its own branch, too.
  const third = await purseOf(shop);
  await beginRestore(third, phrase);
  await restore(third, () => {});
  assert.equal(await held(third), 2_200_000);
});
