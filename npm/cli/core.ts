/** The publisher's build of the core, in Node: initialised from its bytes. The browser's functions are in it as well. */
import { readFile } from 'node:fs/promises';
import type { Core } from '../src/core.js';

export interface PublisherJwk { kty: string; crv: string; x: string; y: string; kid: string; alg: string; use: string }

export interface PublisherCore extends Core {
  generateOfferKey(): { secret: Uint8Array; jwk: PublisherJwk };
  publicJwk(secret: Uint8Array): PublisherJwk;
  newContentKey(): Uint8Array;
  keyCommit(key: Uint8Array): string;
  sealPart(
    header: { publisher: string; resource: string; version: string; chunkSize?: number }, plaintext: Uint8Array, key: Uint8Array,
  ): { part: Uint8Array; ct_hash: string };
  signOffer(secret: Uint8Array, claims: object): { jws: string; hash: string };
  wrapKey(key: Uint8Array, to: { issuer: string; kid: string; sealingPublicKey: string; offerHash: string }): Uint8Array;
  normaliseResource(path: string): string;
}

interface PublisherModule extends PublisherCore {
  default(input: { module_or_path: unknown }): Promise<unknown>;
}

export const publisherCore = async (): Promise<PublisherCore> => {
  const core = (await import('../wasm-seal/farthing.js')) as unknown as PublisherModule;
  await core.default({ module_or_path: await readFile(new URL('../wasm-seal/farthing_bg.wasm', import.meta.url)) });
  return core;
};
