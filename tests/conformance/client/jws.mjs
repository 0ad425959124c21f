// Section 1.2: JWS in compact form with the three header members.
import { H, b64u, exact, text, unb64u } from './bytes.mjs';
import { jwkOf, publicPoint, sign, thumbprint, verify } from './keys.mjs';

export function read(jws) {
  if (jws.length > 16 * 1024) throw new Error('too_large');
  const parts = jws.split('.');
  if (parts.length !== 3) throw new Error('not a compact JWS');
  const header = JSON.parse(Buffer.from(unb64u(parts[0])).toString('utf8'));
  exact(header, 'alg', 'typ', 'kid');
  if (header.alg !== 'ES256') throw new Error(`alg ${header.alg}`);
  return {
    header,
    payload: JSON.parse(Buffer.from(unb64u(parts[1])).toString('utf8')),
    signature: unb64u(parts[2], 64),
    input: text(`${parts[0]}.${parts[1]}`),
  };
}

/** The hash of a JWS is that of its signing input (R4). */
export const hash = (jws) => H(read(jws).input);

/** Checks type and signature under one of the JWKs; gives the payload. */
export function open(jws, typ, keys, point) {
  const { header, payload, signature, input } = read(jws);
  if (header.typ !== typ) throw new Error(`typ ${header.typ}`);
  const key = keys.find((candidate) => thumbprint(candidate) === header.kid);
  if (!key) throw new Error(`key ${header.kid} is not trusted`);
  if (!verify(point(key), input, signature)) throw new Error('signature');
  return payload;
}

export function make(typ, secret, payload) {
  const kid = thumbprint(jwkOf(publicPoint(secret)));
  const input = `${b64u(text(JSON.stringify({ alg: 'ES256', typ, kid })))}.${b64u(text(JSON.stringify(payload)))}`;
  return `${input}.${b64u(sign(secret, text(input)))}`;
}
