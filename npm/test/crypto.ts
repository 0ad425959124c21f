/** The protocol's cryptography for the scripted issuer, written from docs/spec.md with Node and @noble/curves only: none of our core. */
import {
  createCipheriv, createDecipheriv, createECDH, createHash, createHmac, ECDH, generateKeyPairSync, hkdfSync, type KeyObject, sign,
} from 'node:crypto';

export const sha256 = (...parts: (Uint8Array | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const be32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
};
export const be64 = (n: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(n));
  return bytes;
};
export const lp = (part: Uint8Array | string): Buffer => Buffer.concat([be32(Buffer.byteLength(part)), Buffer.from(part as string)]);
export const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
export const unb64u = (text: string): Buffer => Buffer.from(text, 'base64url');
export const hkdf = (ikm: Uint8Array, salt: Uint8Array, info: Uint8Array | string, length: number): Buffer => Buffer.from(hkdfSync('sha256', ikm, salt, info, length));
export const hmac = (key: Uint8Array, data: Uint8Array): Buffer => createHmac('sha256', key).update(data).digest();
export const binding = (operation: string, issuer: string, ...fields: Uint8Array[]): Buffer =>
  sha256('farthing/v1/', operation, Uint8Array.of(0), lp(issuer), ...fields);

export interface Jwk { kty: string; crv: string; x: string; y: string; kid: string; alg: string; use: string }

export class SigningKey {
  readonly jwk: Jwk;
  private readonly key: KeyObject;
  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.key = privateKey;
    const { x, y } = publicKey.export({ format: 'jwk' }) as { x: string; y: string };
    const kid = b64u(sha256(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`));
    this.jwk = { kty: 'EC', crv: 'P-256', x, y, kid, alg: 'ES256', use: 'sig' };
  }
  jws(typ: string, payload: object): string {
    const input = `${b64u(Buffer.from(JSON.stringify({ alg: 'ES256', typ, kid: this.jwk.kid })))}.${b64u(Buffer.from(JSON.stringify(payload)))}`;
    return `${input}.${b64u(sign('sha256', Buffer.from(input), { key: this.key, dsaEncoding: 'ieee-p1363' }))}`;
  }
}
export const jwsHash = (jws: string): Buffer => sha256(jws.slice(0, jws.lastIndexOf('.')));
export const jwsPayload = (jws: string): Record<string, never> => JSON.parse(unb64u(jws.split('.')[1]!).toString());

const convert = (bytes: Uint8Array, form: 'compressed' | 'uncompressed'): Buffer =>
  ECDH.convertKey(Buffer.from(bytes), 'prime256v1', undefined, undefined, form) as Buffer;

/** RFC 9180 base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM; single shot, empty aad. */
const kem = Buffer.concat([Buffer.from('KEM'), Buffer.from([0x00, 0x10])]);
const suite = Buffer.concat([Buffer.from('HPKE'), Buffer.from([0x00, 0x10, 0x00, 0x01, 0x00, 0x02])]);
const version = Buffer.from('HPKE-v1');
const extract = (salt: Uint8Array, id: Uint8Array, label: string, ikm: Uint8Array): Buffer =>
  hmac(salt.length ? salt : Buffer.alloc(32), Buffer.concat([version, id, Buffer.from(label), ikm]));
const expand = (prk: Uint8Array, id: Uint8Array, label: string, info: Uint8Array, length: number): Buffer => {
  const labelled = Buffer.concat([Buffer.from([length >> 8, length & 255]), version, id, Buffer.from(label), info]);
  return hmac(prk, Buffer.concat([labelled, Uint8Array.of(1)])).subarray(0, length);
};
const schedule = (dh: Uint8Array, enc: Uint8Array, recipient: Uint8Array, info: Uint8Array): { key: Buffer; nonce: Buffer } => {
  const shared = expand(extract(Buffer.alloc(0), kem, 'eae_prk', dh), kem, 'shared_secret', Buffer.concat([enc, recipient]), 32);
  const context = Buffer.concat([Uint8Array.of(0), extract(Buffer.alloc(0), suite, 'psk_id_hash', Buffer.alloc(0)), extract(Buffer.alloc(0), suite, 'info_hash', info)]);
  const secret = extract(shared, suite, 'secret', Buffer.alloc(0));
  return { key: expand(secret, suite, 'key', context, 32), nonce: expand(secret, suite, 'base_nonce', context, 12) };
};

export class SealingKey {
  private readonly ecdh = createECDH('prime256v1');
  readonly publicKey: Buffer;
  readonly kid: string;
  constructor() {
    this.ecdh.generateKeys();
    this.publicKey = this.ecdh.getPublicKey(null, 'compressed');
    const whole = this.ecdh.getPublicKey();
    this.kid = b64u(sha256(`{"crv":"P-256","kty":"EC","x":"${b64u(whole.subarray(1, 33))}","y":"${b64u(whole.subarray(33))}"}`));
  }
  open(info: Uint8Array, sealed: Uint8Array): Buffer {
    const enc = sealed.subarray(0, 65);
    const { key, nonce } = schedule(this.ecdh.computeSecret(enc), enc, this.ecdh.getPublicKey(), info);
    return gcmOpen(key, nonce, sealed.subarray(65));
  }
}
export const hpkeSeal = (recipient: Uint8Array, info: Uint8Array, plain: Uint8Array): Buffer => {
  const ephemeral = createECDH('prime256v1');
  const enc = ephemeral.generateKeys();
  const whole = convert(recipient, 'uncompressed');
  const { key, nonce } = schedule(ephemeral.computeSecret(whole), enc, whole, info);
  return Buffer.concat([enc, gcmSeal(key, nonce, plain)]);
};
export const gcmSeal = (key: Uint8Array, nonce: Uint8Array, plain: Uint8Array): Buffer => {
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
};
export const gcmOpen = (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
};
export const uncompressed = (bytes: Uint8Array): Buffer => convert(bytes, 'uncompressed');
