/** The purse as a wallet: a database of its own at the issuer's origin, the purse's core, a seed that comes of the phrase and is never made up. */
import type { Pin } from '../core.js';
import { failure } from '../errors.js';
import { walk } from '../manifest.js';
import { Store } from '../store.js';
import type { PurseWallet } from '../swap.js';
import { issuerOf } from '../wallet.js';
import type { PurseCore, PurseManifest } from './core.js';
import { type Veil, veiled } from './lock.js';

export type { PurseWallet } from '../swap.js';

/** Beside a pocket's where the issuer is a publisher at the same origin. */
export const purseDatabase = 'farthing-purse';

export interface Purse extends PurseWallet {
  /** The issuer whose coins it keeps: its own origin. */
  readonly issuer: string;
  /** The store as it lies on the device, and what a passkey has opened of it. */
  readonly bare: Store;
  readonly veil: Veil;
}

export interface PurseOptions {
  issuer: string; core: PurseCore;
  indexedDB?: IDBFactory | undefined;
  fetch?: PurseWallet['fetch'];
  /** Unix seconds. */
  now?: () => number;
  /** Milliseconds. */
  sleep?: PurseWallet['sleep'];
}

/** @throws BrowserError `storage_unavailable` where the browser gives no storage. */
export const openPurse = async (options: PurseOptions): Promise<Purse> => {
  const bare = await Store.open(options.indexedDB, purseDatabase);
  const veil: Veil = { secrets: null };
  return {
    issuer: options.issuer,
    // A pocket makes its seed at first need. One made here would be in no phrase.
    core: { ...options.core, newSeed: () => { throw failure('storage_unavailable', 'the purse is not begun, or locked'); } },
    store: veiled(bare, veil), bare, veil,
    fetch: options.fetch ?? ((address, init) => fetch(address, init)),
    now: options.now ?? (() => Math.floor(Date.now() / 1000)),
    sleep: options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
  };
};

/** The hash by which a head is pinned (spec section 5). */
const headHash = async (head: string): Promise<string> => {
  const signed = new TextEncoder().encode(head.slice(0, head.lastIndexOf('.')));
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', signed));
  return btoa(String.fromCharCode(...hash)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};

/**
 * The newest list of keys, verified. The first one is trusted as it comes, from the origin that also serves this purse; from then on every
 * list has to follow from the ones before.
 */
export const newest = async (purse: Purse): Promise<PurseManifest> => {
  const { core, store, issuer } = purse;
  let pin: Pin | null = null;
  if (!(await store.read(({ manifests }) => manifests.get(issuer)))) {
    const [oldest] = await issuerOf(purse, issuer).heads(1);
    if (!oldest) throw failure('manifest_invalid', 'no head');
    pin = { n: core.headInfo(oldest).n, hash: await headHash(oldest) };
  }
  return (await walk(purse, issuer, pin)) as PurseManifest;
};

/** The newest one that was seen, without network; asked for if there is none. */
export const current = async (purse: Purse): Promise<PurseManifest> => {
  const kept = await purse.store.read(({ manifests }) => manifests.get(purse.issuer));
  return kept ? purse.core.Manifest.follow(purse.issuer, kept.trust, null, [kept.head], kept.body, purse.now()) : newest(purse);
};
