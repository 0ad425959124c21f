// Keys in the forms that the specification uses: scalars, compressed points, JWKs, thumbprints.
import { p256 } from '@noble/curves/nist.js';
import { H, b64u, join, text, unb64u } from './bytes.mjs';

const { Point } = p256;

/** Section 1: 48 bytes as a big-endian integer modulo n; zero is refused. As 32 bytes. */
export function scalar(bytes48) {
  if (bytes48.length !== 48) throw new Error('a scalar is made of 48 bytes');
  const value = BigInt(`0x${Buffer.from(bytes48).toString('hex')}`) % Point.Fn.ORDER;
  if (value === 0n) throw new Error('zero scalar');
  return Point.Fn.toBytes(value);
}

/** Private key → compressed point. */
export const publicPoint = (secret) => p256.getPublicKey(secret, true);

export const uncompressed = (point) => Point.fromBytes(point).toBytes(false);

export function jwkOf(point) {
  const bytes = uncompressed(point);
  return { kty: 'EC', crv: 'P-256', x: b64u(bytes.slice(1, 33)), y: b64u(bytes.slice(33)) };
}

export function pointOf(jwk) {
  const bytes = join(Uint8Array.of(4), unb64u(jwk.x, 32), unb64u(jwk.y, 32));
  return Point.fromBytes(bytes).toBytes(true);
}

/** RFC 7638 of an EC key. */
export const thumbprint = (jwk) =>
  b64u(H(text(JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y }))));

/** ES256 over bytes (which it hashes): 64 bytes. */
export const sign = (secret, message) => p256.sign(message, secret, { prehash: true, lowS: false });

export const verify = (point, message, signature) =>
  p256.verify(signature, message, point, { prehash: true, lowS: false });
