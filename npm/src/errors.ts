/** Every code a reader's page can meet: docs/spec.md, section 11. Codes are stable, messages are not. */

/** Who can do something about a failure. */
export type Fault = 'network' | 'page' | 'issuer' | 'wallet' | 'browser' | 'reader';

const faults = {
  // Nothing was decided, or we cannot know: the same bytes are sent again, never new ones.
  issuer_unreachable: 'network', publisher_unreachable: 'network', answer_invalid: 'network', internal: 'network',
  unavailable: 'network', rate_limited: 'network', timeout: 'network',
  // The page, its publisher, or whoever wrote into it.
  malformed: 'page', too_large: 'page', unsupported: 'page', offer_invalid: 'page', offer_audience: 'page',
  offer_withdrawn: 'page', publisher_unknown: 'page', price_mismatch: 'page', price_not_payable: 'page',
  price_limit: 'page', sealing_key_unknown: 'page', wrap_invalid: 'page', content_mismatch: 'page',
  content_corrupt: 'page', pin_unknown: 'page', key_mismatch: 'page',
  // The issuer contradicts itself or its own signatures.
  manifest_fork: 'issuer', manifest_invalid: 'issuer', manifest_key_unknown: 'issuer', manifest_unknown: 'issuer',
  proof_invalid: 'issuer', grant_invalid: 'issuer', disclosure_invalid: 'issuer', order_unknown: 'issuer',
  answer_unknown: 'issuer', answer_expired: 'issuer', keyset_unknown: 'issuer', not_found: 'issuer',
  method_not_allowed: 'issuer', media_type: 'issuer', webhook_signature: 'issuer',
  // What this pocket holds does not fit.
  token_spent: 'wallet', token_invalid: 'wallet', token_corrupt: 'wallet', element_reused: 'wallet',
  element_invalid: 'wallet', element_repeated: 'wallet', inputs_order: 'wallet', unbalanced: 'wallet',
  keyset_not_mintable: 'wallet', keyset_expired: 'wallet', claim_signature: 'wallet', order_conflict: 'wallet',
  order_not_settled: 'wallet', order_expired: 'wallet', pouch_conflict: 'wallet', pouch_unavailable: 'wallet',
  pouch_mismatch: 'wallet', mix_unknown: 'wallet', terms_changed: 'wallet',
  // What the browser or the site's settings forbid.
  wasm_blocked: 'browser', wasm_unavailable: 'browser', storage_unavailable: 'browser',
  // What a reader can bring about; the headless API returns these as values.
  insufficient_funds: 'reader', price_changed: 'reader', offer_expired: 'reader', grant_expired: 'reader',
  pocket_limit: 'reader', amount_invalid: 'reader',
} as const satisfies Record<string, Fault>;

export type Code = keyof typeof faults;

/** All codes, for tests and for exhaustive switches. */
export const codes = Object.keys(faults) as Code[];

/** What a refusal says beside its code (spec section 11). */
export interface RefusalMembers {
  /** `token_spent`: places in the request's inputs. */
  readonly spent?: readonly number[];
  /** `element_reused`: places in the request's elements. */
  readonly elements?: readonly number[];
  /** `token_invalid`: place in the request's inputs. */
  readonly index?: number;
  /** Seconds to wait, from `Retry-After`. */
  readonly retryAfter?: number;
}

/** The base of everything this package throws, but for mistakes of the programmer, which are `TypeError`. */
export class FarthingError extends Error {
  /** @internal */
  constructor(
    readonly code: Code,
    /** What exactly, for developers; in English, not for readers. */
    readonly detail = '',
    readonly members: RefusalMembers = {},
  ) {
    super(detail ? `${code}: ${detail}` : code);
    this.name = 'FarthingError';
  }
  get fault(): Fault {
    return faults[this.code];
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

export const isCode = (code: unknown): code is Code => typeof code === 'string' && Object.hasOwn(faults, code);

/** The one place where a code becomes an error. */
export const failure = (code: Code, detail?: string, members?: RefusalMembers): FarthingError =>
  new classes[faults[code]](code, detail, members);

/** The one place where a thrown thing becomes one of ours: errors of the core carry a `code`, those of IndexedDB are DOMExceptions. */
export const asFailure = (thrown: unknown): FarthingError | TypeError => {
  if (thrown instanceof FarthingError || thrown instanceof TypeError) return thrown;
  const { code, detail, message, name } = thrown as Partial<Error & { code: unknown; detail: string }>;
  if (isCode(code)) return failure(code, detail ?? message);
  if (thrown instanceof WebAssembly.RuntimeError) return failure('wasm_unavailable', `the core stopped: ${message}`);
  if (thrown instanceof DOMException) return failure('storage_unavailable', `${name}: ${message}`);
  return failure('internal', String(message ?? thrown));
};

export const codeOf = (thrown: unknown): Code | undefined => {
  const error = asFailure(thrown);
  return error instanceof FarthingError ? error.code : undefined;
};
