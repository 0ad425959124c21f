/**
 * Starter reads: what a publisher gives, claimed once and spent at its articles only (spec section 7.3). They are kept apart from coins, so that
 * nothing that counts or spends money meets them. Every step is journalled before it is sent, and after silence the same bytes are sent again.
 */
import type { Counters, Lead, Pin, Price, TokenRecord } from './core.js';
import { asFailure, codeOf, failure } from './errors.js';
import { isUndecided } from './issuer.js';
import { claimStarters, starterHeads } from './issuer_calls.js';
import { keptManifest, walk } from './manifest.js';
import { mint } from './mint.js';
import type { PurseCore, Starters } from './purse/core.js';
import { type Sale, Undecided } from './redeem.js';
import type { KeptGrant, PendingDraw } from './store.js';
import { countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** A read from before its request is sent until its answer is kept. */
export interface StarterAttempt extends Omit<KeptGrant, 'grant' | 'key' | 'at'> {
  request: string; inputs: string[]; lead: Lead; counters: Counters; price: Price; part: Uint8Array;
}

/** What is kept of one publisher's starter reads at one issuer, under `starterName`. */
export interface KeptStarters {
  name: string; issuer: string; publisher: string; currency: string;
  /** `asked`: the claim was sent, the outcome is unknown. `given`: what is left to draw is `rest`. */
  state: 'asked' | 'given';
  order: string; request: string; claimCounter: number; rest: number;
  draw?: PendingDraw;
  tokens: TokenRecord[];
  attempt?: StarterAttempt;
  /** The publisher's newest list that was seen. */
  seen: Pin;
}

export const starterName = (publisher: string, issuer: string): string => `starter ${publisher} ${issuer}`;

export const worthOf = ({ rest, tokens }: KeptStarters): number => tokens.reduce((sum, { amount }) => sum + amount, rest);

/** A wallet with the purse's core: the page's knows nothing of starter tokens but how to read what they paid for. */
export type StarterWallet = Wallet & { readonly core: PurseCore };

const kept = async ({ store }: Wallet, name: string): Promise<KeptStarters | undefined> =>
  (await store.read(({ keep }) => keep.get(name)))?.value as KeptStarters | undefined;

const put = async ({ store }: Wallet, value: KeptStarters): Promise<KeptStarters> => {
  await store.write(({ keep }) => keep.put({ name: value.name, value }));
  return value;
};

/** Silence, after something was sent. */
const undecided = (thrown: unknown): never => {
  const error = asFailure(thrown);
  throw isUndecided(error.code) ? new Undecided(error) : thrown;
};

/** The publisher's verified list (R44). What the issuer's own newest list says was asked for just now. */
const listOf = async (wallet: StarterWallet, publisher: string, issuer: string, seen: Pin | undefined): Promise<Starters> => {
  const { Starters } = wallet.core;
  const manifest = (await keptManifest(wallet, issuer)) ?? (await walk(wallet, issuer, null));
  const client = issuerOf(wallet, issuer);
  const heads = await starterHeads(client, publisher, seen?.n ?? 1);
  const newest = heads.at(-1);
  return Starters.follow(manifest, publisher, seen ?? null, heads, newest ? await client.body(Starters.bodyOf(newest)) : new Uint8Array(), wallet.now());
};

/** Claims what the publisher gives. One pocket claims once: what was refused may be asked for at another visit. */
const claim = async (wallet: StarterWallet, { price, view }: Sale, list: Starters): Promise<KeptStarters> => {
  const { issuer } = price;
  const { publisher } = view;
  const name = starterName(publisher, issuer);
  const { grant, currency, seen } = list.view();
  if (currency !== price.currency || grant < price.amount) throw failure('amount_invalid', 'less than this article');
  const seed = await seedOf(wallet);
  const asked = (await kept(wallet, name)) ?? (await wallet.store.write(async ({ counters, keep }) => {
    const claimCounter = (await counters.get(['claim', issuer, '']))?.next ?? 0;
    const value: KeptStarters = { ...list.claim(seed, claimCounter), name, issuer, publisher, currency, state: 'asked', claimCounter, rest: grant, tokens: [], seen };
    await keep.put({ name, value });
    await counters.put({ kind: 'claim', issuer, keyset: '', next: claimCounter + 1 });
    return value;
  }));
  try {
    await claimStarters(issuerOf(wallet, issuer), asked.request);
  } catch (thrown) {
    if (!isUndecided(asFailure(thrown).code)) await wallet.store.write(({ keep }) => keep.delete(name));
    return undecided(thrown);
  }
  return put(wallet, { ...asked, state: 'given' });
};

const draw = async (wallet: StarterWallet, given: KeptStarters, list: Starters): Promise<KeptStarters> => {
  const { core, store, now } = wallet;
  const { issuer, order, claimCounter, rest, currency } = given;
  const seed = await seedOf(wallet);
  const manifest = list.manifest();
  const { draw: pending = await store.write(async (shelves) => {
    const counters = await countersOf(shelves, issuer);
    const { request, counters: after } = core.prepareDraw(manifest, seed, { order, claimCounter, pouch: 0, mix: '', rest, currency, counters, now: now() });
    await raiseCounters(shelves, issuer, after);
    await shelves.keep.put({ name: given.name, value: { ...given, draw: { request, counters } } });
    return { request, counters };
  }) } = given;
  const { draw: _, ...next } = given;
  let response: string;
  try {
    response = await issuerOf(wallet, issuer).draw(order, pending.request);
  } catch (thrown) {
    // Refused with a code: it is planned anew, with counters that were never used.
    if (!isUndecided(asFailure(thrown).code)) await put(wallet, next);
    return undecided(thrown);
  }
  return put(wallet, { ...next, rest: 0, tokens: await mint(core, manifest, seed, pending, response).catch(undecided) });
};

/** Journals a read with its counters. Wholly of starter tokens, because the list names no others (R45). */
const plan = async ({ core, store, now }: StarterWallet, sale: Sale, given: KeptStarters, list: Starters, seed: Uint8Array): Promise<KeptStarters> => {
  const { price, view, wrap, jws, publisherDocument, content, part, path, origin } = sale;
  const offer = core.Offer.open(jws, publisherDocument, origin, path);
  return store.write(async (shelves) => {
    const counters = await countersOf(shelves, price.issuer);
    const { counters: after, ...planned } = core.planRedemption(list.manifest(), offer, seed, { wrap, price, tokens: given.tokens, counters, now: now() });
    const attempt: StarterAttempt = {
      ...planned, issuer: price.issuer, publisher: view.publisher, resource: view.resource, offer: jws, publisherDocument, content, part, price, counters, path, origin,
      starter: true,
    };
    const value = { ...given, attempt };
    await shelves.keep.put({ name: given.name, value });
    await raiseCounters(shelves, price.issuer, after);
    return value;
  });
};

/** Sends a journalled read and keeps grant, text and change in one transaction. A refused one is forgotten, with the tokens it was refused for. */
const send = async (wallet: StarterWallet, begun: KeptStarters, list: Starters): Promise<KeptStarters> => {
  const { core, store, now } = wallet;
  const { attempt, ...given } = begun;
  const { request, inputs, counters, part, ...about } = attempt!;
  let response: string;
  try {
    response = await issuerOf(wallet, given.issuer).redeem(request);
  } catch (thrown) {
    const { code, members } = asFailure(thrown);
    if (!isUndecided(code)) {
      const named = new Set(inputs.filter((_, place) => [members.spent, members.index].flat().includes(place)));
      await put(wallet, { ...given, tokens: given.tokens.filter(({ nullifier }) => !named.has(nullifier)) });
    }
    return undecided(thrown);
  }
  const at = now();
  const { grant, key, change } = await core.finishRedemption(
    list.manifest(), await seedOf(wallet), { offer: about.offer, publisherDocument: about.publisherDocument, request, counters, now: at }, response,
  ).catch((thrown: unknown) => {
    throw new Undecided(asFailure(thrown));
  });
  const value = { ...given, tokens: [...given.tokens.filter(({ nullifier }) => !inputs.includes(nullifier)), ...change] };
  await store.write(async ({ keep, grants, texts }) => {
    await keep.put({ name: value.name, value });
    await grants.put({ ...about, grant, key, at });
    await texts.put({ binding: about.binding, part });
  });
  return value;
};

/**
 * Buys this article with starter tokens alone, and gives what is left of them: finishes what was begun, claims if nothing was claimed, draws, spends.
 * To be called alone (wallet.ts). Throws `Undecided` after silence; then calling again sends the same bytes.
 */
export const readWithStarters = async (wallet: StarterWallet, sale: Sale, reading: () => void): Promise<number> => {
  const { price, view, content } = sale;
  const { issuer } = price;
  const name = starterName(view.publisher, issuer);
  let now = await kept(wallet, name);
  let list = await listOf(wallet, view.publisher, issuer, now?.seen);
  const seed = await seedOf(wallet);
  const isOwned = async () => (await wallet.store.read(({ grants }) => grants.all()))
    .some((one) => one.publisher === view.publisher && one.resource === view.resource && one.content === content);
  for (let refused = 0; ; refused++) {
    try {
      if (!now || now.state === 'asked') now = await claim(wallet, sale, list);
      if (now.seen.n < list.view().seen.n) now = await put(wallet, { ...now, seen: list.view().seen });
      if (now.rest) now = await draw(wallet, now, list);
      if (now.attempt) now = await send(wallet, now, list);
      // Another tab, or what was begun, may have been this very article.
      if (await isOwned()) return worthOf(now);
      reading();
      now = await send(wallet, await plan(wallet, sale, now, list, seed), list);
      return worthOf(now);
    } catch (thrown) {
      if (thrown instanceof Undecided || refused > 3 || !/^(token_spent|token_invalid|element_reused|keyset_not_mintable)$/.test(codeOf(thrown) ?? '')) throw thrown;
      now = await kept(wallet, name);
      list = await listOf(wallet, view.publisher, issuer, now?.seen);
    }
  }
};
