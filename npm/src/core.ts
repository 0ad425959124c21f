/**
 * The seam to the WebAssembly core: with glue.ts, which names the exports that are used, the only file that knows the module. Types are written by hand and compared with the
 * built module by `test/core.test.ts`. The core has no state, no network and no storage; a handle is a verified value.
 * What decrypts is a promise, because the platform's WebCrypto does it.
 */
import { glue } from './glue.js';

export interface Pin { n: number; hash: string }
export interface Trust { n: number; hash: string; kids: string[] }
/** The next unused counter of each keyset (spec R13). */
export type Counters = Record<string, number>;

/** An amount is in micro, one millionth of the currency's major unit (spec section 1). */
export interface Price { issuer: string; currency: string; amount: number; sealing_kid: string }
export interface Terms { version: string; sha256: string; url: string }

export interface CurrencyView { currency: string; unit: number; pocket_max: number; mixes: { mix: string; amount: number }[] }
export interface ManifestView { iss: string; n: number; currencies: CurrencyView[]; terms: Terms }

export interface OfferView {
  publisher: string; name: string; resource: string; version: string; title: string; words: number;
  /** Seconds of access after paying; 0 is for ever. */
  access: number;
  /** Seconds within which the publisher gives an undo; 0 is none. */
  refund: number;
  terms: string; iat: number; exp: number; prices: Price[];
  pins: { issuer: string; n: number; hash: string }[];
  content: { ct_hash: string; length: number; media_type: string; place: string }[];
  hash: string;
}

export interface GrantView {
  jti: string; aud: string; iat: number; amount: number; currency: string; fees: { issuer: number; tax: number };
  paid: string;
  /** Unix seconds; 0 is for ever. */
  access_until: number;
  /** Unix seconds; 0 is none. */
  refund_until: number;
}

export interface Disclosure {
  quote: string; total: number; value: number; fees: { kind: string; amount: number }[]; tax: number;
  expiry: number | string; cash_out: unknown; sandbox: boolean; exp: number; terms: Terms;
}

export interface TokenRecord {
  keyset: string; amount: number; counter: number; token: Uint8Array; evidence: Uint8Array; nullifier: string;
}
export interface Lead { keyset: string; nonce: string }

export interface Manifest { trust(): Trust; view(): ManifestView }
export interface Offer { checkTime(now: number): void; checkPart(part: Uint8Array): void; view(): OfferView }
export interface Reading { grant(): GrantView; decrypt(part: Uint8Array): Promise<Uint8Array> }

export interface RedemptionPlan {
  request: string; binding: string; inputs: string[]; lead: Lead; counters: Counters;
}
export interface Redemption { grant: string; key: Uint8Array; binding: string; lead: Lead; change: TokenRecord[] }
export interface OpenedAnswer { operation: string; binding: string; lead: string }

export interface Core {
  Manifest: {
    follow(issuer: string, trust: Trust | null, pin: Pin | null, heads: string[], body: Uint8Array, now: number): Manifest;
  };
  headInfo(head: string): { n: number; body: string; kid: string };
  Offer: { open(jws: string, publisherDocument: Uint8Array, pageOrigin: string, pagePath: string): Offer };
  newSeed(): Uint8Array;
  prepareOrder(
    manifest: Manifest, seed: Uint8Array, claimCounter: number, currency: string, amount: number,
  ): { order: string; request: string };
  verifyDisclosure(manifest: Manifest, jws: string, asked: { order: string; currency: string; amount: number; now: number }): Disclosure;
  planPouches(manifest: Manifest, currency: string, amount: number): string[];
  prepareDraw(
    manifest: Manifest, seed: Uint8Array,
    draw: {
      order: string; claimCounter: number; pouch: number; mix: string; rest: number; currency: string;
      counters: Counters; now: number;
    },
  ): { request: string; counters: Counters };
  finishDraw(manifest: Manifest, seed: Uint8Array, request: string, counters: Counters, response: string): TokenRecord[];
  checkToken(manifest: Manifest, seed: Uint8Array, token: TokenRecord): void;
  planRedemption(
    manifest: Manifest, offer: Offer, seed: Uint8Array,
    plan: { wrap: Uint8Array; price: Price; tokens: TokenRecord[]; counters: Counters; now: number },
  ): RedemptionPlan;
  finishRedemption(
    manifest: Manifest, seed: Uint8Array,
    attempt: { offer: string; publisherDocument: Uint8Array; request: string; counters: Counters; now: number },
    response: string,
  ): Promise<Redemption>;
  prepareAnswer(issuer: string, token: Uint8Array): string;
  openAnswer(tokens: Uint8Array[], issuer: string, response: string): Promise<OpenedAnswer>;
  Reading: {
    open(
      manifest: Manifest, offer: Offer, seed: Uint8Array,
      held: { grant: string; key: Uint8Array; binding: string; lead: Lead; now: number },
    ): Promise<Reading>;
  };
  verifyGrant(manifest: Manifest, grant: string, publisher: string, now: number): GrantView;
}

/** Makes the core of its bytes or of a compiled module. Importing this file does nothing. */
export const init = async (source: BufferSource | WebAssembly.Module): Promise<Core> => {
  const { start, ...core } = glue as Core & { start(input: { module_or_path: unknown }): Promise<unknown> };
  await start({ module_or_path: source });
  return core;
};
