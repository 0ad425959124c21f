/** The way along an issuer's heads (spec R14): wherever one is by a signing key not yet trusted, by the body before it. */
import type { Manifest, Pin, Trust } from './core.js';

type Bytes = Uint8Array;

interface Core {
  headInfo(head: string): { n: number; body: string; kid: string };
  Manifest: { follow(issuer: string, trust: Trust | null, pin: Pin | null, heads: string[], body: Bytes, now: number): Manifest };
}

/** Follows heads from `trust` or `pin` to the newest, in as many steps as new keys ask for; gives the newest body, too. */
export const follow = async (
  core: Core, issuer: string, trust: Trust | null, pin: Pin | null, heads: string[], bodyOf: (hash: string) => Promise<Bytes>, now: number,
): Promise<{ manifest: Manifest; body: Bytes }> => {
  const infos = heads.map((head) => core.headInfo(head));
  const kids = trust?.kids ?? [infos[0]?.kid];
  const strange = infos.findIndex(({ kid }) => !kids.includes(kid));
  // Its key must stand in the body of the head before it, and that one is asked once.
  const stop = strange > +(trust?.n === infos[0]?.n) ? strange : heads.length;
  const last = infos[stop - 1];
  const body = last ? await bodyOf(last.body) : new Uint8Array();
  const manifest = core.Manifest.follow(issuer, trust, pin, heads.slice(0, stop), body, now);
  return heads[stop] ? follow(core, issuer, manifest.trust(), pin, heads.slice(stop - 1), bodyOf, now) : { manifest, body };
};
