/**
 * What the pocket keeps, in IndexedDB of the publisher's origin. Every step of a payment is one transaction, written
 * through to the disk before it counts, so that a closed tab loses nothing.
 */
import type { Counters, Lead, Price, TokenRecord, Trust } from './core.js';
import { asFailure, failure } from './errors.js';

export const databaseName = 'farthing';

/** The newest verified manifest of an issuer, kept for reading without network. */
export interface KeptManifest {
  issuer: string; trust: Trust; head: string; bodyHash: string; body: Uint8Array;
  /** When it was last seen to be the newest, Unix seconds. */
  at?: number;
}

/** `kind` is `token` (the next counter of a keyset) or `claim` (the next claim key of an issuer). */
export interface KeptCounter { kind: 'token' | 'claim'; issuer: string; keyset: string; next: number }

export interface KeptToken extends TokenRecord {
  issuer: string; currency: string;
  /** When it came, Unix seconds; older ones are spent first. */
  at: number;
  /** Why it is not spent and not counted: a code with which the issuer refused it, or that it is under way (`leaving`). */
  bad?: string;
  /** The name of its seed, if it came in a copy of another pocket. */
  of?: string;
}

/** A purchase from before its request is sent until its answer is kept (spec R28). */
export interface Attempt {
  binding: string; issuer: string; publisher: string; resource: string;
  /** `sent`: the outcome is unknown, its tokens are held. `refused`: its tokens are free again. */
  state: 'sent' | 'refused';
  at: number; request: string; offer: string; publisherDocument: Uint8Array; price: Price;
  /** ct_hash of the text; the text itself is in `texts`. */
  content: string;
  inputs: string[]; lead: Lead;
  /** Before the request. */
  counters: Counters;
  path: string; origin: string;
  /** Bought without a question, below the reader's own limit. */
  automatic?: boolean;
  /** The list it was planned with: a later one may not name the keysets of the change any more. */
  listed?: KeptManifest | undefined;
}

/** `listed`: as in an attempt. */
export interface PendingDraw { request: string; counters: Counters; listed?: KeptManifest | undefined }

/** A load from before it is ordered until everything is drawn. */
export interface KeptOrder {
  order: string; issuer: string; currency: string; amount: number; claimCounter: number;
  /** The branch of the claim key, if that is not the seed's: an order found in a restore. */
  claimBranch?: number;
  request: string; at: number;
  state: 'asked' | 'quoted' | 'settled' | 'drawn' | 'over';
  checkout?: string; disclosure?: string;
  /** Mixes left to draw, decided at settlement. */
  mixes?: string[];
  /** The next pouch. */
  pouch: number;
  /** What is not yet drawn, in micro. */
  rest: number;
  /** Sent and not yet answered. */
  draw?: PendingDraw;
}

/** What was bought, with all that it takes to open and to check it again without network. */
export interface KeptGrant {
  binding: string; issuer: string; publisher: string; resource: string; origin: string; path: string;
  offer: string; publisherDocument: Uint8Array;
  /** ct_hash of the text; the text itself is in `texts`. */
  content: string;
  grant: string; key: Uint8Array; lead: Lead; price: Price;
  /** When it was bought, Unix seconds by this browser's clock. */
  at: number;
  /** Bought without a question, below the reader's own limit. */
  automatic?: boolean;
  /** Read with starter tokens of the publisher: no money was paid. */
  starter?: boolean;
  /** The name of its seed, if it came in a copy of another pocket. */
  of?: string;
}

/** The sealed part that an attempt or a grant is for. Apart from them, so that looking through them stays cheap. */
export interface KeptText { binding: string; part: Uint8Array }

export interface Stores {
  keep: { name: string; value: unknown };
  manifests: KeptManifest;
  counters: KeptCounter;
  tokens: KeptToken;
  attempts: Attempt;
  orders: KeptOrder;
  grants: KeptGrant;
  texts: KeptText;
}
type Name = keyof Stores;

const keyPaths: Record<Name, string | string[]> = {
  keep: 'name', manifests: 'issuer', counters: ['kind', 'issuer', 'keyset'], tokens: 'nullifier', attempts: 'binding',
  orders: 'order', grants: 'binding',
  texts: 'binding',
};

export const asked = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** One store within one transaction. */
export interface Shelf<T> {
  get(key: IDBValidKey): Promise<T | undefined>;
  all(): Promise<T[]>;
  put(value: T): Promise<unknown>;
  delete(key: IDBValidKey): Promise<unknown>;
}
export type Shelves = { [N in Name]: Shelf<Stores[N]> };

export class Store {
  private constructor(private readonly database: IDBDatabase) {}

  /** @throws BrowserError `storage_unavailable` where the browser gives no storage (some private windows). */
  static async open(factory: IDBFactory | undefined = globalThis.indexedDB, name = databaseName): Promise<Store> {
    try {
      const opening = factory!.open(name, 1);
      opening.onupgradeneeded = () => {
        for (const [name, keyPath] of Object.entries(keyPaths)) opening.result.createObjectStore(name, { keyPath });
      };
      const database = await asked(opening);
      database.onversionchange = () => database.close();
      return new Store(database);
    } catch (thrown) {
      throw failure('storage_unavailable', String(thrown));
    }
  }

  /** All or nothing: what `work` wrote stands when the promise is kept. Inside, only these shelves may be awaited. */
  private async transact<T>(mode: IDBTransactionMode, work: (shelves: Shelves) => Promise<T>): Promise<T> {
    const names = Object.keys(keyPaths);
    let transaction: IDBTransaction | undefined;
    try {
      const current = (transaction = this.database.transaction(names, mode, { durability: 'strict' }));
      const written = new Promise<unknown>((resolve, reject) => {
        current.oncomplete = resolve;
        current.onabort = () => reject(current.error ?? new DOMException('aborted'));
      });
      written.catch(() => {});
      const shelf = (name: string): [string, Shelf<unknown>] => {
        const store = current.objectStore(name);
        return [name, {
          get: (key) => asked(store.get(key)),
          all: () => asked(store.getAll()),
          put: (value) => asked(store.put(value)),
          delete: (key) => asked(store.delete(key)),
        }];
      };
      const result = await work(Object.fromEntries(names.map(shelf)) as unknown as Shelves);
      await written;
      return result;
    } catch (thrown) {
      try {
        transaction?.abort();
      } catch {
        // It has ended by itself.
      }
      throw asFailure(thrown);
    }
  }

  read<T>(work: (shelves: Shelves) => Promise<T>): Promise<T> {
    return this.transact('readonly', work);
  }

  write<T>(work: (shelves: Shelves) => Promise<T>): Promise<T> {
    return this.transact('readwrite', work);
  }
}
