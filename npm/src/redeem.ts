/** Buying: pick → journal → send → check → keep. After silence the same bytes again; after a refusal a new plan (spec R28). */
import type { Manifest, Offer, OfferView, Price } from './core.js';
import { asFailure, codeOf, failure, FarthingError } from './errors.js';
import { isUndecided } from './issuer.js';
import { keptManifest, walk } from './manifest.js';
import type { Attempt, KeptGrant, KeptToken, Shelves } from './store.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** What a verified page sells and what it takes to buy it. */
export interface Sale {
  offer: Offer; view: OfferView; jws: string; publisherDocument: Uint8Array; part: Uint8Array;
  /** ct_hash of the part. */
  content: string;
  wrap: Uint8Array; price: Price; origin: string; path: string;
}

/** The tokens that can be spent now, older ones first. Those of an attempt without outcome are held. */
export const spendable = async ({ tokens, attempts }: Shelves, issuer?: string, currency?: string): Promise<KeptToken[]> => {
  const held = new Set((await attempts.all()).filter(({ state }) => state === 'sent').flatMap(({ inputs }) => inputs));
  return (await tokens.all())
    .filter((token) => !token.bad && !held.has(token.nullifier))
    .filter((token) => (!issuer || token.issuer === issuer) && (!currency || token.currency === currency))
    .sort((a, b) => a.at - b.at || a.counter - b.counter);
};

const boughtHere = <T extends { publisher: string; resource: string }>(kept: T[], { publisher, resource }: OfferView): T[] =>
  kept.filter((one) => one.publisher === publisher && one.resource === resource);

/** The newest purchase of this page, if there is one. */
export const ownedGrant = (wallet: Wallet, page: OfferView): Promise<KeptGrant | undefined> =>
  wallet.store.read(async ({ grants }) => boughtHere(await grants.all(), page).sort((a, b) => b.at - a.at)[0]);

/** Plans a purchase and journals it with its counters before anything is sent. */
const plan = async (wallet: Wallet, sale: Sale, manifest: Manifest): Promise<Attempt> => {
  const { core, store } = wallet;
  const { price, view } = sale;
  const seed = await seedOf(wallet);
  const now = wallet.now();
  const { tokens, counters } = await store.read(async (shelves) => ({
    tokens: await spendable(shelves, price.issuer, price.currency),
    counters: await countersOf(shelves, price.issuer),
  }));
  const { counters: after, ...planned } = core.planRedemption(manifest, sale.offer, seed, { wrap: sale.wrap, price, tokens, counters, now });
  const attempt: Attempt = {
    ...planned, issuer: price.issuer, publisher: view.publisher, resource: view.resource, state: 'sent', at: now, offer: sale.jws,
    publisherDocument: sale.publisherDocument, content: sale.content, price, counters, path: sale.path, origin: sale.origin, title: view.title,
  };
  await store.write(async (shelves) => {
    const free = new Set((await spendable(shelves, price.issuer, price.currency)).map(({ nullifier }) => nullifier));
    if (!attempt.inputs.every((input) => free.has(input))) throw failure('token_spent', 'another tab took these tokens');
    await shelves.attempts.put(attempt);
    await shelves.texts.put({ binding: attempt.binding, part: sale.part });
    await raiseCounters(shelves, price.issuer, after);
  });
  return attempt;
};

/** Checks an answer and keeps tokens, change and grant in one transaction. Whatever fails here leaves the attempt open. */
const finish = async (wallet: Wallet, attempt: Attempt, manifest: Manifest, response: string): Promise<KeptGrant> => {
  const { core, store } = wallet;
  const { issuer, binding, price, offer, publisherDocument, request, counters } = attempt;
  const now = wallet.now();
  const seed = await seedOf(wallet);
  const bought = core.finishRedemption(manifest, seed, { offer, publisherDocument, request, counters, now }, response);
  const { publisher, resource, origin, path, content, lead, title } = attempt;
  const kept: KeptGrant = {
    binding, issuer, publisher, resource, origin, path, offer, publisherDocument, content, grant: bought.grant, key: bought.key, lead,
    price, title, at: now,
  };
  await store.write(async (shelves) => {
    for (const input of attempt.inputs) await shelves.tokens.delete(input);
    for (const token of bought.change) await shelves.tokens.put({ ...token, issuer, currency: price.currency, at: now });
    await shelves.grants.put(kept);
    await shelves.attempts.delete(binding);
    await prune(shelves);
  });
  return kept;
};

/** A refused attempt is kept as long as one of its tokens is. */
const prune = async ({ attempts, tokens, texts }: Shelves): Promise<void> => {
  const left = new Set((await tokens.all()).map(({ nullifier }) => nullifier));
  for (const { binding, state, inputs } of await attempts.all()) {
    if (state === 'refused' && !inputs.some((input) => left.has(input))) {
      await attempts.delete(binding);
      await texts.delete(binding);
    }
  }
};

const setAside = (wallet: Wallet, nullifier: string | undefined, bad: string): Promise<unknown> =>
  wallet.store.write(async ({ tokens }) => {
    const token = nullifier && (await tokens.get(nullifier));
    if (token) await tokens.put({ ...token, bad });
  });

/** The issuer says that tokens are spent: it must know for what. The attempt of that binding is finished with its answer. */
const reclaim = async (wallet: Wallet, attempt: Attempt, manifest: Manifest, spent: readonly number[]): Promise<void> => {
  const { core, store } = wallet;
  const client = issuerOf(wallet, attempt.issuer);
  for (const place of spent) {
    const nullifier = attempt.inputs[place];
    const { token, all } = await store.read(async ({ tokens }) => ({
      token: nullifier ? await tokens.get(nullifier) : undefined,
      all: await tokens.all(),
    }));
    if (!token) continue; // Reclaimed with the one before.
    let opened;
    try {
      const response = await client.answer(core.prepareAnswer(attempt.issuer, token.token));
      opened = core.openAnswer(all.map((one) => one.token), attempt.issuer, response);
    } catch (thrown) {
      if (codeOf(thrown) !== 'answer_expired') throw thrown;
    }
    const journalled = opened && (await store.read(({ attempts }) => attempts.get(opened.binding)));
    if (journalled && opened) await finish(wallet, journalled, manifest, opened.body);
    else await setAside(wallet, nullifier, 'token_spent');
  }
};

/** After these a new plan may succeed where this one was refused. */
const replan = async (wallet: Wallet, attempt: Attempt, manifest: Manifest, refusal: FarthingError): Promise<boolean> => {
  const { code, members } = refusal;
  if (code === 'token_spent') await reclaim(wallet, attempt, manifest, members.spent ?? []);
  else if (code === 'token_invalid' && members.index !== undefined) await setAside(wallet, attempt.inputs[members.index], code);
  else if (code === 'keyset_not_mintable') await walk(wallet, attempt.issuer, null);
  else return code === 'element_reused';
  return true;
};

/** Why an attempt has no outcome: its tokens stay held, and repeating is safe. */
class Undecided extends Error {
  constructor(readonly reason: FarthingError) {
    super(reason.message);
  }
}

/** Sends a journalled attempt's bytes. */
const send = async (wallet: Wallet, attempt: Attempt, manifest: Manifest): Promise<KeptGrant> => {
  let response: string;
  try {
    response = await issuerOf(wallet, attempt.issuer).redeem(attempt.request);
  } catch (thrown) {
    const error = asFailure(thrown) as FarthingError;
    if (!isUndecided(error.code)) {
      await wallet.store.write(({ attempts }) => attempts.put({ ...attempt, state: 'refused' }));
      throw error;
    }
    throw new Undecided(error);
  }
  try {
    return await finish(wallet, attempt, manifest, response);
  } catch (thrown) {
    throw new Undecided(asFailure(thrown) as FarthingError);
  }
};

const openAttempts = (wallet: Wallet): Promise<Attempt[]> =>
  wallet.store.read(async ({ attempts }) => (await attempts.all()).filter(({ state }) => state === 'sent'));

const manifestOf = async (wallet: Wallet, issuer: string): Promise<Manifest> =>
  (await keptManifest(wallet, issuer)) ?? walk(wallet, issuer, null);

/** Buys, or finishes what was begun, one try at a time; between tries the lock is free. `ended`: a grant whose time is over. */
export const redeem = async (
  wallet: Wallet, sale: Sale, manifest: Manifest, waits: (why: FarthingError, tries: number) => void, ended?: string, tries = 5,
): Promise<KeptGrant> => {
  let current = manifest;
  for (let silent = 0, refused = 0; ; ) {
    try {
      return await alone(async () => {
        const owned = await ownedGrant(wallet, sale.view);
        if (owned && owned.content === sale.content && owned.binding !== ended) return owned;
        const begun = boughtHere(await openAttempts(wallet), sale.view)[0];
        const attempt = begun ?? (await plan(wallet, sale, current));
        try {
          return await send(wallet, attempt, current);
        } catch (thrown) {
          if (thrown instanceof Undecided || !(thrown instanceof FarthingError)) throw thrown;
          if (++refused > 4 || !(await replan(wallet, attempt, current, thrown))) throw thrown;
          throw new Replanned();
        }
      });
    } catch (thrown) {
      if (thrown instanceof Replanned) {
        current = await manifestOf(wallet, sale.price.issuer);
        continue;
      }
      if (!(thrown instanceof Undecided)) throw thrown;
      if (++silent >= tries) throw thrown.reason;
      waits(thrown.reason, silent);
      await wallet.sleep((thrown.reason.members.retryAfter ?? 2 ** (silent - 1)) * 1000);
    }
  }
};

class Replanned extends Error {}

/** Finishes what earlier visits began, for whatever page. What stays without outcome stays in the journal. */
export const recover = async (wallet: Wallet): Promise<{ finished: KeptGrant[]; open: number }> => {
  const finished: KeptGrant[] = [];
  for (const { binding } of await openAttempts(wallet)) {
    await alone(async () => {
      const attempt = await wallet.store.read(({ attempts }) => attempts.get(binding));
      if (attempt?.state !== 'sent') return; // Another tab was quicker.
      const manifest = await manifestOf(wallet, attempt.issuer);
      finished.push(await send(wallet, attempt, manifest).catch(async (thrown) => {
        if (thrown instanceof FarthingError) await replan(wallet, attempt, manifest, thrown);
        throw thrown;
      }));
    }).catch((thrown) => {
      const { code } = thrown instanceof Undecided ? thrown.reason : (asFailure(thrown) as FarthingError);
      if (code === 'storage_unavailable') throw asFailure(thrown);
    });
  }
  return { finished, open: (await openAttempts(wallet)).length };
};
