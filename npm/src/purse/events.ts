/** What happened to the purse's money, kept for its reader alone, and erased when the reader says so. */
import type { Shelves } from '../store.js';
import type { Purse } from './wallet.js';

/** `loaded`: bought; `filled`: given to a page; `returned`: come back from it; `restored`: found again. Amounts in micro. */
export interface PurseEvent {
  id: string; kind: 'loaded' | 'filled' | 'returned' | 'restored';
  at: number; currency: string; amount: number;
  /** Of the page, for `filled` and `returned`. */
  origin?: string;
}

const prefix = 'event ';

/** Kept with what it tells of, in one transaction; the same `id` is the same event. */
export const note = ({ keep }: Shelves, event: PurseEvent): Promise<unknown> => keep.put({ name: prefix + event.id, value: event });

/** Newest first. What was bought stands in the orders themselves. */
export const events = ({ store }: Purse): Promise<PurseEvent[]> =>
  store.read(async ({ keep, orders }) => {
    const noted = (await keep.all()).filter(({ name }) => name.startsWith(prefix)).map(({ value }) => value as PurseEvent);
    const loaded = (await orders.all()).filter(({ state }) => state === 'drawn').map(({ order, at, currency, amount }): PurseEvent => ({ id: `order ${order}`, kind: 'loaded', at, currency, amount }));
    return [...noted, ...loaded].sort((a, b) => b.at - a.at);
  });

/** For others, or for the reader's own books. */
export const exportEvents = async (purse: Purse): Promise<string> => {
  const all = await events(purse);
  return JSON.stringify({
    farthing: 'history', v: 1, issuer: purse.issuer,
    events: all.reverse().map(({ id: _, at, ...event }) => ({ at: new Date(at * 1000).toISOString(), ...event })),
  }, null, 1);
};

/** Forgets what happened; coins, orders without outcome and swaps without outcome stay. What was given to pages within the last day stays as long, for the limits. */
export const erase = ({ store, now }: Purse): Promise<number> =>
  store.write(async ({ keep, orders }) => {
    const old = (await keep.all()).filter(({ name }) => name.startsWith(prefix));
    for (const { name } of old) await keep.delete(name);
    for (const { order, state } of await orders.all()) if (/^(drawn|over)$/.test(state)) await orders.delete(order);
    // An answer that a page may ask for again stays for a day, and counts towards the limits as long.
    const over = (await keep.all()).filter(({ name, value }) => name.startsWith('filled ') && (value as { at: number; evaluations?: unknown }).evaluations && (value as { at: number }).at < now() - 86_400);
    for (const { name } of over) await keep.delete(name);
    return old.length;
  });
