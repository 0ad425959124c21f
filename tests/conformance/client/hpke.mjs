// Section 2: HPKE in base mode by @hpke/core; a content key sealed is enc ‖ ciphertext, 113 bytes.
import { Aes256Gcm, CipherSuite, DhkemP256HkdfSha256, HkdfSha256 } from '@hpke/core';
import { join, b64u } from './bytes.mjs';
import { jwkOf, publicPoint, uncompressed } from './keys.mjs';

const suite = new CipherSuite({ kem: new DhkemP256HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const buffer = (bytes) => bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);

/** With `ikm` (32 bytes) the ephemeral key is the one that DeriveKeyPair makes of it. */
export async function sealKey(point, info, key, ikm) {
  const recipientPublicKey = await suite.kem.deserializePublicKey(buffer(uncompressed(point)));
  const sender = await suite.createSenderContext({ recipientPublicKey, info: buffer(info), ...(ikm && { ekm: buffer(ikm) }) });
  const sealed = join(new Uint8Array(sender.enc), new Uint8Array(await sender.seal(buffer(key))));
  if (sealed.length !== 113) throw new Error(`${sealed.length} bytes`);
  return sealed;
}

export async function openKey(secret, info, sealed) {
  if (sealed.length !== 113) throw new Error(`${sealed.length} bytes`);
  const jwk = { ...jwkOf(publicPoint(secret)), d: b64u(secret) };
  const recipientKey = await suite.kem.importKey('jwk', jwk, false);
  const recipient = await suite.createRecipientContext({ recipientKey, enc: buffer(sealed.slice(0, 65)), info: buffer(info) });
  return new Uint8Array(await recipient.open(buffer(sealed.slice(65))));
}
