import type { GrantView, Manifest, OfferView, Price } from './core.js';
import { asFailure, failure, FarthingError } from './errors.js';
import { type Fetch, publisherDocument, request } from './issuer.js';
import { fromB64u, readStrict } from './json.js';
import { type CoreSource, forgetCore, loadCore } from './load.js';
import { keptManifest, walk } from './manifest.js';
import { type Balance, balance, type Collected, collect, type Load, load, loadChoices } from './pocket.js';
import { read, type Text } from './read.js';
import { ownedGrant, recover, redeem, type Sale } from './redeem.js';
import { type KeptGrant, Store } from './store.js';
import type { Wallet } from './wallet.js';

export interface PaywallOptions {
  /** The text of the page's `application/farthing+json` script (spec section 7.2). */
  sealed: string;
  /** The page it stands in; left out: where the script runs. */
  page?: { origin: string; path: string };
  /** Where the WebAssembly core comes from; left out: the file beside this package. */
  core?: CoreSource;
  /** For tests and servers: the network, the storage, the clock (Unix seconds) and how to wait (milliseconds). */
  fetch?: Fetch;
  indexedDB?: IDBFactory;
  now?: () => number;
  sleep?: (milliseconds: number) => Promise<void>;
}

/** A text that was bought and checked. `newer`: the page has since got another text; this is the one that was paid for. */
export interface Opened extends Text { kind: 'opened'; newer: boolean }

/** What a reader can bring about is a value with a `kind`; silence and broken promises reject. */
export type UnlockResult =
  | Opened
  | { kind: 'insufficient_funds'; price: Price; balance: number; choices: number[] }
  | { kind: 'price_changed'; price: Price }
  | { kind: 'offer_expired'; price: Price };

export interface UnlockOptions {
  /** The amount and currency the reader saw; another price in the verified offer ends with `price_changed`. */
  seen?: { amount: number; currency: string };
  /** Called before each new try after silence. */
  waiting?: (why: FarthingError, tries: number) => void;
}

export type LoadResult = ({ kind: 'checkout' } & Load) | { kind: 'pocket_limit' | 'amount_invalid' };

export type Status =
  | { kind: 'owned'; newer: boolean; balance: Balance[] }
  | { kind: 'unfinished'; attempts: number; orders: number; balance: Balance[] }
  | { kind: 'locked'; balance: Balance[] };

export interface Paywall {
  /** What the store knows about this page; no network. */
  status(): Promise<Status>;
  /** Checks offer, audience, content and date. Rejects with the code of what does not hold. */
  verifyOffer(): Promise<OfferView>;
  /** Buys and opens the text, or finishes what was begun; one that is owned is opened without paying. */
  unlock(options?: UnlockOptions): Promise<UnlockResult>;
  /** Opens an owned text without network; `null` if it is not owned, `grant_expired` if its time is over. */
  read(): Promise<Opened | { kind: 'grant_expired' } | null>;
  balance(): Promise<Balance[]>;
  /** Orders value from the issuer of this page's price. The reader pays at `checkout`, which returns to `returnTo`. */
  load(amount: number, returnTo?: string): Promise<LoadResult>;
  /** Asks about open orders and draws what is settled. */
  collect(): Promise<Collected[]>;
  /** Finishes purchases that earlier visits began. */
  recover(): Promise<{ finished: KeptGrant[]; open: number }>;
  /** Checks a grant of this page's issuer for this page's publisher. */
  verifyGrant(grant: string): Promise<GrantView>;
  /** Loads the core and fetches what a purchase needs, so that the press itself takes one request. */
  prepare(): Promise<void>;
}

interface Envelope { offer: string; wraps: { issuer: string; kid: string; wrap: string }[]; part: string }

/** The envelope in the page, read strictly; its pieces are checked by the core. */
const readEnvelope = (text: string): Envelope => {
  const { v, ...rest } = readStrict(text, { v: 'number', offer: 'string', wraps: 'object', part: 'string' }, 'malformed');
  if (v !== 1) throw failure('unsupported', 'another version of the envelope');
  if (!Array.isArray(rest.wraps)) throw failure('malformed', 'wraps is not a list');
  const wraps = rest.wraps.map((wrap) => readStrict(JSON.stringify(wrap), { issuer: 'string', kid: 'string', wrap: 'string' }, 'malformed'));
  return { offer: rest.offer, part: rest.part, wraps };
};

/**
 * The paywall of one page without its looks. Nothing is loaded before the first call.
 *
 * @throws TypeError if the options are not what they say.
 */
export const createPaywall = (options: PaywallOptions): Paywall => {
  if (typeof options?.sealed !== 'string') throw new TypeError('createPaywall: `sealed` is the text of the page\'s application/farthing+json script');
  const page = options.page ?? { origin: globalThis.location?.origin, path: globalThis.location?.pathname };
  if (typeof page.origin !== 'string' || typeof page.path !== 'string') throw new TypeError('createPaywall: `page` is needed outside of a page');

  let parsed: Envelope | undefined;
  const envelope = () => (parsed ??= readEnvelope(options.sealed));
  let wallet: Promise<Wallet> | undefined;
  let verified: Promise<Sale> | undefined;
  let manifest: { at: number; value: Promise<Manifest> } | undefined;

  const open = (): Promise<Wallet> =>
    (wallet ??= (async () => {
      const [core, store] = await Promise.all([loadCore(options.core), Store.open(options.indexedDB)]);
      return {
        core, store,
        fetch: options.fetch ?? ((address, init) => fetch(address, init)),
        now: options.now ?? (() => Math.floor(Date.now() / 1000)),
        sleep: options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
      };
    })().catch((thrown: unknown) => {
      wallet = undefined;
      throw thrown;
    }));

  const verify = (): Promise<Sale> =>
    (verified ??= verifySale().catch((thrown: unknown) => {
      verified = undefined;
      throw thrown;
    }));

  const verifySale = async (): Promise<Sale> => {
    const { offer: jws, wraps, part: sealed } = envelope();
    const { core, fetch, store } = await open();
    const publisher = issuerOfClaims(jws);
    const document = await publisherDocument(fetch, publisher);
    const offer = core.Offer.open(jws, document, page.origin, page.path);
    const view = offer.view();
    const part = sealed ? fromB64u(sealed, 'content_mismatch') : await fetchPart(fetch, page.origin, view);
    offer.checkPart(part);
    const payable = view.prices.filter((price) => wraps.some((wrap) => fits(wrap, price)));
    const held = await balance({ store } as Wallet);
    const enough = ({ issuer, currency, amount }: Price) => held.some((one) => one.issuer === issuer && one.currency === currency && one.amount >= amount);
    const price = payable.find(enough) ?? payable[0];
    if (!price) throw failure('wrap_invalid', 'the page carries no wrapped key for any of its prices');
    const wrap = fromB64u(wraps.find((one) => fits(one, price))!.wrap, 'wrap_invalid');
    return { offer, view, jws, publisherDocument: document, part, content: view.content[0]?.ct_hash ?? '', wrap, price, ...page };
  };

  const news = (now: number, sale: Sale): Promise<Manifest> => {
    if (!manifest || manifest.at < now - 300) {
      const pin = sale.view.pins.find(({ issuer }) => issuer === sale.price.issuer);
      manifest = { at: now, value: open().then((opened) => walk(opened, sale.price.issuer, pin ? { n: pin.n, hash: pin.hash } : null)) };
      manifest.value.catch(() => (manifest = undefined));
    }
    return manifest.value;
  };

  const pageContent = () => contentHash(jwsClaims(envelope().offer));

  const opened = async (bought: KeptGrant): Promise<Opened> => {
    const text = await read(await open(), bought);
    return { kind: 'opened', ...text, newer: pageContent() !== bought.content };
  };

  const owned = async (): Promise<KeptGrant | undefined> =>
    ownedGrant(await open(), pageClaims(jwsClaims(envelope().offer)) as OfferView);

  const unlock = async ({ seen, waiting = () => {} }: UnlockOptions): Promise<UnlockResult> => {
    const { store, now } = await open();
    const before = await owned();
    let ended: string | undefined;
    if (before) {
      const text = await opened(before).catch(expired);
      if (text.kind === 'grant_expired') ended = before.binding;
      else if (!text.newer) return text;
    }
    const sale = await verify();
    const { price } = sale;
    if (seen && (seen.amount !== price.amount || seen.currency !== price.currency)) return { kind: 'price_changed', price };
    try {
      sale.offer.checkTime(now());
      const verifiedManifest = await news(now(), sale);
      const bought = await redeem(await open(), sale, verifiedManifest, waiting, ended);
      return await opened(bought);
    } catch (thrown) {
      const error = asFailure(thrown);
      if (!(error instanceof FarthingError)) throw error;
      if (error.code === 'price_changed' || error.code === 'offer_expired') return { kind: error.code, price };
      if (error.code !== 'insufficient_funds') throw error;
      const held = (await balance({ store } as Wallet)).find((one) => one.issuer === price.issuer && one.currency === price.currency)?.amount ?? 0;
      return { kind: error.code, price, balance: held, choices: loadChoices(await news(now(), sale), price.currency, price.amount - held) };
    }
  };

  const fill = async (amount: number, returnTo = globalThis.location?.href.split('#')[0]): Promise<LoadResult> => {
    if (!Number.isSafeInteger(amount) || typeof returnTo !== 'string') throw new TypeError('load: an amount in micro and an address to return to');
    const opened = await open();
    const sale = await verify();
    try {
      return { kind: 'checkout', ...(await load(opened, await news(opened.now(), sale), sale.price.currency, amount, returnTo)) };
    } catch (thrown) {
      const error = asFailure(thrown);
      if (error instanceof FarthingError && (error.code === 'pocket_limit' || error.code === 'amount_invalid')) return { kind: error.code };
      throw error;
    }
  };

  const status = async (): Promise<Status> => {
    const opened = await open();
    const held = await balance(opened);
    const bought = await owned();
    if (bought) {
      return { kind: 'owned', newer: pageContent() !== bought.content, balance: held };
    }
    const { attempts, orders } = await opened.store.read(async (shelves) => ({
      attempts: (await shelves.attempts.all()).filter(({ state }) => state === 'sent').length,
      orders: (await shelves.orders.all()).filter(({ state }) => state !== 'drawn' && state !== 'over').length,
    }));
    return attempts + orders > 0 ? { kind: 'unfinished', attempts, orders, balance: held } : { kind: 'locked', balance: held };
  };

  const verifyGrant = async (grant: string): Promise<GrantView> => {
    const opened = await open();
    const sale = await verify();
    const known = (await keptManifest(opened, sale.price.issuer)) ?? (await news(opened.now(), sale));
    return opened.core.verifyGrant(known, grant, sale.view.publisher, opened.now());
  };

  return {
    status: guarded(status),
    verifyOffer: guarded(async () => {
      const sale = await verify();
      sale.offer.checkTime((await open()).now());
      return sale.view;
    }),
    unlock: guarded((given: UnlockOptions = {}) => unlock(given)),
    read: guarded(async () => {
      const bought = await owned();
      return bought ? opened(bought).catch(expired) : null;
    }),
    balance: guarded(async () => balance(await open())),
    load: guarded(fill),
    collect: guarded(async () => collect(await open())),
    recover: guarded(async () => recover(await open())),
    verifyGrant: guarded(verifyGrant),
    prepare: guarded(async () => {
      const sale = await verify();
      await news((await open()).now(), sale);
    }),
  };
};

/** Whatever comes out of a public call is one of ours, or a `TypeError`; a core that stopped is not used again. */
const guarded = <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
  async (...given: A): Promise<R> => {
    try {
      return await call(...given);
    } catch (thrown) {
      if (thrown instanceof WebAssembly.RuntimeError) forgetCore();
      throw asFailure(thrown);
    }
  };

const expired = (thrown: unknown): { kind: 'grant_expired' } => {
  const error = asFailure(thrown);
  if (error instanceof FarthingError && error.code === 'grant_expired') return { kind: 'grant_expired' };
  throw error;
};

const fits = (wrap: Envelope['wraps'][number], price: Price): boolean => wrap.issuer === price.issuer && wrap.kid === price.sealing_kid;

const jwsClaims = (jws: string): Record<string, unknown> => {
  try {
    return JSON.parse(new TextDecoder().decode(fromB64u(jws.split('.')[1] ?? '', 'offer_invalid')));
  } catch {
    throw failure('offer_invalid', 'the offer cannot be read');
  }
};

const issuerOfClaims = (jws: string): string => {
  const { iss } = jwsClaims(jws);
  if (typeof iss !== 'string' || !/^https?:\/\/[^/?#\s]+$/.test(iss)) throw failure('offer_invalid', 'the offer names no publisher');
  return iss;
};

const pageClaims = ({ iss, resource }: Record<string, unknown>) => ({ publisher: iss, resource });

const contentHash = ({ content }: Record<string, unknown>): unknown => (content as { ct_hash?: unknown }[] | undefined)?.[0]?.ct_hash;

/** A part that stands beside the page (spec section 7, `place`). */
const fetchPart = async (fetch: Fetch, origin: string, view: OfferView): Promise<Uint8Array<ArrayBuffer>> => {
  const place = view.content[0]?.place ?? '';
  if (!place.startsWith('/') || place.startsWith('//')) throw failure('content_mismatch', 'the page carries no part');
  const { response, bytes } = await request(fetch, origin + place, 'publisher_unreachable', { cache: 'default' }, 1_114_112);
  if (!response.ok) throw failure('content_mismatch', `${place} answers ${response.status}`);
  return bytes;
};

