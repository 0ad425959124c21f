/** The walk over an issuer's manifests (spec R14), with what was trusted before kept in the store. */
import type { Manifest, Pin } from './core.js';
import { codeOf, failure } from './errors.js';
import { issuerOf, type Wallet } from './wallet.js';

/** Asks the issuer for news and follows them from the higher of what is stored and what the page pins. */
export const walk = async (wallet: Wallet, issuer: string, pin: Pin | null): Promise<Manifest> => {
  const { core, store } = wallet;
  const kept = await store.read(({ manifests }) => manifests.get(issuer));
  const client = issuerOf(wallet, issuer);
  const from = Math.max(kept?.trust.n ?? 0, pin?.n ?? 0);
  if (from === 0) throw failure('pin_unknown', 'the page pins no manifest of this issuer');
  const heads = await client.heads(from);
  const info = (text: string) => core.headInfo(text);
  const bodyOf = (hash: string) => (kept?.bodyHash === hash ? kept.body : client.body(hash));
  const head = heads.at(-1);
  const bodyHash = head ? info(head).body : '';
  try {
    let known = kept?.trust ?? null;
    let way = heads;
    let manifest: Manifest;
    let body: Uint8Array<ArrayBuffer>;
    for (;;) {
      const kids = known?.kids ?? way.slice(0, 1).map((first) => info(first).kid);
      const strange = way.findIndex((text) => !kids.includes(info(text).kid));
      // A head by a key not yet trusted: the body of the head before it must list the key, so the walk goes there first.
      const step = strange > 1 || (strange === 1 && known?.n !== info(way[0]!).n) ? way.slice(0, strange) : way;
      const last = step.at(-1);
      body = last ? await bodyOf(info(last).body) : new Uint8Array();
      manifest = core.Manifest.follow(issuer, known, pin, step, body, wallet.now());
      if (step === way) break;
      known = manifest.trust();
      way = way.slice(strange - 1);
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
