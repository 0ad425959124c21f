/** What the element needs of a page: to buy, to read, to load and to finish what was begun. paywall.ts adds the rest. */
import type { Manifest, OfferView, Price, Terms } from './core.js';
import { asFailure, failure, type FarthingError } from './errors.js';
import { type Fetch, publisherDocument, request } from './issuer.js';
import { fromB64u, readStrict } from './json.js';
import { type Limit, limitOf, setLimit } from './limit.js';
import { type CoreFinder, type CoreSource, laterPart, loadCore } from './load.js';
import { walk } from './manifest.js';
import type { Collected } from './drawing.js';
import { type Balance, balance } from './pocket.js';
import { read, type Text, textAlone, textWithFiles } from './read.js';
import { AskFirst, ownedGrant, redeem, type Sale } from './redeem.js';
import { type KeptGrant, Store } from './store.js';
import type { Load } from './topup.js';
import type { Wallet } from './wallet.js';

export interface PageOptions {
  /** The text of the page's `application/farthing+json` script (spec section 7.2). */
  sealed: string;
  /** The page it stands in; left out: where the script runs. */
  page?: { origin: string; path: string };
  /** The WebAssembly core: its bytes, a compiled module, its address, or a function that gives one of them; left out: the file beside this package. */
  core?: CoreSource | CoreFinder | undefined;
  /** The address of the file `farthing/core.wasm`, if it does not lie beside the scripts. */
  wasmUrl?: string | URL | undefined;
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
  | { kind: 'offer_expired'; price: Price }
  | { kind: 'not_confirmed'; price: Price };

export interface UnlockOptions {
  /** The price the reader saw; if the verified offer has no such price, nothing is bought and the result is `price_changed`. */
  seen?: { issuer: string; currency: string; amount: number };
  /** Called when the offer is checked and the coins for it are there, before any is sent. `false` stops: nothing is spent, and the result is `not_confirmed`. */
  confirm?: (price: Price, offer: OfferView) => boolean;
  /** Nobody was asked: pays only within the limit that the reader has set (`setLimit`), else the result is `not_confirmed`. */
  automatic?: boolean;
  /** Called before each new try after silence. */
  waiting?: (why: FarthingError, tries: number) => void;
}

export type LoadResult = ({ kind: 'checkout' } & Load) | { kind: 'pocket_limit' | 'amount_invalid' };

/** The calls that a reader's presses come down to. */
export interface Page {
  /** Buys and opens the text, or finishes what was begun; one that is owned is opened without paying. */
  unlock(options?: UnlockOptions): Promise<UnlockResult>;
  /** Opens an owned text without network; `null` if it is not owned, `grant_expired` if its time is over. */
  read(): Promise<Opened | { kind: 'grant_expired' } | null>;
  balance(): Promise<Balance[]>;
  /** Orders value from the issuer of this page's price. The reader pays at `checkout`, which returns to `returnTo`. */
  load(amount: number, returnTo?: string, seen?: UnlockOptions['seen']): Promise<LoadResult>;
  /** Asks about open orders and draws what is settled. */
  collect(): Promise<Collected[]>;
  /** Finishes purchases that earlier visits began. */
  recover(): Promise<{ finished: KeptGrant[]; open: number }>;
  /** The reader's limit for this page's currency; `null`: the reader is asked each time. */
  limit(): Promise<Limit | null>;
  setLimit(limit: Limit | null): Promise<void>;
  /** The terms of the issuer to which this page's price is paid, from its verified list. */
  terms(): Promise<Terms & { issuer: string }>;
  /** Loads the core and fetches what a purchase needs, so that the press itself takes one request. */
  prepare(): Promise<void>;
}

interface Wrap { issuer: string; kid: string; wrap: string }
interface Envelope { offer: string; wraps: Wrap[]; part: string; claims: { iss: string; resource: string; content: { ct_hash: string }[]; prices: { currency: string }[] } }

/** The envelope in the page, read strictly. `claims` are the offer's, unverified, for looking things up; the core checks them. */
const readEnvelope = (text: string): Envelope => {
  const { v, offer, wraps, part } = readStrict(text, { v: 'number', offer: 'string', wraps: 'object', part: 'string' }, 'malformed');
  if (v !== 1) throw failure('unsupported', `v ${v}`);
  try {
    const claims = JSON.parse(new TextDecoder().decode(fromB64u(offer.split('.')[1]!, 'offer_invalid')));
    if (!/^https?:\/\/[^/?#\s]+$/.test(claims.iss)) throw 0;
    return {
      offer, part, claims,
      wraps: (wraps as unknown[]).map((wrap) => readStrict(JSON.stringify(wrap), { issuer: 'string', kid: 'string', wrap: 'string' }, 'malformed')),
    };
  } catch {
    throw failure('offer_invalid', 'unreadable');
  }
};

/** Shared until it fails: the next call tries again. */
const once = <T>(make: () => Promise<T>): (() => Promise<T>) => {
  let made: Promise<T> | undefined;
  return () => (made ??= make().catch((thrown: unknown) => {
    made = undefined;
    throw thrown;
  }));
};

/** A failure of one of these codes is a value, because a reader brought it about. */
const asValue = <K extends FarthingError['code']>(...codes: K[]) => (thrown: unknown): { [P in K]: { kind: P } }[K] => {
  const { code } = asFailure(thrown);
  if (!codes.includes(code as K)) throw thrown;
  return { kind: code } as { [P in K]: { kind: P } }[K];
};

/** Whatever comes out of a public call is one of ours, or a `TypeError`. */
export const guarded = <A extends unknown[], R>(call: (...given: A) => Promise<R>) =>
  (...given: A): Promise<R> =>
    call(...given).catch((thrown: unknown) => {
      throw asFailure(thrown);
    });

/**
 * The paywall of one page without its looks. Nothing is loaded before the first call.
 *
 * @throws TypeError if the options are not what they say.
 */
export const openPage = (options: PageOptions) => {
  const { sealed, page = { origin: globalThis.location?.origin, path: globalThis.location?.pathname } } = options ?? {};
  if (typeof sealed !== 'string' || typeof page.origin !== 'string' || typeof page.path !== 'string') {
    throw new TypeError('sealed: the text of the application/farthing+json script; page: its origin and path');
  }

  const envelope = once(async () => readEnvelope(sealed));

  // Each entry of the package hands its own core over (library.ts, engine.ts).
  const open = once(async (): Promise<Wallet> => {
    const [core, store] = await Promise.all([loadCore((options.core ?? options.wasmUrl)!), Store.open(options.indexedDB)]);
    return {
      core, store,
      fetch: options.fetch ?? ((address, init) => fetch(address, init)),
      now: options.now ?? (() => Math.floor(Date.now() / 1000)),
      sleep: options.sleep ?? ((milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds))),
    };
  });

  const verified = once(async () => {
    const { offer: jws, part: inPage, claims } = await envelope();
    const { core, fetch } = await open();
    const document = await publisherDocument(fetch, claims.iss);
    const offer = core.Offer.open(jws, document, page.origin, page.path);
    const view = offer.view();
    const about = view.content[0]!;
    const { ct_hash: content, media_type } = about;
    if (media_type !== textAlone && media_type !== textWithFiles) throw failure('unsupported', media_type);
    const part = inPage ? fromB64u(inPage, 'content_mismatch') : await (await laterPart(import('./files.js'))).partAt(request, fetch, page.origin + about.place, about);
    offer.checkPart(part);
    return { offer, view, jws, publisherDocument: document, part, content, ...page };
  });

  /** What is bought at which price: the one the reader saw, else the first for which the page carries a key. */
  const sale = async (seen?: UnlockOptions['seen']): Promise<Sale> => {
    const { wraps } = await envelope();
    const about = await verified();
    const wrapFor = (price: Price) => wraps.find(({ issuer, kid }) => issuer === price.issuer && kid === price.sealing_kid);
    const payable = about.view.prices.filter(wrapFor);
    const price = payable.find((one) => one.issuer === seen?.issuer && one.currency === seen.currency) ?? payable[0];
    if (!price) throw failure('wrap_invalid', 'none for any price');
    return { ...about, price, wrap: fromB64u(wrapFor(price)!.wrap, 'wrap_invalid') };
  };

  const news = new Map<string, { at: number; manifest: Promise<Manifest> }>();
  /** The issuer's manifest, asked for at most every five minutes. */
  const manifestFor = async ({ view, price: { issuer } }: Sale): Promise<Manifest> => {
    const wallet = await open();
    let known = news.get(issuer);
    if (!known || known.at < wallet.now() - 300) {
      const { n, hash } = view.pins.find((pin) => pin.issuer === issuer)!;
      news.set(issuer, (known = { at: wallet.now(), manifest: walk(wallet, issuer, { n, hash }) }));
      known.manifest.catch(() => news.delete(issuer));
    }
    return known.manifest;
  };

  const owned = async (): Promise<KeptGrant | undefined> => {
    const { iss, resource } = (await envelope()).claims;
    return ownedGrant(await open(), { publisher: iss, resource });
  };

  /** As the page says it; nothing is paid by it. */
  const firstPrice = async () => (await envelope()).claims.prices[0]!;

  const isNewer = async ({ content }: KeptGrant) => (await envelope()).claims.content[0]!.ct_hash !== content;

  const show = async (bought: KeptGrant): Promise<Opened> => ({ kind: 'opened', ...(await read(await open(), bought)), newer: await isNewer(bought) });

  const unlock = async ({ seen, confirm, automatic, waiting = () => {} }: UnlockOptions = {}): Promise<UnlockResult> => {
    const wallet = await open();
    const before = await owned();
    const text = before && (await show(before).catch(asValue('grant_expired')));
    if (text?.kind === 'opened' && !text.newer) return text;
    const what = await sale(seen);
    const { price, offer } = what;
    if (seen && price.amount !== seen.amount) return { kind: 'price_changed', price };
    const held = async () => (await balance(wallet)).find(({ issuer, currency }) => issuer === price.issuer && currency === price.currency)?.amount ?? 0;
    const result = await (async () => {
      offer.checkTime(wallet.now());
      const manifest = await manifestFor(what);
      if (confirm && (await held()) >= price.amount && !confirm(price, what.view)) return { kind: 'not_confirmed' as const };
      const bought = await redeem(
        wallet, automatic ? { ...what, automatic } : what, manifest, waiting, text?.kind === 'grant_expired' ? before?.binding : undefined,
      );
      return bought instanceof AskFirst ? { kind: 'not_confirmed' as const } : show(bought);
    })().catch(asValue('insufficient_funds', 'price_changed', 'offer_expired'));
    if (result.kind === 'opened') return result;
    if (result.kind !== 'insufficient_funds') return { ...result, price };
    const balanceNow = await held();
    const { loadChoices } = await laterPart(import('./topup.js'));
    return { ...result, price, balance: balanceNow, choices: loadChoices(await manifestFor(what), price.currency, price.amount - balanceNow) };
  };

  const calls: Page = {
    unlock: guarded(unlock),
    read: guarded(async () => {
      const bought = await owned();
      return bought ? show(bought).catch(asValue('grant_expired')) : null;
    }),
    balance: guarded(async () => balance(await open())),
    load: guarded(async (amount, returnTo = globalThis.location?.href.split('#')[0], seen) => {
      if (!Number.isSafeInteger(amount) || !returnTo) throw new TypeError('load(amount in micro, address to return to)');
      const what = await sale(seen);
      const { load } = await laterPart(import('./topup.js'));
      return load(await open(), await manifestFor(what), what.price.currency, amount, returnTo)
        .then((made): LoadResult => ({ kind: 'checkout', ...made }))
        .catch(asValue('pocket_limit', 'amount_invalid'));
    }),
    collect: guarded(async () => (await laterPart(import('./drawing.js'))).collect(await open())),
    recover: guarded(async () => (await laterPart(import('./recovery.js'))).recover(await open())),
    limit: guarded(async () => limitOf((await open()).store, (await firstPrice()).currency)),
    setLimit: guarded(async (limit) => setLimit((await open()).store, (await firstPrice()).currency, limit)),
    terms: guarded(async () => {
      const what = await sale();
      return { ...(await manifestFor(what)).view().terms, issuer: what.price.issuer };
    }),
    prepare: guarded(async () => {
      await manifestFor(await sale());
    }),
  };
  return { calls, open, owned, isNewer, verified, sale, manifestFor };
};
