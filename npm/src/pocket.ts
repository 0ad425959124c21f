/** The pocket: loading it through an order, drawing what was paid for, and what is in it. */
import type { Disclosure, Manifest } from './core.js';
import { asFailure, codeOf, failure, FarthingError } from './errors.js';
import { isUndecided } from './issuer.js';
import { keptManifest, walk } from './manifest.js';
import { spendable } from './redeem.js';
import type { KeptOrder, PendingDraw } from './store.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** What can be spent now, in micro, of one issuer and currency. */
export interface Balance { issuer: string; currency: string; amount: number; tokens: number }

export const balance = ({ store }: Wallet): Promise<Balance[]> =>
  store.read(async (shelves) => {
    const sums = new Map<string, Balance>();
    for (const { issuer, currency, amount } of await spendable(shelves)) {
      const key = `${currency} ${issuer}`;
      const sum = sums.get(key) ?? { issuer, currency, amount: 0, tokens: 0 };
      sums.set(key, { ...sum, amount: sum.amount + amount, tokens: sum.tokens + 1 });
    }
    return [...sums.values()];
  });

/** Amounts worth offering to somebody who lacks `missing`: the issuer's pouches, and at most one full pocket. */
export const loadChoices = (manifest: Manifest, currency: string, missing: number): number[] => {
  const terms = manifest.view().currencies.find((one) => one.currency === currency);
  if (!terms) return [];
  const { pocket_max: most, mixes } = terms;
  const amounts = [...new Set([...mixes.map(({ amount }) => amount), most])].filter((amount) => amount <= most);
  const enough = amounts.filter((amount) => amount >= missing);
  return (enough.length ? enough : [most]).sort((a, b) => a - b).slice(0, 3);
};

/** An order that waits to be paid at `checkout`, with what the issuer signed about it. */
export interface Load { order: string; checkout: string; disclosure: Disclosure; currency: string; amount: number }

/** Orders value. The order is journalled before it is asked for; nothing is paid before the reader does so at `checkout`. */
export const load = async (wallet: Wallet, manifest: Manifest, currency: string, amount: number, returnTo: string): Promise<Load> => {
  const { core, store } = wallet;
  let current = manifest;
  const issuer = manifest.view().iss;
  const seed = await seedOf(wallet);
  for (let refused = 0; ; ) {
    const kept = await alone(() =>
      store.write(async ({ counters, orders }) => {
        const claimCounter = (await counters.get(['claim', issuer, '']))?.next ?? 0;
        const { order, request } = core.prepareOrder(current, seed, claimCounter, currency, amount);
        const at = wallet.now();
        const made: KeptOrder = { order, issuer, currency, amount, claimCounter, request, at, state: 'asked', pouch: 0, rest: amount, refused: [] };
        await orders.put(made);
        await counters.put({ kind: 'claim', issuer, keyset: '', next: claimCounter + 1 });
        return made;
      }),
    );
    try {
      const { order, disclosure, checkout } = await issuerOf(wallet, issuer).order(kept.request);
      if (order !== kept.order || !/^https?:\/\/[^\s#]+$/.test(checkout)) {
        throw failure('answer_invalid', 'the order answered is another one, or its checkout has no address');
      }
      const shown = core.verifyDisclosure(current, disclosure, order, currency, amount, wallet.now());
      await store.write(({ orders }) => orders.put({ ...kept, state: 'quoted', checkout, disclosure }));
      return { order, checkout: `${checkout}#return=${encodeURIComponent(returnTo)}`, disclosure: shown, currency, amount };
    } catch (thrown) {
      const error = asFailure(thrown) as FarthingError;
      // An order costs nothing before it is paid: what was refused is forgotten, what is unknown is asked about later.
      if (!isUndecided(error.code)) await store.write(({ orders }) => orders.delete(kept.order));
      if (++refused > 3 || !['terms_changed', 'order_conflict'].includes(error.code)) throw error;
      current = await walk(wallet, issuer, null);
    }
  }
};

/** What happened to a load since the last look. */
export interface Collected { order: string; currency: string; amount: number; state: 'collected' | 'waiting' | 'declined' | 'expired' | 'closed' }

const forget = 30 * 86_400;

/** Asks about every open order and draws what is settled. Orders whose issuer is silent stay as they are. */
export const collect = async (wallet: Wallet): Promise<Collected[]> => {
  const open = (await wallet.store.read(({ orders }) => orders.all())).filter(({ state }) => state !== 'drawn' && state !== 'over');
  const results: Collected[] = [];
  let silence: FarthingError | undefined;
  for (const { order, currency, amount } of open) {
    try {
      const state = await alone(() => collectOne(wallet, order));
      if (state) results.push({ order, currency, amount, state });
    } catch (thrown) {
      const error = asFailure(thrown);
      if (!(error instanceof FarthingError) || !isUndecided(error.code)) throw error;
      silence = error;
    }
  }
  if (silence && results.length === 0) throw silence;
  return results;
};

const collectOne = async (wallet: Wallet, id: string): Promise<Collected['state'] | undefined> => {
  const { store } = wallet;
  let kept = await store.read(({ orders }) => orders.get(id));
  if (!kept || kept.state === 'drawn' || kept.state === 'over') return;
  if (kept.state !== 'settled') {
    const state = await issuerOf(wallet, kept.issuer).orderState(id).catch((thrown: unknown) => {
      if (codeOf(thrown) === 'order_unknown') return 'unknown' as const;
      throw thrown;
    });
    if (state === 'quoted' || state === 'unknown') {
      if (wallet.now() - kept.at > forget) await store.write(({ orders }) => orders.delete(id));
      return state === 'quoted' ? 'waiting' : undefined;
    }
    if (state !== 'settled') {
      await store.write(({ orders }) => orders.put({ ...kept!, state: 'over' }));
      return state;
    }
    kept = { ...kept, state: 'settled' };
    await store.write(({ orders }) => orders.put(kept!));
  }
  await drawAll(wallet, kept);
  return 'collected';
};

/** Draws pouch after pouch: each is journalled with its counters before it is sent, and kept with its tokens in one transaction. */
const drawAll = async (wallet: Wallet, settled: KeptOrder): Promise<void> => {
  const { core, store } = wallet;
  let manifest = (await keptManifest(wallet, settled.issuer)) ?? (await walk(wallet, settled.issuer, null));
  const seed = await seedOf(wallet);
  let order = settled;
  if (!order.mixes) {
    order = { ...order, mixes: core.planPouches(manifest, order.currency, order.rest) };
    await store.write(({ orders }) => orders.put(order));
  }
  for (let refused = 0; order.mixes?.length || order.draw; ) {
    if (!order.draw) order = await journalDraw(wallet, manifest, seed, order);
    try {
      order = await answerDraw(wallet, manifest, seed, order, order.draw!);
      refused = 0;
    } catch (thrown) {
      const error = asFailure(thrown) as FarthingError;
      if (isUndecided(error.code) || thrown instanceof Unreadable || ++refused > 4) throw error;
      const { draw, ...rest } = order;
      if (error.code === 'pouch_conflict') {
        order = await resolveConflict(wallet, manifest, seed, order);
        continue;
      }
      if (!['element_reused', 'keyset_not_mintable', 'mix_unknown', 'pouch_mismatch'].includes(error.code)) throw error;
      if (error.code !== 'element_reused') manifest = await walk(wallet, order.issuer, null);
      order = { ...rest, refused: [...order.refused, draw!], mixes: core.planPouches(manifest, order.currency, order.rest) };
      await store.write(({ orders }) => orders.put(order));
    }
  }
  await store.write(({ orders }) => orders.put({ ...order, state: 'drawn' }));
};

const journalDraw = async (wallet: Wallet, manifest: Manifest, seed: Uint8Array, order: KeptOrder): Promise<KeptOrder> => {
  const { core, store } = wallet;
  const { order: id, claimCounter, pouch, rest, currency, issuer } = order;
  const mix = order.mixes![0]!;
  return store.write(async (shelves) => {
    const counters = await countersOf(shelves, issuer);
    const draw = core.prepareDraw(manifest, seed, { order: id, claimCounter, pouch, mix, rest, currency, counters, now: wallet.now() });
    await raiseCounters(shelves, issuer, draw.counters);
    const journalled: KeptOrder = { ...order, draw: { pouch, mix, request: draw.request, counters } };
    await shelves.orders.put(journalled);
    return journalled;
  });
};

/** An answer came but does not stand: the draw stays journalled, and the same bytes are sent at the next visit. */
class Unreadable extends FarthingError {}

const answerDraw = async (
  wallet: Wallet, manifest: Manifest, seed: Uint8Array, order: KeptOrder, draw: PendingDraw,
): Promise<KeptOrder> => {
  const { core, store } = wallet;
  const response = await issuerOf(wallet, order.issuer).draw(order.order, draw.request);
  let minted;
  try {
    minted = core.finishDraw(manifest, seed, draw.request, draw.counters, response);
  } catch (thrown) {
    const { code, detail } = asFailure(thrown) as FarthingError;
    throw new Unreadable(code, detail);
  }
  const { draw: _, ...rest } = order;
  const worth = minted.reduce((sum, { amount }) => sum + amount, 0);
  const next: KeptOrder = { ...rest, pouch: draw.pouch + 1, mixes: order.mixes!.slice(1), rest: order.rest - worth, refused: [] };
  await store.write(async ({ tokens, orders }) => {
    for (const token of minted) await tokens.put({ ...token, issuer: order.issuer, currency: order.currency, at: wallet.now() });
    await orders.put(next);
  });
  return next;
};

/** This pouch was answered to another request: one of our refused ones, or another holder of the claim key took the number. */
const resolveConflict = async (wallet: Wallet, manifest: Manifest, seed: Uint8Array, order: KeptOrder): Promise<KeptOrder> => {
  for (const earlier of order.refused) {
    try {
      const answered = await answerDraw(wallet, manifest, seed, order, earlier);
      return { ...answered, mixes: wallet.core.planPouches(manifest, order.currency, answered.rest) };
    } catch (thrown) {
      if (codeOf(thrown) !== 'pouch_conflict') throw thrown;
    }
  }
  const { draw: _, ...rest } = order;
  const skipped: KeptOrder = { ...rest, pouch: order.pouch + 1, refused: [] };
  await wallet.store.write(({ orders }) => orders.put(skipped));
  return skipped;
};
