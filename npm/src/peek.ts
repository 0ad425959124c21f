/**
 * A glance at the store, small enough to run before the wallet is loaded: is this page owned, is something unfinished, what is in
 * the pocket. It reads what store.ts keeps and never creates the database.
 */
import type { Limit } from './limit.js';

export interface Glance {
  owned: boolean;
  /** Purchases without outcome; `here` if one is of this page. */
  attempts: number; here: boolean;
  /** Loads that are not drawn yet, and when the newest was made (Unix seconds). */
  orders: number; ordered: number;
  /** What was asked of a purse and has not come, and coins that are under way. */
  fills: number;
  /** Whether some coins lie here for so long that their keys may end. */
  old: boolean;
  /** Whether this pocket ever held anything. */
  used: boolean;
  balance(issuer: string, currency: string): number;
  /** What stands under that name beside coins and articles. */
  kept(name: string): unknown;
  /** The reader's own limit. */
  limit(currency: string): Limit | undefined;
}

interface Bought { publisher: string; resource: string }
interface Kept {
  grants: Bought[]; attempts: (Bought & { state: string; inputs: string[] })[]; orders: { state: string; at: number }[];
  tokens: { nullifier: string; issuer: string; currency: string; amount: number; at: number; bad?: string }[]; keep: { name: string; value: unknown }[];
}

const read = (): Promise<Kept | null> =>
  new Promise((resolve) => {
    const nothing = () => resolve(null);
    const opening = indexedDB.open('farthing');
    opening.onerror = nothing;
    opening.onupgradeneeded = () => opening.transaction?.abort(); // It is not there: leave it so.
    opening.onsuccess = () => {
      const database = opening.result;
      const names = ['grants', 'attempts', 'orders', 'tokens', 'keep'];
      if (names.every((name) => database.objectStoreNames.contains(name))) {
        const transaction = database.transaction(names);
        const asked = names.map((name) => [name, transaction.objectStore(name).getAll()] as const);
        transaction.onabort = nothing;
        transaction.oncomplete = () => resolve(Object.fromEntries(asked.map(([name, { result }]) => [name, result])) as unknown as Kept);
      } else nothing();
      database.close();
    };
  });

let reading: Promise<Kept | null> | undefined;
/** Many elements that look at once share one look, but for those that want to see what was just written. */
const look = (fresh: boolean): Promise<Kept | null> => {
  if (reading && !fresh) return reading;
  // Where storage is refused, opening it may throw.
  const mine = read().catch(() => null).finally(() => reading === mine && (reading = undefined));
  return (reading = mine);
};

/** `null` if nothing is kept here, or nothing can be. */
export const glance = async (publisher: string, resource: string, fresh = true): Promise<Glance | null> => {
  const kept = await look(fresh);
  if (!kept) return null;
  const { grants, attempts, orders, tokens, keep } = kept;
  const ofPage = (one: Bought) => one.publisher === publisher && one.resource === resource;
  const open = attempts.filter(({ state }) => state === 'sent');
  const waiting = orders.filter(({ state }) => state !== 'drawn' && state !== 'over');
  const at = (name: string) => keep.find((one) => one.name === name)?.value;
  const held = new Set(open.flatMap(({ inputs }) => inputs));
  return {
    owned: grants.some(ofPage),
    attempts: open.length,
    here: open.some(ofPage),
    orders: waiting.length,
    ordered: Math.max(0, ...waiting.map(({ at }) => at)),
    fills: keep.filter(({ name }) => /^(fill|leave|swap|giving|undo) /.test(name)).length,
    old: tokens.some(({ at }) => at < Date.now() / 1000 - 7_776_000),
    used: grants.length + tokens.length > 0,
    balance: (issuer, currency) =>
      tokens
        .filter((token) => token.issuer === issuer && token.currency === currency && !token.bad && !held.has(token.nullifier))
        .reduce((sum, { amount }) => sum + amount, 0),
    kept: at,
    limit: (currency) => at(`limit ${currency}`) as Limit | undefined,
  };
};
