/** Loading the pocket through an order. Loaded when a reader has too little. */
import type { Disclosure, Manifest } from './core.js';
import { asFailure, failure } from './errors.js';
import { isUndecided } from './issuer.js';
import { walk } from './manifest.js';
import type { KeptOrder } from './store.js';
import { issuerOf, seedOf, type Wallet } from './wallet.js';

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
