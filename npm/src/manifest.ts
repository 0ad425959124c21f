/** The walk over an issuer's manifests (spec R14), with what was trusted before kept in the store. */
import type { Manifest, Pin, Trust } from './core.js';
import { codeOf, failure } from './errors.js';
import type { KeptManifest } from './store.js';
import { issuerOf, type Wallet } from './wallet.js';
import { follow } from './way.js';

/** Asks the issuer for news and follows them from the higher of what is stored and what the page pins. */
export const walk = async (wallet: Wallet, issuer: string, pin: Pin | null): Promise<Manifest> => {
  const { core, store } = wallet;
  const kept = await store.read(({ manifests }) => manifests.get(issuer));
  const client = issuerOf(wallet, issuer);
  const from = Math.max(kept?.trust.n ?? 0, pin?.n ?? 0);
  if (from === 0) throw failure('pin_unknown', 'no pin');
  let heads = await client.heads(from);
  let by = pin;
  // The page pins a list by a key that came after the stored one: the whole way then.
  if (kept && heads[0] && !kept.trust.kids.includes(core.headInfo(heads[0]).kid)) {
    by = null;
    heads = await client.heads(kept.trust.n);
  }
  const head = heads.at(-1);
  const go = (trust: Trust | undefined | null, at: Pin | null, way: string[]) =>
    follow(core, issuer, trust ?? null, at, way, async (hash) => (kept?.bodyHash === hash ? kept.body : client.body(hash)), wallet.now());
  try {
    const { manifest, body } = await go(kept?.trust, by, heads);
    // The way is checked; what is left to ask is whether the pinned list lies on it.
    if (by !== pin) await go(null, pin, heads.slice(from - kept!.trust.n));
    const trust = manifest.trust();
    await store.write(async ({ manifests }) => {
      const other = await manifests.get(issuer);
      if (head && (!other || other.trust.n <= trust.n)) await manifests.put({ issuer, trust, head, bodyHash: core.headInfo(head).body, body, at: wallet.now() });
    });
    return manifest;
  } catch (thrown) {
    if (codeOf(thrown) === 'manifest_fork') {
      // Two lists under one number: both are kept, so that the reader can show them.
      const value = { at: wallet.now(), pin, heads, kept };
      await store.write(({ keep }) => keep.put({ name: `fork ${issuer}`, value }));
    }
    throw thrown;
  }
};

/** Which list something was planned with, so that its answer can be checked when another is in force. */
export type Listed = Pick<KeptManifest, 'trust' | 'head' | 'bodyHash'>;

/** The newest verified manifest, without network; `null` before the first walk. With `kept`: that one, as it was kept with a journal's entry. */
export const keptManifest = async ({ core, store, now }: Wallet, issuer: string, kept?: KeptManifest): Promise<Manifest | null> => {
  kept ??= await store.read(({ manifests }) => manifests.get(issuer));
  return kept ? core.Manifest.follow(issuer, kept.trust, null, [kept.head], kept.body, now()) : null;
};
