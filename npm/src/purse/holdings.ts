/** What the purse holds. */
import { spendable } from '../coins.js';
import { current, type Purse } from './wallet.js';

/** Coins of one currency. Amounts in micro, times in Unix seconds. */
export interface Holding {
  currency: string; amount: number; coins: number;
  /** What is under way and counts in neither. */
  leaving: number;
  /** When the first of these coins stops to pay; the purse renews them before. `null` if the issuer's list does not say. */
  until: number | null;
}

/** One for each currency that the issuer deals in. No network, if a list of keys was seen before. */
export const holdings = async (purse: Purse): Promise<Holding[]> => {
  const { store, issuer } = purse;
  const manifest = await current(purse);
  const ends = new Map(manifest.keysets().map(({ id, redeem_until }) => [id, redeem_until]));
  const { held, leaving } = await store.read(async (shelves) => ({
    held: (await spendable(shelves)).filter((token) => token.issuer === issuer), leaving: (await shelves.tokens.all()).filter(({ bad }) => bad === 'leaving'),
  }));
  const sum = (tokens: { amount: number }[]) => tokens.reduce((total, { amount }) => total + amount, 0);
  return manifest.view().currencies.map(({ currency }) => {
    const mine = held.filter((token) => token.currency === currency);
    const until = mine.flatMap(({ keyset }) => ends.get(keyset) ?? []);
    return {
      currency, amount: sum(mine), coins: mine.length, leaving: sum(leaving.filter((token) => token.currency === currency)), until: until.length ? Math.min(...until) : null,
    };
  });
};
