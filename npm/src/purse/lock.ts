/** A passkey in front of the purse: phrase and seeds lie encrypted at rest, under a key that only the passkey gives (WebAuthn, extension `prf`). */
import { failure } from '../errors.js';
import type { Shelf, Shelves, Store, Stores } from '../store.js';
import { alone } from '../wallet.js';
import type { Purse } from './wallet.js';

type Bytes = Uint8Array<ArrayBuffer>;
type Kept = Stores['keep'];

/** What the platform can do; `null` where it or the passkey cannot. The results are 32 bytes that the same passkey gives again for the same salt. */
export interface Passkeys {
  create(salt: Bytes): Promise<{ id: Bytes; secret: Bytes } | null>;
  get(id: Bytes, salt: Bytes): Promise<Bytes | null>;
}

interface Lock { id: Bytes; salt: Bytes; iv: Bytes; sealed: Bytes }

const isSecret = (name: string): boolean => /^(seed|phrase)( |$)/.test(name);

/** The secrets of an unlocked purse, in memory for as long as the page is open; `null` where none are locked. */
export interface Veil { secrets: Map<string, unknown> | null }

/** The store as before, with the secrets of an unlocked purse in their places. */
export const veiled = (store: Store, veil: Veil): Store => {
  const keepOf = (keep: Shelf<Kept>): Shelf<Kept> => {
    const { secrets } = veil;
    if (!secrets) return keep;
    return {
      get: async (name) => (isSecret(String(name)) ? (secrets.has(String(name)) ? { name: String(name), value: secrets.get(String(name)) } : undefined) : keep.get(name)),
      all: async () => [...(await keep.all()).filter(({ name }) => name !== 'lock'), ...[...secrets].map(([name, value]) => ({ name, value }))],
      // Sealing takes longer than a transaction lasts.
      put: async (value) => (isSecret(value.name) ? Promise.reject(failure('storage_unavailable', 'the purse is locked')) : keep.put(value)),
      delete: (name) => keep.delete(name),
    };
  };
  const over = (shelves: Shelves): Shelves => ({ ...shelves, keep: keepOf(shelves.keep) });
  return Object.assign(Object.create(store) as Store, {
    read: <T>(work: (shelves: Shelves) => Promise<T>) => store.read((shelves) => work(over(shelves))),
    write: <T>(work: (shelves: Shelves) => Promise<T>) => store.write((shelves) => work(over(shelves))),
  });
};

const keyOf = async (secret: Bytes): Promise<CryptoKey> => {
  const raw = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: new TextEncoder().encode('farthing/v1/passkey') }, raw, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'],
  );
};
const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));

const coded = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? { bytes: [...value] } : value);
const decoded = (_: string, value: unknown): unknown => {
  const bytes = (value as { bytes?: unknown } | null)?.bytes;
  return Array.isArray(bytes) ? Uint8Array.from(bytes as number[]) : value;
};

export const isLocked = ({ bare }: Purse): Promise<boolean> => bare.read(async ({ keep }) => !!(await keep.get('lock')));

/** Encrypts what is secret, and forgets it in the clear, in one transaction. `false`: the platform or the passkey cannot; nothing was changed. */
export const lock = async (purse: Purse, passkeys: Passkeys): Promise<boolean> => {
  const { bare, veil } = purse;
  const salt = random(32);
  const made = await passkeys.create(salt);
  if (!made) return false;
  return alone(async () => {
    const kept = await bare.read(async ({ keep }) => (await keep.all()).filter(({ name }) => isSecret(name)));
    const iv = random(12);
    const plain = new TextEncoder().encode(JSON.stringify(kept, coded));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await keyOf(made.secret), plain));
    await bare.write(async ({ keep }) => {
      const now = (await keep.all()).filter(({ name }) => isSecret(name));
      if (now.length !== kept.length || (await keep.get('lock'))) throw failure('internal', 'another window was faster');
      await keep.put({ name: 'lock', value: { id: made.id, salt, iv, sealed } satisfies Lock });
      for (const { name } of kept) await keep.delete(name);
    });
    veil.secrets = new Map(kept.map(({ name, value }) => [name, value]));
    return true;
  });
};

/** Opens it for as long as this page is there. `false`: it is not the passkey, or nobody showed one. */
export const unlock = async ({ bare, veil }: Purse, passkeys: Passkeys): Promise<boolean> => {
  const kept = (await bare.read(({ keep }) => keep.get('lock')))?.value as Lock | undefined;
  if (!kept) return true;
  const secret = await passkeys.get(kept.id, kept.salt);
  if (!secret) return false;
  try {
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: kept.iv }, await keyOf(secret), kept.sealed);
    veil.secrets = new Map((JSON.parse(new TextDecoder().decode(plain), decoded) as Kept[]).map(({ name, value }) => [name, value]));
    return true;
  } catch {
    return false;
  }
};

/** In the clear again; only while it is unlocked. */
export const removeLock = ({ bare, veil }: Purse): Promise<void> =>
  alone(async () => {
    const { secrets } = veil;
    if (!secrets) throw failure('storage_unavailable', 'the purse is locked');
    await bare.write(async ({ keep }) => {
      for (const [name, value] of secrets) await keep.put({ name, value });
      await keep.delete('lock');
    });
    veil.secrets = null;
  });
