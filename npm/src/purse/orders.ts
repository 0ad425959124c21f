/** Money into the purse: an order, the issuer's checkout, coins. */
import { collect as collectAll, type Collected } from '../drawing.js';
import { failure } from '../errors.js';
import { directory } from '../issuer_calls.js';
import type { KeptOrder } from '../store.js';
import { load as order, type Load } from '../topup.js';
import { issuerOf } from '../wallet.js';
import { newest, type Purse } from './wallet.js';

/** The most of each currency that one order may be worth, in micro, as the issuer says it (R30). */
export const orderLimits = async (purse: Purse): Promise<Map<string, number>> => {
  const text = await directory(issuerOf(purse, purse.issuer));
  try {
    const { wallet } = JSON.parse(text) as { wallet?: { currency: string; order_max: number }[] };
    const limits = (wallet ?? []).map(({ currency, order_max }): [string, number] => [currency, order_max]);
    if (limits.some(([currency, most]) => !/^[A-Z]{3}$/.test(currency) || !Number.isSafeInteger(most) || most <= 0)) throw 0;
    return new Map(limits);
  } catch {
    throw failure('answer_invalid', 'farthing-issuer.json');
  }
};

/** An amount in micro that may be ordered, and its currency. */
export interface Choice { currency: string; amount: number }

/** Amounts worth offering: what the issuer makes pouches of, and once and twice the highest of them, up to the limit; at least `missing`. */
export const choices = async (purse: Purse, missing = 0): Promise<Choice[]> => {
  const [manifest, limits] = await Promise.all([newest(purse), orderLimits(purse)]);
  return manifest.view().currencies.flatMap(({ currency, mixes, pocket_max }) => {
    const most = limits.get(currency) ?? pocket_max;
    const amounts = mixes.map(({ amount }) => amount);
    const highest = Math.max(...amounts);
    const all = [...new Set([...amounts, 2 * highest, most])].filter((amount) => amount <= most && amount >= Math.min(missing, most));
    return all.sort((a, b) => a - b).slice(0, 4).map((amount) => ({ currency, amount }));
  });
};

/**
 * Orders value; nothing is paid before the reader does so at `checkout`, which comes back to `returnTo`.
 *
 * @throws ReaderError `pocket_limit`, `amount_invalid`; any FarthingError of an order.
 */
export const orderValue = async (purse: Purse, { currency, amount }: Choice, returnTo: string): Promise<Load> =>
  order(purse, await newest(purse), currency, amount, returnTo);

/** Asks about every order without outcome, and draws what is paid. */
export const collect = (purse: Purse): Promise<Collected[]> => collectAll(purse);

/** Orders that are not over: waiting to be paid, or to be drawn. Newest first. */
export const openOrders = ({ store }: Purse): Promise<KeptOrder[]> =>
  store.read(async ({ orders }) => (await orders.all()).filter(({ state }) => state !== 'drawn' && state !== 'over').sort((a, b) => b.at - a.at));
