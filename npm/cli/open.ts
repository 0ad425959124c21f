/** Opening what one has sealed, with the key one kept (spec section 6): to look for the text where it should not stand. */
import { createDecipheriv, hkdfSync } from 'node:crypto';

const tag = 16;

/** The plaintext of a sealed part. @throws if key and part do not fit. */
export const openPart = (part: Uint8Array, key: Uint8Array): Uint8Array => {
  const bytes = Buffer.from(part);
  const headerEnd = 4 + bytes.readUInt32BE(0);
  const header = bytes.subarray(4, headerEnd);
  // What is needed stands at its end: salt, chunk size, length.
  const salt = header.subarray(-44, -12);
  const chunk = header.readUInt32BE(header.length - 12);
  const secret = new Uint8Array(hkdfSync('sha256', key, salt, 'farthing/v1/content', 32));
  const plain: Uint8Array[] = [];
  for (let at = headerEnd, index = 0; at < bytes.length; at += chunk, index++) {
    const sealed = bytes.subarray(at, at + chunk);
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(index, 7);
    nonce[11] = at + chunk >= bytes.length ? 1 : 0;
    const cipher = createDecipheriv('aes-256-gcm', secret, nonce).setAAD(header).setAuthTag(sealed.subarray(-tag));
    plain.push(cipher.update(sealed.subarray(0, -tag)), cipher.final());
  }
  return Buffer.concat(plain);
};
