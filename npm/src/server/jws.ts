/** Compact ES256 signatures (spec R4), checked by the platform's WebCrypto. */
import { fromB64u, readStrict } from '../json.js';

type Bytes = Uint8Array<ArrayBuffer>;

export interface Jwk { kty: 'EC'; crv: 'P-256'; x: string; y: string }

const text = new TextEncoder();
const decoded = (part: string): string => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(fromB64u(part, 'malformed'));
export const sha256 = async (...parts: Bytes[]): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', await new Blob(parts).arrayBuffer()));
export const b64u = (bytes: Bytes): string => btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
export const utf8 = (words: string): Bytes => text.encode(words);

/** A signed text taken apart; nothing of it is checked yet. Throws whatever is not a compact JWS of ours. */
export interface Taken { kid: string; payload: string; input: string; signature: Bytes }

export const takeApart = (jws: string, type: string): Taken => {
  const [header, payload, signature, ...more] = jws.split('.');
  if (jws.length > 16_384 || !header || !payload || !signature || more.length) throw new SyntaxError('not a compact JWS');
  const { alg, typ, kid } = readStrict(decoded(header), { alg: 'string', typ: 'string', kid: 'string' }, 'malformed');
  if (alg !== 'ES256' || typ !== type) throw new SyntaxError(`not ${type} by ES256`);
  return { kid, payload: decoded(payload), input: `${header}.${payload}`, signature: fromB64u(signature, 'malformed') };
};

/** RFC 7638. */
export const thumbprint = async ({ x, y }: Jwk): Promise<string> => b64u(await sha256(utf8(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)));

/** Whether this key made that signature; a key that is no point of the curve made none. */
export const isSigned = async ({ input, signature }: Taken, { x, y }: Jwk): Promise<boolean> => {
  if (signature.length !== 64) return false;
  const key = await crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x, y }, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, utf8(input));
};
