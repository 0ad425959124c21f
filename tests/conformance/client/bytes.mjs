// Section 1 of the specification: the notation.
import { sha256 } from '@noble/hashes/sha2.js';

export const text = (string) => new TextEncoder().encode(string);

/** Joins byte strings; a string stands for its ASCII bytes. */
export function join(...parts) {
  const list = parts.map((part) => (typeof part === 'string' ? text(part) : part));
  const whole = new Uint8Array(list.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of list) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

export const H = (...parts) => sha256(join(...parts));

export function be32(number) {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

export function be64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

export function lp(part) {
  const bytes = join(part);
  return join(be32(bytes.length), bytes);
}

/** A list of items that are themselves joined byte strings. */
export const list = (items) => join(be32(items.length), ...items);

export const b64u = (bytes) => Buffer.from(bytes).toString('base64url');

/** Strict: no padding, no other alphabet, unused bits zero. */
export function unb64u(string, length) {
  const bytes = new Uint8Array(Buffer.from(string, 'base64url'));
  if (b64u(bytes) !== string) throw new Error(`not base64url: ${string}`);
  if (length !== undefined && bytes.length !== length) throw new Error(`${bytes.length} bytes, not ${length}`);
  return bytes;
}

export const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

export function compare(a, b) {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** R3: exactly these members, no more and no fewer. */
export function exact(object, ...members) {
  const found = Object.keys(object).sort().join(' ');
  const wanted = [...members].sort().join(' ');
  if (found !== wanted) throw new Error(`members ${found}, not ${wanted}`);
  return object;
}
