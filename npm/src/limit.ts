/** The reader's own limit: up to which price an article of this site may open without a question. Kept in the pocket's store. */
import type { Price } from './core.js';
import type { Attempt, KeptGrant, Shelves, Store } from './store.js';

/** In micro of one currency: for one article, and for all that was opened without a question within 24 hours. */
export interface Limit { each: number; day: number }

const nameOf = (currency: string): string => `limit ${currency}`;

export const limitOf = (store: Store, currency: string): Promise<Limit | null> =>
  store.read(async ({ keep }) => ((await keep.get(nameOf(currency)))?.value as Limit | undefined) ?? null);

/** `null`: the reader is asked each time, as before anything was set. */
export const setLimit = async (store: Store, currency: string, limit: Limit | null): Promise<void> => {
  if (limit && ![limit.each, limit.day].every((amount) => Number.isSafeInteger(amount) && amount > 0)) throw new TypeError('a limit is { each, day } in micro, or null');
  await store.write(({ keep }) => (limit ? keep.put({ name: nameOf(currency), value: { each: limit.each, day: limit.day } }) : keep.delete(nameOf(currency))));
};

/** Whether this price may be paid without a question. Asked in the transaction that journals the purchase, so that many tabs share one limit. */
export const withinLimit = async ({ keep, grants, attempts }: Shelves, { currency, amount }: Price, now: number): Promise<boolean> => {
  const limit = (await keep.get(nameOf(currency)))?.value as Limit | undefined;
  if (!limit || amount > limit.each) return false;
  // What a clock that ran ahead has dated into the future counts as well.
  const counts = ({ automatic, price, at }: Attempt | KeptGrant) => automatic && price.currency === currency && at > now - 86_400;
  const spent = [...(await grants.all()), ...(await attempts.all()).filter(({ state }) => state === 'sent')].filter(counts);
  return spent.reduce((sum, { price }) => sum + price.amount, amount) <= limit.day;
};
