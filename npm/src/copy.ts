/** A copy of the pocket in a file, under a passphrase, and taking one in. Loaded when the reader asks for it. */
import type { Core, Counters } from './core.js';
import type { Attempt, KeptCounter, KeptGrant, KeptOrder, KeptToken, Shelves, Stores } from './store.js';
import type { Wallet } from './wallet.js';

type Bytes = Uint8Array<ArrayBuffer>;

const iterations = 600_000;
/** Bytes of a file: a hundred articles with their texts. */
const longest = 64 << 20;

const toBase64 = (bytes: Uint8Array): string => {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
};
const fromBase64 = (text: string): Bytes => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

const sha256 = async (bytes: Bytes): Promise<string> => toBase64(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));

const keyOf = async (passphrase: string, salt: Bytes, rounds: number): Promise<CryptoKey> => {
  const typed = await crypto.subtle.importKey('raw', new TextEncoder().encode(passphrase.normalize('NFKC')), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds }, typed, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
};

/** Bytes inside of JSON. */
const coded = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? { bytes: toBase64(value) } : value);
const decoded = (_: string, value: unknown): unknown => {
  const bytes = (value as { bytes?: unknown } | null)?.bytes;
  return typeof bytes === 'string' ? fromBase64(bytes) : value;
};

const names = ['keep', 'manifests', 'counters', 'tokens', 'attempts', 'orders', 'grants', 'texts'] as const;
/** What a file is a copy of. */
type Kind = 'pocket' | 'purse';

type All = { [N in (typeof names)[number]]: Stores[N][] };

/**
 * Everything in the pocket, sealed: AES-256-GCM under PBKDF2-SHA-256 of the passphrase. The coins stay here as well; whoever spends one
 * first has spent it. `origin` is the site's.
 */
export const exportPocket = async ({ store }: Pick<Wallet, 'store'>, passphrase: string, origin: string, rounds = iterations, kind: Kind = 'pocket'): Promise<string> => {
  const all = await store.read(async (shelves) => Object.fromEntries(await Promise.all(names.map(async (name) => [name, await shelves[name].all()]))) as unknown as All);
  const [salt, iv] = [16, 12].map((length) => crypto.getRandomValues(new Uint8Array(length))) as [Bytes, Bytes];
  const plain = new TextEncoder().encode(JSON.stringify({ origin, ...all }, coded));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyOf(passphrase, salt, rounds), plain));
  return JSON.stringify({
    farthing: kind, v: 1, kdf: 'PBKDF2-SHA-256', iterations: rounds, salt: toBase64(salt), iv: toBase64(iv), sum: await sha256(sealed), sealed: toBase64(sealed),
  });
};

/** What came of a copy: nothing changed but with `taken`. `left`: purchases and loads without outcome that stay with the other pocket. */
export type Imported =
  | { kind: 'taken'; tokens: KeptToken[]; grants: number; left: number }
  | { kind: 'damaged' | 'passphrase' | 'other_site' };

const opened = async (text: string, passphrase: string, kind: Kind): Promise<(All & { origin: string }) | 'damaged' | 'passphrase'> => {
  let file: Record<'salt' | 'iv' | 'sealed', Bytes> & { rounds: number };
  try {
    if (text.length > longest) return 'damaged';
    const { farthing, v, kdf, iterations: rounds, sum, ...parts } = JSON.parse(text) as Record<string, string | number>;
    const [salt, iv, sealed] = [parts.salt, parts.iv, parts.sealed].map((part) => fromBase64(String(part))) as [Bytes, Bytes, Bytes];
    const whole = farthing === kind && v === 1 && kdf === 'PBKDF2-SHA-256' && Number.isSafeInteger(rounds) && Number(rounds) > 0 && Number(rounds) <= 10_000_000;
    if (!whole || salt.length !== 16 || iv.length !== 12 || sum !== (await sha256(sealed))) return 'damaged';
    file = { salt, iv, sealed, rounds: Number(rounds) };
  } catch {
    return 'damaged';
  }
  try {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: file.iv }, await keyOf(passphrase, file.salt, file.rounds), file.sealed);
    return JSON.parse(new TextDecoder().decode(plain), decoded) as All & { origin: string };
  } catch {
    // Its sum is right: only the key can be another.
    return 'passphrase';
  }
};

const nextOf = (counters: KeptCounter[]): Counters =>
  Object.fromEntries(counters.filter(({ kind }) => kind === 'token').map(({ issuer, keyset, next }) => [`${issuer} ${keyset}`, next]));

const unfinished = ({ attempts, orders, keep }: { attempts: Attempt[]; orders: KeptOrder[]; keep: Stores['keep'][] }): number =>
  attempts.filter(({ state }) => state === 'sent').length + orders.filter(({ state }) => state !== 'drawn' && state !== 'over').length
  + keep.filter(({ name }) => /^(fill|leave|undo) /.test(name)).length;

/** What this pocket has seen of a seed: the next counter of each keyset. A token below that was here, and may be spent since. */
const seenOf = async ({ keep, counters }: Shelves, own: boolean, seed: string): Promise<Counters> =>
  own ? nextOf(await counters.all()) : (((await keep.get(`seen ${seed}`))?.value ?? {}) as Counters);

/** Every proof of the copy's tokens, against the manifests that come with it. */
const check = (core: Core, { tokens, manifests, keep }: All, seed: Uint8Array, now: number): void => {
  for (const { issuer, trust, head, body } of manifests) {
    const manifest = core.Manifest.follow(issuer, trust, null, [head], body, now);
    for (const token of tokens.filter((one) => one.issuer === issuer)) {
      core.checkToken(manifest, token.of ? (keep.find(({ name }) => name === token.of)!.value as Uint8Array) : seed, token);
    }
  }
};

/**
 * Takes a copy in, in one transaction. An empty pocket becomes the one that was copied, with what that had begun. Any other gets the
 * coins and articles that were never here: a coin that was, spent or not, does not come a second time.
 */
export const importPocket = async (wallet: Wallet, text: string, passphrase: string, origin: string, kind: Kind = 'pocket'): Promise<Imported> => {
  const copy = await opened(text, passphrase, kind);
  if (typeof copy === 'string') return { kind: copy };
  if (copy.origin !== origin) return { kind: 'other_site' };
  const theirs = copy.keep.find(({ name }) => name === 'seed')?.value as Bytes | undefined;
  if (!theirs) return { kind: 'damaged' };
  try {
    check(wallet.core, copy, theirs, wallet.now());
  } catch {
    return { kind: 'damaged' };
  }
  const hash = await sha256(theirs);
  const own = (await wallet.store.read(({ keep }) => keep.get('seed')))?.value as Bytes | undefined;
  const ownHash = own && (await sha256(own));
  return wallet.store.write(async (shelves): Promise<Imported> => {
    const [tokens, attempts, orders, grants, keep] = await Promise.all([shelves.tokens.all(), shelves.attempts.all(), shelves.orders.all(), shelves.grants.all(), shelves.keep.all()]);
    const same = hash === ownHash;
    const seen = await seenOf(shelves, same, hash);
    const move = !same && !(tokens.length + grants.length + unfinished({ attempts, orders, keep })) && !Object.keys(seen).length;
    const here = new Set(tokens.map(({ nullifier }) => nullifier));
    const held = move ? new Set<string>() : new Set(copy.attempts.filter(({ state }) => state === 'sent').flatMap(({ inputs }) => inputs));
    const fresh = copy.tokens.filter((token) =>
      !here.has(token.nullifier) && !held.has(token.nullifier) && (move || (!token.of && !token.bad && token.counter >= (seen[`${token.issuer} ${token.keyset}`] ?? 0))));
    const articles = copy.grants.filter(({ binding }) => !grants.some((one) => one.binding === binding));
    const of = same || move ? {} : { of: `seed ${hash}` };
    for (const token of fresh) await shelves.tokens.put({ ...token, ...of });
    for (const grant of articles) await shelves.grants.put({ ...grant, ...(grant.of ? {} : of) } as KeptGrant);
    for (const kept of copy.texts.filter(({ binding }) => move || articles.some((one) => one.binding === binding))) await shelves.texts.put(kept);
    // What was seen here goes before what a file says was seen.
    for (const kept of copy.manifests) if (!(await shelves.manifests.get(kept.issuer))) await shelves.manifests.put(kept);
    for (const kept of copy.keep.filter(({ name }) => /^se(ed|en) /.test(name))) if (!keep.some(({ name }) => name === kept.name)) await shelves.keep.put(kept);
    if (move) {
      if (own) {
        // What was here of the seed before must be known, should a copy of that pocket come.
        await shelves.keep.put({ name: `seed ${ownHash}`, value: own });
        await shelves.keep.put({ name: `seen ${ownHash}`, value: nextOf(await shelves.counters.all()) });
        for (const { kind, issuer, keyset } of await shelves.counters.all()) await shelves.counters.delete([kind, issuer, keyset]);
      }
      for (const kept of copy.keep.filter(({ name }) => !keep.some((one) => one.name === name) || /^(seed|phrase|written)$/.test(name))) await shelves.keep.put(kept);
      for (const kept of copy.counters) await shelves.counters.put(kept);
      for (const kept of copy.attempts) await shelves.attempts.put(kept);
      for (const kept of copy.orders) await shelves.orders.put(kept);
    } else if (same) {
      for (const kept of copy.counters) {
        const known = await shelves.counters.get([kept.kind, kept.issuer, kept.keyset]);
        if (!known || known.next < kept.next) await shelves.counters.put(kept);
      }
    } else {
      const theirNext = nextOf(copy.counters);
      const value = Object.fromEntries([...new Set([...Object.keys(seen), ...Object.keys(theirNext)])].map((keyset) => [keyset, Math.max(seen[keyset] ?? 0, theirNext[keyset] ?? 0)]));
      await shelves.keep.put({ name: `seed ${hash}`, value: theirs });
      await shelves.keep.put({ name: `seen ${hash}`, value });
    }
    return { kind: 'taken', tokens: fresh.filter(({ bad }) => !bad), grants: articles.length, left: move ? 0 : unfinished(copy) };
  });
};
