/** Every code a reader's page can meet: docs/spec.md, section 11. Codes are stable, messages are not. */

/** The codes, by who can do something about them. `test/errors.test.ts` holds them against the specification. */
export interface CodesByFault {
  /** Nothing was decided, or we cannot know: the same bytes are sent again, never new ones. */
  network: 'issuer_unreachable' | 'publisher_unreachable' | 'answer_invalid' | 'internal' | 'unavailable' | 'restore_undecided' | 'rate_limited' | 'timeout';
  /** The page, its publisher, or whoever wrote into it. */
  page:
    | 'malformed' | 'too_large' | 'unsupported' | 'offer_invalid' | 'offer_audience' | 'offer_withdrawn' | 'publisher_unknown'
    | 'price_mismatch' | 'price_not_payable' | 'price_limit' | 'sealing_key_unknown' | 'wrap_invalid' | 'content_mismatch'
    | 'content_corrupt' | 'pin_unknown' | 'key_mismatch';
  /** The issuer contradicts itself or its own signatures. */
  issuer:
    | 'manifest_fork' | 'manifest_invalid' | 'manifest_key_unknown' | 'manifest_unknown' | 'proof_invalid' | 'spent_list_invalid' | 'grant_invalid'
    | 'disclosure_invalid' | 'order_unknown' | 'answer_unknown' | 'answer_expired' | 'keyset_unknown' | 'not_found'
    | 'method_not_allowed' | 'media_type' | 'webhook_signature';
  /** What this pocket holds does not fit. */
  wallet:
    | 'token_spent' | 'token_invalid' | 'token_corrupt' | 'element_reused' | 'element_invalid' | 'element_repeated' | 'inputs_order'
    | 'unbalanced' | 'keyset_not_mintable' | 'keyset_expired' | 'claim_signature' | 'order_conflict' | 'order_not_settled'
    | 'order_expired' | 'pouch_conflict' | 'pouch_unavailable' | 'pouch_mismatch' | 'mix_unknown' | 'terms_changed' | 'counters_exhausted'
    | 'keyset_frozen' | 'promo_spent' | 'token_not_for_publisher' | 'evidence_unknown' | 'prefix_length' | 'phrase_invalid' | 'grant_signature'
    | 'refund_budget' | 'refund_over';
  /** What the browser or the site's settings forbid. */
  browser: 'wasm_blocked' | 'wasm_unavailable' | 'storage_unavailable';
  /** What a reader can bring about; the headless API returns these as values. */
  reader: 'insufficient_funds' | 'price_changed' | 'offer_expired' | 'grant_expired' | 'grant_rebound' | 'grant_revoked' | 'pocket_limit' | 'amount_invalid';
}
export type Fault = keyof CodesByFault;
export type Code = CodesByFault[Fault];

// By their beginnings, in this order, because this is sent to every reader; what is not named is the wallet's.
const beginnings: [Fault, RegExp][] = [
  ['network', /^(issuer_|publisher_unr|answer_i|internal|unav|resto|rate|timeo)/],
  ['reader', /^(insuf|price_c|offer_e|grant_[er]|pocket|amount)/],
  ['page', /^(malf|too|unsu|offer|publ|price|seal|wrap|content|pin|key_)/],
  ['issuer', /^(manif|proof|grant_i|discl|order_u|answer|keyset_u|not_|meth|media|webh|spent_l)/],
  ['browser', /^(wasm|stor)/],
];

/** What a refusal says beside its code (spec section 11), as it came: look before using. */
export interface RefusalMembers {
  /** `token_spent`: places in the request's inputs. */
  readonly spent?: unknown;
  /** `token_invalid`: a place in the request's inputs. */
  readonly index?: unknown;
  /** Seconds to wait, from `Retry-After`. */
  readonly retryAfter?: number;
}

/** The base of everything this package throws, but for mistakes of the programmer, which are `TypeError`. */
export class FarthingError extends Error {
  /** Who can do something about it. */
  readonly fault: Fault;
  /** @internal */
  constructor(
    readonly code: Code,
    /** What exactly, for developers; in English, not for readers. */
    readonly detail = '',
    readonly members: RefusalMembers = {},
  ) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'FarthingError';
    this.fault = faultOf(code);
  }
}

/** The outcome is unknown or nothing happened yet; repeating is safe and costs nothing twice. */
export class NetworkError extends FarthingError {}
/** The page or its publisher is at fault; nothing was charged. */
export class PageError extends FarthingError {}
/** The issuer broke its own rules; evidence is kept. */
export class IssuerError extends FarthingError {}
/** What the pocket holds does not fit what was asked. */
export class WalletError extends FarthingError {}
/** The browser or the site's settings forbid what is needed; nothing was charged. */
export class BrowserError extends FarthingError {}
/** What a reader brought about; the headless API gives these as values, only inner functions throw them. */
export class ReaderError extends FarthingError {}

const classes: Record<Fault, typeof FarthingError> = {
  network: NetworkError, page: PageError, issuer: IssuerError, wallet: WalletError, browser: BrowserError, reader: ReaderError,
};

export const faultOf = (code: Code): Fault => beginnings.find(([, beginning]) => beginning.test(code))?.[0] ?? 'wallet';

export const isCode = (code: unknown): code is Code => typeof code === 'string' && /^[a-z_]{4,30}$/.test(code);

/** The one place where a code becomes an error. */
export const failure = (code: Code, detail?: string, members?: RefusalMembers): FarthingError =>
  new classes[faultOf(code)](code, detail, members);

/**
 * The one place where a thrown thing becomes one of ours: errors of the core carry a `code`, those of IndexedDB are DOMExceptions.
 * A mistake of the programmer stays the `TypeError` it is; the type leaves it out, because nobody handles it.
 */
export const asFailure = (thrown: unknown): FarthingError => {
  if (thrown instanceof FarthingError || thrown instanceof TypeError) return thrown as FarthingError;
  const { code, message } = thrown as Error & { code: unknown };
  // The core has no words beside its codes.
  return isCode(code) ? failure(code) : failure(thrown instanceof DOMException ? 'storage_unavailable' : 'internal', message);
};

export const codeOf = (thrown: unknown): Code | undefined => asFailure(thrown).code;
