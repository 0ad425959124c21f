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
  for (let known = trust, way = heads; ; ) {
    const infos = way.map((head) => core.headInfo(head));
    const kids = known?.kids ?? infos.slice(0, 1).map(({ kid }) => kid);
    const strange = infos.findIndex(({ kid }) => !kids.includes(kid));
    // Its key must stand in the body of the head before it, and that one is asked once.
    const stop = strange > 1 || (strange === 1 && known?.n !== infos[0]!.n) ? strange : way.length;
    const last = infos[stop - 1];
    const body = last ? await bodyOf(last.body) : new Uint8Array();
    const manifest = core.Manifest.follow(issuer, known, pin, way.slice(0, stop), body, now);
    if (stop === way.length) return { manifest, body };
    known = manifest.trust();
    way = way.slice(stop - 1);
  }
};
