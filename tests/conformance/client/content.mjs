// Section 6: sealing and opening one part.
import { webcrypto } from 'node:crypto';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { H, be32, be64, join, lp, same } from './bytes.mjs';

const { subtle } = webcrypto;
const TAG = 16;

export const keyCommit = (cek) => H('farthing/v1/cek', cek);

async function contentKey(cek, salt) {
  const bytes = hkdf(sha256, cek, salt, join('farthing/v1/content'), 32);
  return subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt']);
}

const nonce = (i, last) => join(new Uint8Array(7), be32(i), Uint8Array.of(last ? 1 : 0));

function hashOf(header, chunks) {
  return H('farthing/v1/ct', lp(header), be32(chunks.length), ...chunks.map((chunk) => H(chunk)));
}

export async function seal({ publisher, resource, version, salt, chunkSize = 65_536 }, plaintext, cek) {
  const header = join(Uint8Array.of(1), lp(publisher), lp(resource), lp(version), salt, be32(chunkSize), be64(plaintext.length));
  const key = await contentKey(cek, salt);
  const step = chunkSize - TAG;
  const count = Math.max(1, Math.ceil(plaintext.length / step));
  const chunks = [];
  for (let i = 0; i < count; i += 1) {
    const piece = plaintext.slice(i * step, (i + 1) * step);
    const iv = nonce(i, i === count - 1);
    chunks.push(new Uint8Array(await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: header }, key, piece)));
  }
  return { part: join(lp(header), ...chunks), ctHash: hashOf(header, chunks) };
}

/** Takes a sealed part apart; the lengths are checked, nothing is decrypted yet. */
export function take(part) {
  const view = new DataView(part.buffer, part.byteOffset, part.length);
  const header = part.slice(4, 4 + view.getUint32(0));
  let at = 1;
  const bytes = (n) => header.slice(at, (at += n));
  const number = (n) => bytes(n).reduce((sum, byte) => sum * 256 + byte, 0);
  const word = () => Buffer.from(bytes(number(4))).toString('utf8');
  if (header[0] !== 1) throw new Error('header version');
  const [publisher, resource, version] = [word(), word(), word()];
  const [salt, chunkSize, length] = [bytes(32), number(4), number(8)];
  if (at !== header.length || chunkSize < 65_536 || chunkSize > 1_048_576) throw new Error('content_mismatch');
  const rest = part.slice(4 + header.length);
  const count = Math.max(1, Math.ceil(length / (chunkSize - TAG)));
  if (rest.length !== length + count * TAG) throw new Error('content_mismatch');
  const chunks = Array.from({ length: count }, (_, i) => rest.slice(i * chunkSize, (i + 1) * chunkSize));
  return { header, publisher, resource, version, salt, chunkSize, length, chunks, ctHash: hashOf(header, chunks) };
}

export async function open(part, expected, cek) {
  const { header, salt, chunks, ...found } = take(part);
  for (const member of ['publisher', 'resource', 'version', 'length']) {
    if (found[member] !== expected[member]) throw new Error('content_mismatch');
  }
  if (!same(found.ctHash, expected.ctHash)) throw new Error('content_mismatch');
  const key = await contentKey(cek, salt);
  const pieces = await Promise.all(chunks.map((chunk, i) =>
    subtle.decrypt({ name: 'AES-GCM', iv: nonce(i, i === chunks.length - 1), additionalData: header }, key, chunk)));
  return join(...pieces.map((piece) => new Uint8Array(piece)));
}

/** A stored answer of section 9, opened and still packed. */
export async function openStored(y, binding, ciphertext) {
  const bytes = hkdf(sha256, y, binding, join('farthing/v1/answer'), 32);
  const key = await subtle.importKey('raw', bytes, 'AES-GCM', false, ['decrypt']);
  return new Uint8Array(await subtle.decrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, ciphertext));
}
