/** The walk over an issuer's manifests (spec R14), with what was trusted before kept in the store. */
import type { Manifest, Pin } from './core.js';
import { codeOf, failure } from './errors.js';
import { issuerOf, type Wallet } from './wallet.js';
import { follow } from './way.js';

/** Asks the issuer for news and follows them from the higher of what is stored and what the page pins. */
export const walk = async (wallet: Wallet, issuer: string, pin: Pin | null): Promise<Manifest> => {
  const { core, store } = wallet;
  const kept = await store.read(({ manifests }) => manifests.get(issuer));
  const client = issuerOf(wallet, issuer);
  const from = Math.max(kept?.trust.n ?? 0, pin?.n ?? 0);
  if (from === 0) throw failure('pin_unknown', 'the page pins no manifest of this issuer');
  const kidOf = (text: string) => core.headInfo(text).kid;
  let heads = await client.heads(from);
  // The page pins a list by a key that came after the stored one: the whole way then.
  const whole = kept && from > kept.trust.n && heads[0] && !kept.trust.kids.includes(kidOf(heads[0])) ? kept.trust.n : 0;
  if (whole) heads = await client.heads(whole);
  const head = heads.at(-1);
  const bodyHash = head ? core.headInfo(head).body : '';
  const bodyOf = async (hash: string) => (kept?.bodyHash === hash ? kept.body : client.body(hash));
  try {
    const { manifest, body } = await follow(core, issuer, kept?.trust ?? null, whole ? null : pin, heads, bodyOf, wallet.now());
    if (whole) {
      // The way is checked; what is left to ask is whether the pinned list lies on it.
      await follow(core, issuer, null, pin, heads.slice(from - whole), bodyOf, wallet.now());
    }
    const trust = manifest.trust();
    await store.write(async ({ manifests }) => {
      const other = await manifests.get(issuer);
      if (head && (!other || other.trust.n <= trust.n)) await manifests.put({ issuer, trust, head, bodyHash, body });
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

/** The newest verified manifest, without network; `null` before the first walk. */
export const keptManifest = async ({ core, store, now }: Wallet, issuer: string): Promise<Manifest | null> => {
  const kept = await store.read(({ manifests }) => manifests.get(issuer));
  return kept ? core.Manifest.follow(issuer, kept.trust, null, [kept.head], kept.body, now()) : null;
};
