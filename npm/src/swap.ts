/** Swaps: coins for others of the same worth, journalled before they are sent (spec section 9, R28, R38). For the purse, and for a pocket that returns or renews. */
import { asFailure, type Code } from './errors.js';
import { isUndecided } from './issuer.js';
import { swap as post } from './issuer_calls.js';
import { type Listed, walk } from './manifest.js';
import type { Counters, Lead } from './core.js';
import type { Evaluation, Keyset, Output, PurseCore, PurseManifest } from './purse/core.js';
import { setAside, spendable } from './coins.js';
import type { KeptToken, Shelves } from './store.js';
import { countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** A wallet with the purse's core. */
export interface PurseWallet extends Wallet { readonly core: PurseCore }

/** Most tokens of one swap (R23). */
export const mostInputs = 64;

/** A swap from before its request is sent until its answer is kept. Its tokens are `leaving`: neither counted nor spent. */
export interface KeptSwap {
  issuer: string; currency: string; at: number;
  request: string; binding: string; inputs: string[]; lead: Lead;
  /** Before the request. */
  counters: Counters;
  /** What each group is worth, in micro. */
  groups: number[];
  /** One's own group. */
  own: number | null;
  /** The list it was planned with. */
  listed: Listed;
  /** Why it was made: for whoever finishes it after a reload. */
  purpose: string;
}

const prefix = 'swap ';
const nameOf = ({ binding }: Pick<KeptSwap, 'binding'>): string => prefix + binding;

/** The swaps without outcome. */
export const openSwaps = ({ store }: Wallet): Promise<KeptSwap[]> =>
  store.read(async ({ keep }) => (await keep.all()).filter(({ name }) => name.startsWith(prefix)).map(({ value }) => value as KeptSwap));

export interface SwapWish {
  currency: string; purpose: string;
  /** Which of the tokens that can be spent, older ones first. Throws if there are too few; none is no swap. */
  choose(tokens: KeptToken[]): KeptToken[];
  /** Elements that others made. */
  given?: Output[][];
  /** Keysets that the manifest lists no longer. */
  keysets?: Keyset[];
  /** Written in the same transaction. */
  also?(shelves: Shelves, kept: KeptSwap): Promise<unknown>;
}

/** The list in force, as it is kept. */
export const listedNow = async ({ manifests }: Shelves, issuer: string): Promise<Listed> => {
  const { trust, head, bodyHash } = (await manifests.get(issuer))!;
  return { trust, head, bodyHash };
};

/** That list again, whichever is in force now. */
export const manifestOf = async (wallet: PurseWallet, issuer: string, { trust, head, bodyHash }: Listed): Promise<PurseManifest> => {
  const kept = await wallet.store.read(({ manifests }) => manifests.get(issuer));
  const body = kept?.bodyHash === bodyHash ? kept.body : await issuerOf(wallet, issuer).body(bodyHash);
  return wallet.core.Manifest.follow(issuer, trust, null, [head], body, wallet.now());
};

/** Journals a swap, with its counters, in one transaction. `null` if nothing was chosen. To be called while `alone`. */
export const beginSwap = async (wallet: PurseWallet, manifest: PurseManifest, wish: SwapWish): Promise<KeptSwap | null> => {
  const { core, store, now } = wallet;
  const { currency, purpose, given, keysets } = wish;
  const issuer = manifest.view().iss;
  const seed = await seedOf(wallet);
  return store.write(async (shelves) => {
    const chosen = wish.choose(await spendable(shelves, issuer, currency));
    if (!chosen.length) return null;
    const counters = await countersOf(shelves, issuer);
    const { counters: after, ...planned } = core.planSwap(manifest, seed, {
      currency, tokens: chosen.map(({ keyset, amount, counter, token, evidence, nullifier }) => ({ keyset, amount, counter, token, evidence, nullifier })),
      ...(given && { given }), ...(keysets && { keysets }), counters, now: now(),
    });
    const kept: KeptSwap = { ...planned, issuer, currency, at: now(), counters, purpose, listed: await listedNow(shelves, issuer) };
    await shelves.keep.put({ name: nameOf(kept), value: kept });
    for (const token of chosen) await shelves.tokens.put({ ...token, bad: 'leaving' });
    await raiseCounters(shelves, issuer, after);
    await wish.also?.(shelves, kept);
    return kept;
  });
};

/** How a swap ended: with the evaluations of the first group, or refused, its tokens free again. */
export type SwapEnd = { kind: 'swapped'; response: string } | { kind: 'refused'; code: Code };

/**
 * Sends a journalled swap's bytes, the same each time, and keeps what came. To be called while `alone`.
 *
 * @throws FarthingError of fault `network`: no outcome; the swap stays in the journal. Any other: the answer does not hold; it stays, too.
 */
export const sendSwap = async (
  wallet: PurseWallet, kept: KeptSwap, also?: (shelves: Shelves, end: SwapEnd) => Promise<unknown>,
  /** Looks at an answer of which every proof holds, before it is kept. */
  before?: (response: string) => Promise<unknown>,
): Promise<SwapEnd> => {
  const { core, store, now } = wallet;
  const { issuer, currency, request, inputs, own, counters } = kept;
  let response: string;
  try {
    response = await post(issuerOf(wallet, issuer), request);
  } catch (thrown) {
    const { code, members } = asFailure(thrown);
    if (isUndecided(code)) throw thrown;
    const end: SwapEnd = { kind: 'refused', code };
    await store.write(async (shelves) => {
      await shelves.keep.delete(nameOf(kept));
      for (const input of inputs) {
        const { bad, ...token } = (await shelves.tokens.get(input)) ?? {};
        if (bad === 'leaving') await shelves.tokens.put(token as KeptToken);
      }
      await also?.(shelves, end);
    });
    const named = inputs.filter((_, place) => [members.spent, members.index].flat().includes(place));
    if (code === 'token_spent' || code === 'token_invalid' || code === 'keyset_expired') for (const one of named) await setAside(wallet, one, code);
    if (code === 'keyset_not_mintable') await walk(wallet, issuer, null);
    return end;
  }
  const manifest = await manifestOf(wallet, issuer, kept.listed);
  // Every proof over what others made is looked at before they get it, and over one's own before it counts as money.
  for (let group = 0; group < kept.groups.length; group++) if (group !== own) core.swapGroup(manifest, request, group, response);
  const change = own === null ? [] : core.finishSwap(manifest, await seedOf(wallet), request, own, counters, response);
  await before?.(response);
  const end: SwapEnd = { kind: 'swapped', response };
  await store.write(async (shelves) => {
    for (const input of inputs) await shelves.tokens.delete(input);
    for (const token of change) await shelves.tokens.put({ ...token, issuer, currency, at: now() });
    await shelves.keep.delete(nameOf(kept));
    await also?.(shelves, end);
  });
  return end;
};

/** What the issuer made of the elements of one group. */
export const groupOf = async (wallet: PurseWallet, { issuer, listed, request }: KeptSwap, group: number, response: string): Promise<Evaluation[]> =>
  wallet.core.swapGroup(await manifestOf(wallet, issuer, listed), request, group, response);

/** Tokens that can be spent, few and older ones first, worth at least `amount`. */
export const chosen = (core: PurseCore, tokens: KeptToken[], amount: number): KeptToken[] =>
  core.chooseTokens(tokens.map((token) => token.amount), amount).map((place) => tokens[place]!);
