/** The pocket: loading it through an order, drawing what was paid for, and what is in it. */
import type { Disclosure, Manifest } from './core.js';
import { asFailure, codeOf, failure, type FarthingError } from './errors.js';
import { isUndecided } from './issuer.js';
import { keptManifest, walk } from './manifest.js';
import { spendable } from './redeem.js';
import type { KeptOrder } from './store.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** What can be spent now, in micro, of one issuer and currency. */
export interface Balance { issuer: string; currency: string; amount: number }

export const balance = ({ store }: Wallet): Promise<Balance[]> =>
  store.read(async (shelves) => {
    const sums: Balance[] = [];
    for (const { issuer, currency, amount } of await spendable(shelves)) {
      const sum = sums.find((one) => one.issuer === issuer && one.currency === currency);
      if (sum) sum.amount += amount;
      else sums.push({ issuer, currency, amount });
    }
    return sums;
  });

/** Amounts worth offering to somebody who lacks `missing`: the issuer's pouches, and at most one full pocket. */
export const loadChoices = (manifest: Manifest, currency: string, missing: number): number[] => {
  const terms = manifest.view().currencies.find((one) => one.currency === currency);
  if (!terms) return [];
  const { pocket_max: most, mixes } = terms;
  const amounts = new Set([...mixes.map(({ amount }) => amount), most].filter((amount) => amount <= most && amount >= Math.min(missing, most)));
  return [...amounts].sort((a, b) => a - b).slice(0, 3);
};

/** An order that waits to be paid at `checkout`, with what the issuer signed about it. */
export interface Load { order: string; checkout: string; disclosure: Disclosure; currency: string; amount: number }

/** Orders value. The order is journalled before it is asked for; nothing is paid before the reader does so at `checkout`. */
export const load = async (
  wallet: Wallet, manifest: Manifest, currency: string, amount: number, returnTo: string, tries = 3,
): Promise<Load> => {
  const { core, store } = wallet;
  const issuer = manifest.view().iss;
  const seed = await seedOf(wallet);
  const kept = await store.write(async ({ counters, orders }) => {
    const claimCounter = (await counters.get(['claim', issuer, '']))?.next ?? 0;
    const made: KeptOrder = {
      ...core.prepareOrder(manifest, seed, claimCounter, currency, amount),
      issuer, currency, amount, claimCounter, at: wallet.now(), state: 'asked', pouch: 0, rest: amount,
    };
    await orders.put(made);
    await counters.put({ kind: 'claim', issuer, keyset: '', next: claimCounter + 1 });
    return made;
  });
  try {
    const { order, disclosure: signed, checkout } = await issuerOf(wallet, issuer).order(kept.request);
    if (order !== kept.order || !/^https?:\/\/[^\s#]+$/.test(checkout)) throw failure('answer_invalid', 'order');
    const disclosure = core.verifyDisclosure(manifest, signed, { order, currency, amount, now: wallet.now() });
    await store.write(({ orders }) => orders.put({ ...kept, state: 'quoted', disclosure: signed }));
    return { order, checkout: `${checkout}#return=${encodeURIComponent(returnTo)}`, disclosure, currency, amount };
  } catch (thrown) {
    const { code } = asFailure(thrown);
    // An order costs nothing before it is paid: a refused one is forgotten, an unknown one is asked about later.
    if (!isUndecided(code)) await store.write(({ orders }) => orders.delete(kept.order));
    if (!tries || !/^terms_c|^order_con/.test(code)) throw thrown;
    return load(wallet, await walk(wallet, issuer, null), currency, amount, returnTo, tries - 1);
  }
};

/** What happened to a load since the last look. */
export interface Collected { order: string; currency: string; amount: number; state: 'collected' | 'waiting' | 'declined' | 'expired' | 'closed' }

const isOpen = ({ state }: KeptOrder): boolean => state !== 'drawn' && state !== 'over';

/** Asks about every open order and draws what is settled. Orders whose issuer is silent stay as they are. */
export const collect = async (wallet: Wallet): Promise<Collected[]> => {
  const results: Collected[] = [];
  let silence: FarthingError | undefined;
  for (const { order, currency, amount } of (await wallet.store.read(({ orders }) => orders.all())).filter(isOpen)) {
    try {
      const state = await alone(() => collectOne(wallet, order));
      if (state) results.push({ order, currency, amount, state });
    } catch (thrown) {
      silence = asFailure(thrown);
      if (!isUndecided(silence.code)) throw silence;
    }
  }
  if (silence && !results.length) throw silence;
  return results;
};

const keep = async ({ store }: Wallet, order: KeptOrder): Promise<KeptOrder> => {
  await store.write(({ orders }) => orders.put(order));
  return order;
};

const collectOne = async (wallet: Wallet, id: string): Promise<Collected['state'] | undefined> => {
  const { store } = wallet;
  let kept = await store.read(({ orders }) => orders.get(id));
  if (!kept || !isOpen(kept)) return;
  if (kept.state !== 'settled') {
    const state = await issuerOf(wallet, kept.issuer).orderState(id).catch((thrown: unknown) => {
      if (codeOf(thrown) !== 'order_unknown') throw thrown;
      return undefined;
    });
    if (!state || state === 'quoted') {
      // Nobody pays after a month.
      if (wallet.now() > kept.at + 30 * 86_400) await store.write(({ orders }) => orders.delete(id));
      return state && 'waiting';
    }
    kept = await keep(wallet, { ...kept, state: state === 'settled' ? state : 'over' });
    if (state !== 'settled') return state;
  }
  await drawAll(wallet, kept);
  return 'collected';
};

/** Draws pouch after pouch: each is journalled with its counters before it is sent, and kept with its tokens in one transaction. */
const drawAll = async (wallet: Wallet, settled: KeptOrder): Promise<void> => {
  const { core, store, now } = wallet;
  const { order: id, issuer, currency, claimCounter } = settled;
  const seed = await seedOf(wallet);
  let manifest = (await keptManifest(wallet, issuer)) ?? (await walk(wallet, issuer, null));
  let order = settled;
  for (let refused = 0; order.rest > 0; ) {
    const { rest, pouch, draw = await store.write(async (shelves) => {
      const counters = await countersOf(shelves, issuer);
      const mix = core.planPouches(manifest, currency, rest)[0]!;
      const { request, counters: after } = core.prepareDraw(manifest, seed, { order: id, claimCounter, pouch, mix, rest, currency, counters, now: now() });
      await raiseCounters(shelves, issuer, after);
      await shelves.orders.put({ ...order, draw: { request, counters } });
      return { request, counters };
    }) } = order;
    const { draw: _, ...next } = order;
    let response: string;
    try {
      response = await issuerOf(wallet, issuer).draw(id, draw.request);
    } catch (thrown) {
      const { code } = asFailure(thrown);
      if (isUndecided(code) || ++refused > 4) throw thrown;
      // Refused with a code: this pouch is planned anew, with counters that were never used.
      if (/^(keyset_n|mix_|pouch_m)/.test(code)) manifest = await walk(wallet, issuer, null);
      // Another holder of the claim key took this number.
      else if (code === 'pouch_conflict') next.pouch++;
      else if (code !== 'element_reused') throw thrown;
      order = await keep(wallet, next);
      continue;
    }
    const minted = await (await import('./mint.js')).mint(core, manifest, seed, draw, response);
    order = { ...next, pouch: pouch + 1, rest: rest - minted.reduce((sum, { amount }) => sum + amount, 0) };
    const kept = order;
    await store.write(async ({ tokens, orders }) => {
      for (const token of minted) await tokens.put({ ...token, issuer, currency, at: now() });
      await orders.put(kept);
    });
  }
  await keep(wallet, { ...order, state: 'drawn' });
};
