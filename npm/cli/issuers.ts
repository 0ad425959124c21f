/** What the publisher knows of an issuer: its manifest, walked from what was trusted before (spec R14). */
import { createHash } from 'node:crypto';
import type { ManifestView, Pin } from '../src/core.js';
import { asFailure, FarthingError } from '../src/errors.js';
import { Issuer } from '../src/issuer.js';
import { follow } from '../src/way.js';
import { Complaint } from './complaint.js';
import type { PublisherCore } from './core.js';
import type { IssuerTrust } from './secrets.js';

export interface KnownIssuer {
  id: string; view: ManifestView; pin: Pin;
  sealing: { kid: string; publicKey: string; until: number };
  /** The kids of all keys that are still sealed to. */
  sealable: string[];
  /** All sealing keys of its manifest. */
  keys: { kid: string; seal_until: number; open_until: number }[];
  /** Whether it gives rights with its loads, and so gives purchases back (spec R55). */
  undo: boolean;
  /** Whether this is the first time: then the publisher is told which keys are trusted from now on. */
  first: boolean; trust: IssuerTrust;
}

const headHash = (head: string): string => createHash('sha256').update(head.slice(0, head.lastIndexOf('.'))).digest('base64url');

/** Where the chain of causes ends is what an operator can do something about: `ECONNREFUSED`, and not `fetch failed`. */
const innermost = (error: unknown): string => {
  let last = error as NodeJS.ErrnoException;
  while (last.cause instanceof Error) last = last.cause as NodeJS.ErrnoException;
  return last.code ?? last.message;
};

export const meetIssuer = async (core: PublisherCore, id: string, trust: IssuerTrust | undefined, now: number): Promise<KnownIssuer> => {
  let why = '';
  const asking: typeof fetch = (...given) => fetch(...given).catch((thrown: unknown) => {
    why = innermost(thrown);
    throw thrown;
  });
  try {
    const client = new Issuer(id, asking);
    const heads = await client.heads(trust?.n ?? 1);
    const oldest = heads[0];
    // At first contact the oldest head is what is trusted; from then on only what it leads to.
    const pin = trust ? null : oldest ? { n: core.headInfo(oldest).n, hash: headHash(oldest) } : null;
    const { manifest, body: bytes } = await follow(core, id, trust ?? null, pin, heads, (hash) => client.body(hash), now);
    // The body is the verified one: its hash stands in the verified head.
    const { sealing_keys, rights = [] } = JSON.parse(new TextDecoder().decode(bytes)) as { sealing_keys: { kid: string; public_key: string; seal_until: number; open_until: number }[]; rights?: unknown[] };
    const valid = sealing_keys.filter(({ seal_until }) => seal_until > now).sort((a, b) => b.seal_until - a.seal_until);
    const sealing = valid[0];
    if (!sealing) throw new Complaint(`${id} has no key to seal to that is still valid; its operator has to add one`);
    const { n, hash, kids } = manifest.trust();
    return { id, view: manifest.view(), pin: { n, hash }, sealing: { kid: sealing.kid, publicKey: sealing.public_key, until: sealing.seal_until }, sealable: valid.map(({ kid }) => kid), keys: sealing_keys, undo: rights.length > 0, first: !trust, trust: { n, hash, kids } };
  } catch (thrown) {
    if (thrown instanceof Complaint) throw thrown;
    const error = asFailure(thrown);
    const code = error instanceof FarthingError ? error.code : 'internal';
    throw new Complaint(
      code === 'manifest_fork'
        ? `${id} showed another history of its keys than before (manifest_fork): nothing was sealed. Ask its operator; what was trusted before is in issuers.json`
        : code === 'issuer_unreachable' ? `${id} cannot be reached (${why || error.message}). Is it running, and is the address right?` : `${id}: ${error.message}`,
      undefined, undefined, error instanceof FarthingError && error.fault === 'network' ? 'unreachable' : 'site_invalid',
    );
  }
};
