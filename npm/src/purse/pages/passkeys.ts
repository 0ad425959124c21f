/** The platform's passkeys (WebAuthn) with the extension `prf`: what its type library does not know yet is named here. */
import type { Passkeys } from '../purse.js';

type Bytes = Uint8Array<ArrayBuffer>;
interface Outputs { prf?: { results?: { first?: ArrayBuffer } } }

const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));
const evaluated = (credential: PublicKeyCredential): Bytes | null => {
  const first = (credential.getClientExtensionResults() as Outputs).prf?.results?.first;
  return first && first.byteLength === 32 ? new Uint8Array(first) : null;
};
const prf = (salt: Bytes): AuthenticationExtensionsClientInputs => ({ prf: { eval: { first: salt } } }) as AuthenticationExtensionsClientInputs;
/** A reader who turns away is no failure. */
const shown = (asking: Promise<Credential | null>): Promise<PublicKeyCredential | null> => asking.catch(() => null) as Promise<PublicKeyCredential | null>;

const get = async (id: Bytes, salt: Bytes): Promise<Bytes | null> => {
  const found = await shown(navigator.credentials.get({
    publicKey: { challenge: random(32), allowCredentials: [{ type: 'public-key', id }], userVerification: 'required', extensions: prf(salt) },
  }));
  return found && evaluated(found);
};

/** `name` is what the device calls it. */
export const passkeysOf = (name: string): Passkeys | null =>
  globalThis.PublicKeyCredential ? {
    async create(salt) {
      const made = await shown(navigator.credentials.create({
        publicKey: {
          challenge: random(32), rp: { name }, user: { id: random(16), name, displayName: name }, pubKeyCredParams: [{ type: 'public-key', alg: -7 }, { type: 'public-key', alg: -257 }],
          authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' }, extensions: prf(salt),
        },
      }));
      if (!made) return null;
      const id = new Uint8Array(made.rawId);
      // Some say only that they can, and do so when they are asked.
      const secret = evaluated(made) ?? (await get(id, salt));
      return secret && { id, secret };
    },
    get,
  } : null;
