/** Articles for somebody else (spec section 13): bought, given by a link, claimed, taken back. Every step is journalled before it is sent. */
import { spendable } from './coins.js';
import type { Counters, Lead } from './core.js';
import { asFailure, type Code, failure } from './errors.js';
import { isUndecided, type request } from './issuer.js';
import { directory, rebind, revocations } from './issuer_calls.js';
import { readStrict } from './json.js';
import { laterPart } from './load.js';
import type { Listed } from './manifest.js';
import type { GiftView } from './purse/core.js';
import { current, type Holder, newest } from './purse/wallet.js';
import { textAlone } from './read.js';
import type { Sale } from './redeem.js';
import type { KeptToken } from './store.js';
import { listedNow, manifestOf } from './swap.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** A gift from before it is paid until its link is kept. Its tokens are `leaving`. */
interface Giving {
  issuer: string; currency: string; amount: number; publisher: string; resource: string; title: string; path: string; origin: string; at: number;
  request: string; binding: string; inputs: string[]; lead: Lead; counters: Counters; listed: Listed; offer: string; publisherDocument: Uint8Array;
}

/** A gift that was bought here. `link` is the whole address; whoever has it can claim. */
export interface Gift {
  jti: string; fragment: string; link: string; issuer: string; currency: string; amount: number; publisher: string; resource: string; title: string; lead: Lead; at: number;
  /** Claimed by somebody, or taken back by its giver; both are for good. */
  state: 'open' | 'claimed' | 'back';
}

/** A gift that somebody gave to this pocket: from before it is claimed; it is owned once there is a grant. */
export interface Claimed extends GiftView { fragment: string; request: string; at: number; grant?: string }

const giving = 'giving ';
const given = 'gift ';
/** By page, so that a glance finds it. */
export const claimedName = (publisher: string, resource: string): string => `claimed ${publisher}${resource}`;

const allOf = <T>({ store }: Wallet, prefix: string): Promise<T[]> =>
  store.read(async ({ keep }) => (await keep.all()).filter(({ name }) => name.startsWith(prefix)).map(({ value }) => value as T));

/** Whether the issuer deals in gifts, which is not everywhere allowed. */
export const sellsGifts = async (wallet: Wallet, issuer: string): Promise<boolean> => {
  const { kinds } = JSON.parse(await directory(issuerOf(wallet, issuer))) as { kinds?: unknown };
  return Array.isArray(kinds) && kinds.includes('gift');
};

/** Newest first. */
export const gifts = async (wallet: Wallet): Promise<Gift[]> => (await allOf<Gift>(wallet, given)).sort((a, b) => b.at - a.at);

/**
 * Buys one more of this article for somebody else.
 *
 * @throws FarthingError of fault `network`: no outcome; `finishGiving` asks again with the same bytes.
 */
export const give = async (holder: Holder, sale: Sale): Promise<Gift> => {
  const { core, store, now } = holder;
  const { price, wrap, view, jws, publisherDocument, origin, path } = sale;
  const { issuer, currency, amount } = price;
  const seed = await seedOf(holder);
  const manifest = await newest(holder);
  const offer = core.Offer.open(jws, publisherDocument, origin, path);
  offer.checkTime(now());
  return alone(async () => {
    const kept = await store.write(async (shelves) => {
      const counters = await countersOf(shelves, issuer);
      const tokens = await spendable(shelves, issuer, currency);
      const { counters: after, ...planned } = core.planGift(manifest, offer, seed, { wrap, price, tokens, counters, now: now() });
      const value: Giving = {
        ...planned, issuer, currency, amount, publisher: view.publisher, resource: view.resource, title: view.title, path, origin, at: now(), counters,
        listed: await listedNow(shelves, issuer), offer: jws, publisherDocument,
      };
      await shelves.keep.put({ name: giving + value.binding, value });
      for (const input of planned.inputs) await shelves.tokens.put({ ...(await shelves.tokens.get(input))!, bad: 'leaving' });
      await raiseCounters(shelves, issuer, after);
      return value;
    });
    return send(holder, kept);
  });
};

const send = async (holder: Holder, kept: Giving): Promise<Gift> => {
  const { core, store, now } = holder;
  const { issuer, currency, inputs, binding, request, counters, offer, publisherDocument } = kept;
  let response: string;
  try {
    response = await issuerOf(holder, issuer).redeem(request);
  } catch (thrown) {
    const { code, members } = asFailure(thrown);
    if (isUndecided(code)) throw thrown;
    const named = inputs.filter((_, place) => [members.spent, members.index].flat().includes(place));
    await store.write(async ({ keep, tokens }) => {
      await keep.delete(giving + binding);
      for (const input of inputs) {
        const { bad: _, ...token } = (await tokens.get(input))!;
        await tokens.put(named.includes(input) ? { ...token, bad: code } : (token as KeptToken));
      }
    });
    throw thrown;
  }
  const manifest = await manifestOf(holder, issuer, kept.listed);
  const { fragment, jti, lead, change } = await core.finishGift(manifest, await seedOf(holder), { offer, publisherDocument, request, counters, now: now() }, response);
  const gift: Gift = {
    jti, fragment, link: `${kept.origin}${kept.path}#${fragment}`, issuer, currency, amount: kept.amount, publisher: kept.publisher, resource: kept.resource,
    title: kept.title, lead, at: now(), state: 'open',
  };
  await store.write(async ({ keep, tokens }) => {
    for (const input of inputs) await tokens.delete(input);
    for (const token of change) await tokens.put({ ...token, issuer, currency, at: now() });
    await keep.put({ name: given + jti, value: gift });
    await keep.delete(giving + binding);
  });
  return gift;
};

/** The issuers of gifts that were paid for and have no link yet. */
export const openGivings = async (wallet: Wallet): Promise<string[]> => [...new Set((await allOf<Giving>(wallet, giving)).map(({ issuer }) => issuer))];

/** Asks again about gifts without outcome, with the same bytes. */
export const finishGiving = async (holder: Holder): Promise<Gift[]> => {
  const made: Gift[] = [];
  for (const { binding, issuer } of await allOf<Giving>(holder, giving)) {
    if (issuer !== holder.issuer) continue;
    await alone(async () => {
      const kept = (await allOf<Giving>(holder, giving)).find((one) => one.binding === binding);
      if (kept) made.push(await send(holder, kept));
    });
  }
  return made;
};

const setState = async ({ store }: Wallet, gift: Gift, state: Gift['state']): Promise<Gift> => {
  const value = { ...gift, state };
  await store.write(({ keep }) => keep.put({ name: given + gift.jti, value }));
  return value;
};

/** What became of the open ones: the issuer's list of what was given up is read whole, so that no question names a gift (R53). */
export const lookAfter = async (holder: Holder): Promise<void> => {
  const open = (await gifts(holder)).filter(({ state, issuer }) => state === 'open' && issuer === holder.issuer);
  if (!open.length) return;
  const manifest = await newest(holder);
  const gone = new Set<string>();
  for (let after: string | undefined, pages = 0; pages < 200; pages++) {
    const { jtis, next } = holder.core.revokedOf(manifest, after, await revocations(issuerOf(holder, holder.issuer), after ? `?after=${after}` : ''));
    for (const jti of jtis) gone.add(jti);
    if (!next) break;
    after = next;
  }
  for (const gift of open) if (gone.has(gift.jti)) await setState(holder, gift, 'claimed');
};

const answered = async (holder: Holder, fragment: string, text: string): Promise<string> => {
  const response = await rebind(issuerOf(holder, holder.issuer), text);
  readStrict(response, { grant: 'string' }, 'answer_invalid');
  return holder.core.finishRebind(await newest(holder), fragment, text, response);
};

/** Takes a gift back that nobody has claimed; the giver owns the article then. `claimed`: somebody was faster. */
export const takeBack = async (holder: Holder, gift: Gift): Promise<Gift['state']> => {
  const text = holder.core.takeGiftBack(await seedOf(holder), gift.fragment, gift.lead);
  return alone(async () => {
    try {
      const grant = await answered(holder, gift.fragment, text);
      await keepClaimed(holder, { ...holder.core.readGift(gift.fragment), fragment: gift.fragment, request: text, at: holder.now(), grant });
      return (await setState(holder, gift, 'back')).state;
    } catch (thrown) {
      if (asFailure(thrown).code !== 'grant_rebound') throw thrown;
      return (await setState(holder, gift, 'claimed')).state;
    }
  });
};

const keepClaimed = ({ store }: Wallet, value: Claimed): Promise<unknown> => store.write(({ keep }) => keep.put({ name: claimedName(value.publisher, value.resource), value }));

/** What came of a claim; nothing was sent but for a press. `gone`: claimed by somebody else, or taken back. */
export type ClaimEnd = { kind: 'claimed'; claimed: Claimed } | { kind: 'gone' | 'over' | 'invalid'; code: Code };

const ends: Partial<Record<Code, 'gone' | 'over' | 'invalid'>> = { grant_rebound: 'gone', grant_expired: 'over', grant_invalid: 'invalid', grant_signature: 'invalid' };

/**
 * Claims a gift, or asks again about the claim that was begun. To be called at a press.
 *
 * @throws FarthingError of fault `network`: no outcome; the same call sends the same bytes.
 */
export const claim = async (holder: Holder, fragment: string): Promise<ClaimEnd> => {
  const { core, store, now } = holder;
  const view = core.readGift(fragment);
  if (view.issuer !== holder.issuer) throw failure('grant_invalid', 'another issuer');
  const text = core.claimGift(await seedOf(holder), fragment);
  const name = claimedName(view.publisher, view.resource);
  return alone(async (): Promise<ClaimEnd> => {
    const before = (await store.read(({ keep }) => keep.get(name)))?.value as Claimed | undefined;
    if (before?.grant && before.jti === view.jti) return { kind: 'claimed', claimed: before };
    const begun: Claimed = { ...view, fragment, request: text, at: now() };
    if (!before?.grant) await keepClaimed(holder, begun);
    try {
      const claimed = { ...begun, grant: await answered(holder, fragment, text) };
      await keepClaimed(holder, claimed);
      return { kind: 'claimed', claimed };
    } catch (thrown) {
      const { code } = asFailure(thrown);
      const kind = ends[code];
      if (!kind) throw thrown;
      if (!before) await store.write(({ keep }) => keep.delete(name));
      return { kind, code };
    }
  });
};

/** The claimed gift of this page, if there is one. */
export const claimedOf = async ({ store }: Wallet, publisher: string, resource: string): Promise<Claimed | undefined> =>
  (await store.read(({ keep }) => keep.get(claimedName(publisher, resource))))?.value as Claimed | undefined;

/** Its text, verified anew; `inPage` is the part in the page, used if it is the version that was given. Without network once it was read. */
export const readClaimed = async (
  holder: Holder, { fragment, grant, jti, ct_hash, publisher, length, media_type }: Claimed, inPage: { content: string; part: Uint8Array } | null, get: typeof request,
) => {
  const { core, store, now } = holder;
  const reading = await core.GiftReading.open(await current(holder), await seedOf(holder), fragment, grant!, now());
  const binding = `gift ${jti}`;
  let part = (await store.read(({ texts }) => texts.get(binding)))?.part;
  if (!part) {
    const found = inPage?.content === ct_hash ? inPage.part : await (await laterPart(import('./files.js'))).partAt(get, holder.fetch, `${publisher}/farthing/parts/${ct_hash}`, { length });
    await store.write(({ texts }) => texts.put({ binding, part: found }));
    part = found;
  }
  const plain = await reading.decrypt(part);
  const text = media_type === textAlone ? { html: new TextDecoder().decode(plain), release() {} } : (await laterPart(import('./files.js'))).withAddresses(binding, plain);
  return { ...text, grant: reading.grant() };
};
