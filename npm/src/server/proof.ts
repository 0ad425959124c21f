/** The reader's proof that the grant is its own (spec R46): for one method and address, now, and once. */
import { readStrict } from '../json.js';
import { b64u, isSigned, type Jwk, sha256, takeApart, thumbprint, utf8 } from './jws.js';

/** Seconds that a proof may be from this server's clock, either way. */
export const LEEWAY = 60;

/** Remembers a proof's `jti` until then (Unix seconds); `false` if it was there already. Servers that answer for one origin share one. */
export type Remember = (jti: string, until: number) => boolean | Promise<boolean>;

/** For one server: forgets what is too old to be accepted anyway. */
export const inMemory = (now: () => number): Remember => {
  const known = new Map<string, number>();
  return (jti, until) => {
    // In order of arrival, which is nearly that of their ends.
    for (const [old, end] of known) {
      if (end >= now()) break;
      known.delete(old);
    }
    if (known.has(jti)) return false;
    known.set(jti, until);
    return true;
  };
};

export type ProofFault = 'holder_invalid' | 'holder_stale' | 'holder_repeated';

/** `null` if it holds. `grant` is the grant's signing input. */
export const proofFault = async (
  jws: string, cnf: Jwk, grant: string, method: string, address: string, now: number, remember: Remember,
): Promise<ProofFault | null> => {
  const taken = takeApart(jws, 'farthing-proof+jwt');
  const { htm, htu, iat, jti, ath } = readStrict(taken.payload, { htm: 'string', htu: 'string', iat: 'number', jti: 'string', ath: 'string' }, 'malformed');
  const fits = taken.kid === (await thumbprint(cnf)) && htm === method && htu === address.split(/[?#]/)[0] && /^[\w-]{22}$/.test(jti) && ath === b64u(await sha256(utf8(grant)));
  if (!fits || !(await isSigned(taken, cnf))) return 'holder_invalid';
  if (!Number.isSafeInteger(iat) || Math.abs(iat - now) > LEEWAY) return 'holder_stale';
  // Two readers may choose the same; a name is one reader's.
  return (await remember(`${taken.kid}.${jti}`, iat + LEEWAY)) ? null : 'holder_repeated';
};
