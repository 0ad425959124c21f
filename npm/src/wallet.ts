import type { Core } from './core.js';
import { type Fetch, Issuer } from './issuer.js';
import type { Shelves, Store } from './store.js';

/** What every step needs; clocks, network and storage come in from outside. */
export interface Wallet {
  readonly core: Core;
  readonly store: Store;
  readonly fetch: Fetch;
  /** Unix seconds. */
  now(): number;
  /** Milliseconds to wait; a test's takes none. */
  sleep(milliseconds: number): Promise<void>;
}

export const issuerOf = (wallet: Wallet, id: string): Issuer => new Issuer(id, wallet.fetch);

let queue: Promise<unknown> = Promise.resolve();

/** One at a time over all tabs of the origin: from picking tokens to keeping the answer. */
export const alone = async <T>(work: () => Promise<T>): Promise<T> => {
  const locks = globalThis.navigator?.locks;
  if (locks) return locks.request('farthing', work) as Promise<T>;
  // Without Web Locks one page queues by itself; between tabs the issuer's "spent once" remains.
  const mine = queue.then(work);
  queue = mine.catch(() => {});
  return mine;
};

/** The pocket's seed, made at first need; with a name, that of another pocket whose copy was taken in. */
export const seedOf = (wallet: Wallet, name = 'seed'): Promise<Uint8Array> =>
  wallet.store.write(async ({ keep }) => {
    const kept = await keep.get(name);
    if (kept) return kept.value as Uint8Array;
    const value = wallet.core.newSeed();
    await keep.put({ name, value });
    return value;
  });

/** The next unused counters of an issuer's keysets. */
export const countersOf = async ({ counters }: Shelves, issuer: string): Promise<Record<string, number>> =>
  Object.fromEntries(
    (await counters.all()).filter((kept) => kept.kind === 'token' && kept.issuer === issuer).map((kept) => [kept.keyset, kept.next]),
  );

/** Counters only go up: a plan made from older ones must not set them back (spec R13). */
export const raiseCounters = async ({ counters }: Shelves, issuer: string, after: Record<string, number>): Promise<void> => {
  for (const [keyset, next] of Object.entries(after)) {
    const kept = await counters.get(['token', issuer, keyset]);
    if (!kept || kept.next < next) await counters.put({ kind: 'token', issuer, keyset, next });
  }
};
