/**
 * `farthing/server`: lets a reader in at the publisher's own server because of a grant (spec R46), in Node and in Workers. WebCrypto does
 * all of it; there is no WebAssembly here.
 */
import { codeOf } from '../errors.js';
import type { Fetch } from '../issuer.js';
import { fromB64u, readStrict } from '../json.js';
import { IssuerKeys } from './issuer_keys.js';
import { b64u, type Jwk, sha256, takeApart, isSigned, utf8 } from './jws.js';
import { inMemory, proofFault, type ProofFault, type Remember } from './proof.js';
import { normalPath } from './resource.js';
import { Revocations } from './revocations.js';

export type { Remember } from './proof.js';

export interface VerifierOptions {
  /** This publisher's origin, to which the grants were given. */
  publisher: string;
  /** The ids of the issuers whose grants count. */
  issuers: readonly string[];
  /** Where seen proofs are remembered, for several servers of one origin; left out: in this server's memory. */
  remember?: Remember;
  /** For tests: the network, and the clock (Unix seconds). */
  fetch?: Fetch;
  now?: () => number;
}

export interface RequestAbout {
  /** The article that is asked for, if it is not the request's own path. */
  resource?: string;
  /** The address that the reader asked for, if a proxy has changed it. */
  url?: string;
}

/** What a grant that holds says. Times are Unix seconds, amounts micro. */
export interface Granted {
  kind: 'granted';
  id: string; issuer: string; resource: string; version: string; amount: number; currency: string;
  /** When it was given. */
  at: number;
  /** 0 is for ever. */
  access_until: number;
}

/** Why nobody is let in. `status` is the HTTP status that says so. */
export interface Refused {
  kind: 'refused';
  code: 'grant_missing' | 'grant_invalid' | 'grant_expired' | 'grant_revoked' | 'opening_invalid' | 'issuer_unreachable' | ProofFault;
  status: 401 | 403 | 503;
}

export type Verify = (request: Request, about?: RequestAbout) => Promise<Granted | Refused>;

const refused = (code: Refused['code'], status: Refused['status'] = 401): Refused => ({ kind: 'refused', code, status });

const grantShape = {
  iss: 'string', aud: 'string', jti: 'string', iat: 'number', kind: 'string', subject: 'string', amount: 'number', currency: 'string', fees: 'object',
  paid: 'string', access_until: 'number', refund_until: 'number', cnf: 'object', giver: 'string',
} as const;
const openingShape = { salt: 'string', resource: 'string', version: 'string', offer_hash: 'string', key_commit: 'string' } as const;

const lp = (words: string): Uint8Array<ArrayBuffer>[] => {
  const bytes = utf8(words);
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, bytes.length);
  return [length, bytes];
};

/** Reading what is no grant at all gives `code`; what broke in between is thrown on. */
const orRefused = (code: Refused['code']) => (thrown: unknown): Refused => {
  if (thrown instanceof SyntaxError || thrown instanceof TypeError || codeOf(thrown) === 'malformed') return refused(code);
  throw thrown;
};

/**
 * Makes the function that looks at a request: grant, opening and proof in its headers (spec section 8.1). It answers with a value and
 * throws nothing but mistakes of the programmer. After it a server may set a cookie of its own.
 *
 * @throws TypeError if the options are not what they say.
 */
export const createVerifier = ({ publisher, issuers, now = () => Math.floor(Date.now() / 1000), fetch: ask = (address, init) => fetch(address, init), remember }: VerifierOptions): Verify => {
  for (const origin of [publisher, ...issuers]) {
    if (!URL.canParse(origin) || new URL(origin).origin !== origin) throw new TypeError(`not an origin: ${origin}`);
  }
  const keys = new Map(issuers.map((issuer) => [issuer, new IssuerKeys(issuer, ask, now)]));
  const revoked = new Map([...keys].map(([issuer, list]) => [issuer, new Revocations(issuer, list, ask, now)]));
  const remembered = remember ?? inMemory(now);

  return async (request, { url = request.url, resource = new URL(url).pathname } = {}) => {
    const [, grantText] = /^Farthing ([\w.-]+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    const openingText = request.headers.get('farthing-opening');
    const proofText = request.headers.get('farthing-proof');
    if (!grantText || !openingText || !proofText) return refused('grant_missing');

    const grant = await (async () => {
      const taken = takeApart(grantText, 'farthing-grant+jwt');
      const claims = readStrict(taken.payload, grantShape, 'malformed');
      const list = keys.get(claims.iss);
      // A gift with a giver is nobody's yet.
      if (!list || claims.aud !== publisher || claims.kind !== 'article' || claims.giver) return refused('grant_invalid');
      const key = await list.find(taken.kid).catch(() => null);
      if (key === null) return refused('issuer_unreachable', 503);
      if (!key || !(await isSigned(taken, key))) return refused('grant_invalid');
      return { claims, input: taken.input, cnf: (claims.cnf as { jwk: Jwk }).jwk };
    })().catch(orRefused('grant_invalid'));
    if ('kind' in grant) return grant;
    const { claims } = grant;
    if (claims.access_until > 0 && claims.access_until <= now()) return refused('grant_expired', 403);

    // Given back, within the time for it. Nothing else that is let in here is ever listed: who gave a gift up is not let in.
    if (claims.refund_until > 0) {
      const gone = await revoked.get(claims.iss)!.has(claims.jti).catch(() => null);
      if (gone === null) return refused('issuer_unreachable', 503);
      if (gone) return refused('grant_revoked', 403);
    }

    const opening = await (async () => {
      const opened = readStrict(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromB64u(openingText, 'malformed')), openingShape, 'malformed');
      const fixed = [opened.salt, opened.offer_hash, opened.key_commit].map((part) => fromB64u(part, 'malformed'));
      const [salt, offer, commit] = fixed as [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>];
      const subject = await sha256(utf8('farthing/v1/subject'), salt, ...lp(opened.resource), ...lp(opened.version), offer, commit);
      return fixed.every(({ length }) => length === 32) && b64u(subject) === claims.subject ? opened : refused('opening_invalid');
    })().catch(orRefused('opening_invalid'));
    if ('kind' in opening) return opening;
    // What was bought is not what is asked for.
    if (opening.resource !== normalPath(resource)) return refused('opening_invalid', 403);

    const fault = await proofFault(proofText, grant.cnf, grant.input, request.method, url, now(), remembered).catch((thrown: unknown) => orRefused('holder_invalid')(thrown).code as ProofFault);
    if (fault) return refused(fault);
    const { jti: id, iss: issuer, amount, currency, iat: at, access_until } = claims;
    return { kind: 'granted', id, issuer, resource: opening.resource, version: opening.version, amount, currency, at, access_until };
  };
};
