/** Buying: pick → journal → send → check → keep. After silence the same bytes again; after a refusal a new plan (spec R28). */
import { isOpen, setAside, spendable } from './coins.js';
import type { Manifest, Offer, OfferView, Price } from './core.js';
import { asFailure, failure, type FarthingError } from './errors.js';
import { isUndecided } from './issuer.js';
import { withinLimit } from './limit.js';
import { laterPart } from './load.js';
import { keptManifest, walk } from './manifest.js';
import type { Attempt, KeptGrant } from './store.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

export { isOpen, setAside, spendable } from './coins.js';

/** What a verified page sells and what it takes to buy it. */
export interface Sale {
  offer: Offer; view: OfferView; jws: string; publisherDocument: Uint8Array; part: Uint8Array;
  /** ct_hash of the part. */
  content: string;
  wrap: Uint8Array; price: Price; origin: string; path: string;
  /** Only below the reader's own limit. */
  automatic?: boolean;
}

/** Above the reader's own limit: nothing was journalled, and the reader has to be asked. */
export class AskFirst {}

const ofPage = ({ publisher, resource }: Pick<OfferView, 'publisher' | 'resource'>) => (kept: { publisher: string; resource: string }): boolean =>
  kept.publisher === publisher && kept.resource === resource;

/** The newest purchase of this page, if there is one. */
export const ownedGrant = ({ store }: Wallet, page: Pick<OfferView, 'publisher' | 'resource'>): Promise<KeptGrant | undefined> =>
  store.read(async ({ grants }) => (await grants.all()).filter(ofPage(page)).sort((a, b) => b.at - a.at)[0]);

/** Plans a purchase and journals it with its counters before anything is sent. */
const plan = async ({ core, store, now }: Wallet, sale: Sale, manifest: Manifest, seed: Uint8Array): Promise<Attempt | AskFirst> => {
  const { price, view, wrap, offer, jws, part, publisherDocument, content, path, origin, automatic } = sale;
  const { issuer, currency } = price;
  // Planning is synchronous, so that tokens, counters and journal are of one transaction.
  return store.write(async (shelves) => {
    if (automatic && !(await withinLimit(shelves, price, now()))) return new AskFirst();
    const counters = await countersOf(shelves, issuer);
    const tokens = await spendable(shelves, issuer, currency);
    const { counters: after, ...planned } = core.planRedemption(manifest, offer, seed, { wrap, price, tokens, counters, now: now() });
    const attempt: Attempt = {
      ...planned, issuer, publisher: view.publisher, resource: view.resource, state: 'sent', at: now(), offer: jws, publisherDocument, content,
      price, counters, path, origin, listed: await shelves.manifests.get(issuer), ...(automatic && { automatic }),
    };
    await shelves.attempts.put(attempt);
    await shelves.texts.put({ binding: attempt.binding, part });
    await raiseCounters(shelves, issuer, after);
    return attempt;
  });
};

/** Checks an answer and keeps tokens, change and grant in one transaction. Whatever fails here leaves the attempt open. */
export const finish = async (wallet: Wallet, attempt: Attempt, manifest: Manifest, response: string): Promise<KeptGrant> => {
  const { state, request, counters, inputs, listed, ...about } = attempt;
  const { issuer, price, offer, publisherDocument } = attempt;
  const at = wallet.now();
  const seed = await seedOf(wallet);
  const by = async (list: Manifest) => wallet.core.finishRedemption(list, seed, { offer, publisherDocument, request, counters, now: at }, response);
  // Answered before the issuer replaced its keys, and not heard: the change is of the list then.
  const { change, grant, key } = await by(manifest).catch(async (thrown: unknown) => {
    if (!listed) throw thrown;
    return by((await keptManifest(wallet, issuer, listed))!);
  });
  const kept: KeptGrant = { ...about, grant, key, at };
  await wallet.store.write(async ({ tokens, grants, attempts, texts }) => {
    for (const input of inputs) await tokens.delete(input);
    for (const token of change) await tokens.put({ ...token, issuer, currency: price.currency, at });
    await grants.put(kept);
    await attempts.delete(attempt.binding);
    // A refused attempt is kept as long as one of its tokens is.
    const left = new Set((await tokens.all()).map(({ nullifier }) => nullifier));
    for (const other of await attempts.all()) {
      if (!isOpen(other) && !other.inputs.some((input) => left.has(input))) {
        await attempts.delete(other.binding);
        await texts.delete(other.binding);
      }
    }
  });
  return kept;
};

/** Why an attempt has no outcome: its tokens stay held, and repeating is safe. */
export class Undecided {
  constructor(readonly reason: FarthingError) {}
}

/** Sends a journalled attempt's bytes. `null` if they were refused and a new plan may succeed. */
export const send = async (wallet: Wallet, attempt: Attempt, manifest: Manifest): Promise<KeptGrant | null> => {
  const { issuer, inputs } = attempt;
  let response: string;
  try {
    response = await issuerOf(wallet, issuer).redeem(attempt.request);
  } catch (thrown) {
    const error = asFailure(thrown);
    const { code, members } = error;
    if (isUndecided(code)) throw new Undecided(error);
    await wallet.store.write(({ attempts }) => attempts.put({ ...attempt, state: 'refused' }));
    const named = inputs.filter((_, place) => [members.spent, members.index].flat().includes(place));
    if (code === 'token_spent') await (await laterPart(import('./recovery.js'))).reclaim(wallet, attempt, manifest, named);
    else if (code === 'token_invalid' && named[0]) await setAside(wallet, named[0], code);
    else if (code === 'keyset_not_mintable') await walk(wallet, issuer, null);
    else if (code !== 'element_reused') throw error;
    return null;
  }
  return finish(wallet, attempt, manifest, response).catch((thrown: unknown) => {
    throw new Undecided(asFailure(thrown));
  });
};

export const openAttempts = ({ store }: Wallet): Promise<Attempt[]> => store.read(async ({ attempts }) => (await attempts.all()).filter(isOpen));

/** Buys, or finishes what was begun, one try at a time; between tries the lock is free. `ended`: a grant whose time is over. */
export const redeem = async (
  wallet: Wallet, sale: Sale, manifest: Manifest, waiting: (why: FarthingError, tries: number) => void, ended?: string,
): Promise<KeptGrant | AskFirst> => {
  const seed = await seedOf(wallet);
  for (let silent = 1, refused = 0; ; ) {
    const bought = await alone(async () => {
      const owned = await ownedGrant(wallet, sale.view);
      if (owned && owned.content === sale.content && owned.binding !== ended) return owned;
      const current = (await keptManifest(wallet, sale.price.issuer)) ?? manifest;
      const begun = (await openAttempts(wallet)).find(ofPage(sale.view));
      const attempt = begun ?? (await plan(wallet, sale, current, seed));
      return attempt instanceof AskFirst ? attempt : send(wallet, attempt, current);
    }).catch(async (thrown: unknown) => {
      if (!(thrown instanceof Undecided)) throw thrown;
      const { reason } = thrown;
      // Where there is no room for an answer, there is none in a second either.
      if (silent >= 5 || reason.code === 'storage_unavailable') throw reason;
      waiting(reason, silent);
      await wallet.sleep((reason.members.retryAfter || 2 ** (silent++ - 1)) * 1000);
      return undefined;
    });
    if (bought) return bought;
    if (bought === null && ++refused > 4) throw failure('token_spent', 'again and again');
  }
};
