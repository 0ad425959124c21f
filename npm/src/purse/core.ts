/**
 * The purse's core: what the second WebAssembly file, `farthing_purse`, can do. It can all that the page's core can (its handles are its own: a
 * `Manifest` of the one file means nothing to the other), and phrases, swaps, restores and recovered grants besides.
 *
 * Wherever a `seed` is taken, 32 bytes mean branch 0, and what `onBranch` gives means that branch: orders, draws, elements and tokens made
 * with it grow there (spec R35). A kept token has to keep its branch beside its counter.
 */
import { glue } from './glue.js';
import type { Core, Counters, GrantView, Lead, Manifest, Offer, Pin, Reading, RedemptionPlan, TokenRecord } from '../core.js';

/** A keyset as it stands in a manifest's body and in the answer of `GET /v1/keysets/{id}`; its id is computed again wherever it is taken. */
export interface Keyset {
  id: string; kind: string; currency: string; publisher: string; denomination: number; public_key: string;
  mint_from: number; mint_until: number; redeem_until: number; claim_until: number;
  /** Only in the answer for one keyset: the hour in which it was frozen. */
  frozen?: number;
}

/** An element to be evaluated, as it stands in a request. Nothing secret. */
export interface Output { keyset: string; blinded: string }

/** What the issuer makes of the elements of one keyset, as it stands in an answer. Nothing secret. */
export interface Evaluation { keyset: string; evaluated: string[]; proof: string }

/** A kept token, with the branch on which its secrets grew; 0 unless said. */
export interface PurseToken extends TokenRecord { branch?: number }

/** A manifest that also tells its keysets. */
export interface PurseManifest extends Manifest { keysets(): Keyset[] }

/** Elements of one's own for somebody else's swap. To be journalled, with the counters before them, before anybody sees them (R13). */
export interface Elements { outputs: Output[]; counters: Counters }

/** What to swap. */
export interface Swap {
  currency: string;
  /** All of them are spent. At most 64. */
  tokens: PurseToken[];
  /** Groups of elements that others made, each answered under proofs of its own; what is not worth of `tokens` comes back in one's own group, the last. */
  given?: Output[][];
  /** Keysets of tokens that the manifest lists no longer. */
  keysets?: Keyset[];
  /**
   * Ids of keysets whose tokens show how they were issued: only of frozen ones (R33, R34). The issuer then knows the draw they come from, which the
   * reader is told before.
   */
  show?: string[];
  /** Those before the request. */
  counters: Counters;
  now: number;
}

/** A request to be journalled, with `Swap.counters`, before it is sent. */
export interface SwapPlan {
  request: string; binding: string;
  /** Nullifiers, the lead first. */
  inputs: string[];
  lead: Lead;
  /** Those after the request. */
  counters: Counters;
  /** How much each group is worth, in micro: first those given, last one's own if `own` is not null. */
  groups: number[];
  /** Which group is one's own: it is finished with `finishSwap`. Null if everything was given away. */
  own: number | null;
}

/** An order as it stands, found by its claim key (R36). */
export interface FoundOrder {
  order: string; state: 'quoted' | 'settled' | 'declined' | 'expired' | 'closed'; currency: string; value: number; unminted: number;
  /** The number of the next pouch. */
  pouches: number;
  disclosure: string;
}

/** What a list of spent tokens says. */
export interface SpentList {
  /** One for each nullifier that was asked about. */
  spent: boolean[];
  /** The hour in which the list was read, Unix seconds. A token that it lacks may have been spent since. */
  at: number;
}

/** What spent a token, opened with the lead. */
export interface RecoveredAnswer {
  operation: string; binding: string;
  /** The nullifier of the lead, as in `TokenRecord`. */
  lead: string;
  /** Where it was a purchase whose answer is kept packed: everything that it takes to read. */
  bought: RecoveredGrant | null;
}

/** A grant made again of an issuer's stored answer, verified against the manifest and the seed. */
export interface RecoveredGrant {
  grant: string; view: GrantView; lead: Lead; binding: string;
  /** The content key itself, 32 bytes: it is not sealed to anybody, so keep it as a secret. */
  contentKey: Uint8Array;
}

/** A purchase as `recoverAnswer` gives it, to be read. */
export interface Recovered { grant: string; contentKey: Uint8Array; binding: string; lead: Lead; now: number }

/** A publisher's verified list of starter tokens (R44). */
export interface Starters {
  /** What one claim gives, in micro, and what to keep for the next walk. */
  view(): { currency: string; grant: number; seen: Pin };
  /** The issuer's manifest with these keysets in place of those of money: whatever is planned on it is wholly of starter tokens. */
  manifest(): Manifest;
  /** A claim of the seed's own branch, and the order that it will be. Throws `unsupported` if nothing is given now. */
  claim(seed: Uint8Array, claimCounter: number): { order: string; request: string };
}

/**
 * Refusals are `Error`s with a `code`, as the core's. Beyond the core's:
 * `phrase_invalid` with `reason` `"count"` (not twelve words), `"word"` (with `word`, which one from 0, is not in the list) or `"checksum"` (all words are
 * in the list, but they are no phrase: one is another, or two changed places);
 * `spent_list_invalid`.
 */
export interface PhraseInvalid extends Error { code: 'phrase_invalid'; reason: 'count' | 'word' | 'checksum'; word?: number }

export interface PurseCore extends Omit<Core, 'Manifest' | 'Reading' | 'prepareDraw'> {
  Manifest: { follow(...of: Parameters<Core['Manifest']['follow']>): PurseManifest };
  Reading: Core['Reading'] & {
    /** As `open`, with a content key that came out of the issuer's stored answer. */
    recovered(manifest: Manifest, offer: Offer, seed: Uint8Array, held: Recovered): Reading;
  };

  Starters: {
    /** The hash of the body that an unverified head names: only to know which one to fetch. */
    bodyOf(head: string): string;
    /** Walks from what was seen, or from the first head, to the newest (R44). `pin_unknown`: the publisher never gave anything. */
    follow(manifest: Manifest, publisher: string, seen: Pin | null, heads: string[], body: Uint8Array, now: number): Starters;
  };

  /** 16 random bytes: what a phrase stands for, and what is kept so that it can be shown again. */
  newPhrase(): Uint8Array;
  /** The twelve words of BIP 39 in English. */
  phraseWords(phrase: Uint8Array): string[];
  /** Reads words as a person writes them: capitals, tabs, line ends, numbers before the words and more than one space do not matter. Throws `PhraseInvalid`. */
  phraseFromWords(words: string): Uint8Array;
  /** The words of the list that begin so, at most ten; none for the empty text. */
  phraseSuggestions(start: string): string[];
  /** The seed of the purse, 32 bytes. */
  phraseSeed(phrase: Uint8Array): Uint8Array;
  /** A seed on another branch, 36 bytes, to be used wherever a seed is taken. */
  onBranch(seed: Uint8Array, branch: number): Uint8Array;

  /** As the page's; `claimBranch` is the branch of the order's claim key if that is not the seed's (an order found in a restore). */
  prepareDraw(
    manifest: Manifest, seed: Uint8Array, draw: Parameters<Core['prepareDraw']>[2] & { claimBranch?: number },
  ): { request: string; counters: Counters };
  /** `checkToken` for a token whose keyset the manifest lists no longer. */
  checkTokenOf(manifest: Manifest, keyset: Keyset, seed: Uint8Array, token: TokenRecord): void;

  /** Places of the tokens to spend for at least `amount`: few, older (earlier) ones first, exactly where that is possible. Throws `insufficient_funds`. */
  chooseTokens(amounts: number[], amount: number): number[];
  /**
   * Places of the tokens of one currency to swap now, at most `most` of one currency and kind: those that cannot be redeemed after `now + within` seconds, or if there are none the small
   * ones of which there are more than the same amount needs. Empty if nothing is to be done. Tokens nobody can swap any more are not among them.
   */
  tokensToRenew(
    manifest: Manifest, of: { currency: string; tokens: { keyset: string; amount: number }[]; keysets?: Keyset[]; now: number; within: number; most: number },
  ): number[];
  /** What elements are worth, in micro; refuses those that this manifest's issuer would not evaluate now with `keyset_not_mintable`, and a repeated one with `element_repeated`. */
  worthOf(manifest: Manifest, of: { currency: string; outputs: Output[]; now: number }): number;
  /** Elements of one's own: what a pocket sends to the purse that fills it, and a purse to the pocket that returns. */
  askElements(manifest: Manifest, seed: Uint8Array, of: { currency: string; amount: number; counters: Counters; now: number }): Elements;
  /** Checks the proofs over one's own elements in somebody else's swap and makes the tokens. `counters` are those before `askElements`. */
  receiveElements(manifest: Manifest, seed: Uint8Array, outputs: Output[], counters: Counters, evaluations: Evaluation[]): TokenRecord[];
  /** Plans a swap of all its tokens. */
  planSwap(manifest: Manifest, seed: Uint8Array, swap: Swap): SwapPlan;
  /** The tokens of one's own group. `counters` are those before the request. */
  finishSwap(manifest: Manifest, seed: Uint8Array, request: string, group: number, counters: Counters, response: string): TokenRecord[];
  /** One group of the answer, its proofs checked, to be handed to whoever made its elements. */
  swapGroup(manifest: Manifest, request: string, group: number, response: string): Evaluation[];

  /** Asks after `count` (1 to 50) counters of a keyset from `from` on, on the seed's branch. A keyset's search ends after 100 in a row that were never evaluated. */
  prepareRestore(issuer: string, seed: Uint8Array, of: { keyset: string; from: number; count: number }): string;
  /** The tokens that were evaluated, spent ones among them; their counters say how long the gap at the end is. */
  finishRestore(manifest: Manifest, seed: Uint8Array, of: { keyset: Keyset; from: number; request: string }, response: string): TokenRecord[];
  /** Asks after the order under that claim key. Refused with `order_unknown` if there is none; the search ends after 20 in a row. */
  prepareFind(issuer: string, seed: Uint8Array, claimCounter: number): string;
  /** Checks that the answer is for this claim key. */
  finishFind(issuer: string, seed: Uint8Array, claimCounter: number, response: string): FoundOrder;
  /** How the path to a list of spent tokens ends: `all`, or the first bits of the nullifier (R37). A wallet begins with 0 bits; `prefix_length` says how many. */
  spentPrefix(nullifier: string, bits: number): string;
  /** Checks a list of spent tokens and looks these nullifiers up; each has to begin with the prefix. Throws `spent_list_invalid`. */
  lookUpSpent(manifest: Manifest, of: { keyset: string; prefix: string; nullifiers: string[]; now: number }, response: string): SpentList;
  /** Plans a redemption that buys a gift (spec section 13); as `planRedemption`. */
  planGift(...of: Parameters<Core['planRedemption']>): RedemptionPlan;
  /** Checks the answer as `finishRedemption` does, and makes the link. */
  finishGift(...of: Parameters<Core['finishRedemption']>): Promise<BoughtGift>;
  /** What a link says; nothing of it is verified before it is claimed. Throws `grant_invalid` if it is no link. */
  readGift(fragment: string): GiftView;
  /** A claim, to be journalled before it is sent; the same bytes each time. */
  claimGift(seed: Uint8Array, fragment: string): string;
  /** Takes back what was bought with that lead. */
  takeGiftBack(seed: Uint8Array, fragment: string, lead: Lead): string;
  /** The grant that took the gift's place, checked. */
  finishRebind(manifest: Manifest, fragment: string, request: string, response: string): string;
  /** One page of the list of grants that were given up; `after` is where the page before ended. */
  revokedOf(manifest: Manifest, after: string | undefined, response: string): { jtis: string[]; next: string | null };
  /** For which part of a load the issuer gives a right, by currency. A pouch of them is drawn as mix `rights`, with what was loaded as `rest`. */
  rightsOf(manifest: Manifest): { currency: string; per: number }[];
  /** Asks for the price of a purchase; spends a right. Throws `grant_invalid` for what is not this seed's, or is none that is given back. */
  prepareRefund(
    manifest: Manifest, seed: Uint8Array, of: { grant: string; lead: Lead; right: TokenRecord; counters: Counters; now: number },
  ): { request: string; jti: string; right: string; amount: number; currency: string; counters: Counters };
  /** Checks the answer and makes the tokens. `counters` are those before the request. */
  finishRefund(manifest: Manifest, seed: Uint8Array, request: string, counters: Counters, response: string): TokenRecord[];
  GiftReading: { open(manifest: Manifest, seed: Uint8Array, fragment: string, grant: string, now: number): Promise<Reading> };
  /** Opens the answer to `prepareAnswer` with the lead, which has to be among the tokens; makes the grant again where there is one. */
  recoverAnswer(manifest: Manifest, seed: Uint8Array, tokens: Uint8Array[], response: string): Promise<RecoveredAnswer>;
}

/** What buying a gift gave; the fragment of the link is without `#`. */
export interface BoughtGift { fragment: string; jti: string; binding: string; lead: Lead; change: TokenRecord[] }

/** What a link says of itself. */
export interface GiftView {
  issuer: string; publisher: string; resource: string; version: string; ct_hash: string; length: number; media_type: string; jti: string; amount: number; currency: string;
}

/** Makes the purse's core of its bytes or of a compiled module. */
export const init = async (source: BufferSource | WebAssembly.Module): Promise<PurseCore> => {
  const { start, ...core } = glue as PurseCore & { start(input: { module_or_path: unknown }): Promise<unknown> };
  await start({ module_or_path: source });
  return core;
};
