/**
 * A glance at the store, small enough to run before the wallet is loaded: is this page owned, is something unfinished, what is in
 * the pocket. It reads what store.ts keeps and never creates the database.
 */

export interface Glance {
  owned: boolean;
  /** Purchases without outcome; `here` if one is of this page. */
  attempts: number; here: boolean;
  /** Loads that are not drawn yet, and when the newest was made (Unix seconds). */
  orders: number; ordered: number;
  /** Whether this pocket ever held anything. */
  used: boolean;
  balance(issuer: string, currency: string): number;
}

interface Bought { publisher: string; resource: string }

export const glance = (publisher: string, resource: string): Promise<Glance | null> =>
  new Promise((resolve) => {
    const opening = globalThis.indexedDB?.open('farthing');
    if (!opening) return resolve(null);
    opening.onerror = () => resolve(null);
    opening.onupgradeneeded = () => opening.transaction?.abort(); // It is not there: leave it so.
    opening.onsuccess = () => {
      const database = opening.result;
      const names = ['grants', 'attempts', 'orders', 'tokens'];
      if (!names.every((name) => database.objectStoreNames.contains(name))) {
        database.close();
        return resolve(null);
      }
      const transaction = database.transaction(names);
      const [grants, attempts, orders, tokens] = names.map((name) => transaction.objectStore(name).getAll()) as [
        IDBRequest<Bought[]>, IDBRequest<(Bought & { state: string; inputs: string[] })[]>,
        IDBRequest<{ state: string; at: number }[]>,
        IDBRequest<{ nullifier: string; issuer: string; currency: string; amount: number; bad?: string }[]>,
      ];
      transaction.onabort = () => resolve(null);
      transaction.oncomplete = () => {
        database.close();
        const ofPage = (one: Bought) => one.publisher === publisher && one.resource === resource;
        const open = attempts.result.filter(({ state }) => state === 'sent');
        const waiting = orders.result.filter(({ state }) => state !== 'drawn' && state !== 'over');
        const held = new Set(open.flatMap(({ inputs }) => inputs));
        resolve({
          owned: grants.result.some(ofPage),
          attempts: open.length,
          here: open.some(ofPage),
          orders: waiting.length,
          ordered: Math.max(0, ...waiting.map(({ at }) => at)),
          used: grants.result.length + tokens.result.length > 0,
          balance: (issuer, currency) =>
            tokens.result
              .filter((token) => token.issuer === issuer && token.currency === currency && !token.bad && !held.has(token.nullifier))
              .reduce((sum, { amount }) => sum + amount, 0),
        });
      };
    };
  });
