/** The reader's own limits: how much pages may have of the purse within a day. */
import type { Shelves } from '../store.js';
import type { Purse } from './wallet.js';

/** In micro of one currency, within 24 hours; `null` is no limit. */
export interface FillLimit { site: number | null; all: number | null }

const nameOf = (currency: string): string => `fill limit ${currency}`;
const none: FillLimit = { site: null, all: null };

export const fillLimit = ({ store }: Purse, currency: string): Promise<FillLimit> =>
  store.read(async ({ keep }) => ((await keep.get(nameOf(currency)))?.value as FillLimit | undefined) ?? none);

export const setFillLimit = async ({ store }: Purse, currency: string, { site, all }: FillLimit): Promise<void> => {
  if ([site, all].some((amount) => amount !== null && !(Number.isSafeInteger(amount) && amount >= 0))) throw new TypeError('a limit is micro, or null');
  await store.write(({ keep }) => (site === null && all === null ? keep.delete(nameOf(currency)) : keep.put({ name: nameOf(currency), value: { site, all } })));
};

/** What was given to a page, or is under way to it. */
export interface Given { origin: string; currency: string; amount: number; at: number }

/** What one page, and all of them, had within the last day. */
export const usedOf = async ({ keep }: Shelves, origin: string, currency: string, now: number): Promise<{ site: number; all: number }> => {
  const today = (await keep.all()).filter(({ name }) => name.startsWith('filled ')).map(({ value }) => value as Given)
    .filter((given) => given.currency === currency && given.at > now - 86_400);
  const sum = (list: Given[]) => list.reduce((total, { amount }) => total + amount, 0);
  return { site: sum(today.filter((given) => given.origin === origin)), all: sum(today) };
};

/** How much may still be given to that page today; `null`: as much as there is. */
export const leftToday = async (shelves: Shelves, origin: string, currency: string, now: number): Promise<number | null> => {
  const limit = ((await shelves.keep.get(nameOf(currency)))?.value as FillLimit | undefined) ?? none;
  const used = await usedOf(shelves, origin, currency, now);
  const left = [limit.site === null ? Infinity : limit.site - used.site, limit.all === null ? Infinity : limit.all - used.all];
  const least = Math.max(0, Math.min(...left));
  return least === Infinity ? null : least;
};
