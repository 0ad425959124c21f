// Section 4: everything that a wallet keeps secret, from its seed.
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { mnemonicToEntropy } from '@scure/bip39';
import { wordlist } from '@scure/bip39/wordlists/english.js';
import { be32, join, lp } from './bytes.mjs';
import { scalar } from './keys.mjs';
import { must, trying } from './strict.mjs';

const BRANCH = 0;

export const derive = (ikm, info, length) => hkdf(sha256, ikm, undefined, info, length);

/** Section 4.1: the bytes that twelve words stand for. */
export function phraseBytes(words) {
  const plain = words.toLowerCase().split(/[^a-z]+/).filter(Boolean);
  must(plain.length === 12, 'phrase_invalid', `${plain.length} words`);
  return trying('phrase_invalid', () => mnemonicToEntropy(plain.join(' '), wordlist));
}

export const phraseSeed = (bytes) => derive(bytes, join('farthing/v1/phrase'), 32);

export function tokenSecrets(seed, issuer, keysetId, counter) {
  const bytes = derive(seed, join('farthing/v1/token', lp(issuer), keysetId, be32(BRANCH), be32(counter)), 80);
  return { nonce: bytes.slice(0, 32), blind: scalar(bytes.slice(32)) };
}

export const claimKey = (seed, issuer, counter) =>
  scalar(derive(seed, join('farthing/v1/claim', lp(issuer), be32(BRANCH), be32(counter)), 48));

const ofLead = (label, seed, issuer, lead, length) =>
  derive(seed, join(`farthing/v1/${label}`, lp(issuer), lead.keyset, lead.nonce), length);

export const cnfKey = (seed, issuer, lead) => scalar(ofLead('cnf', seed, issuer, lead, 48));
export const sealingKey = (seed, issuer, lead) => scalar(ofLead('seal', seed, issuer, lead, 48));
export const giftSecret = (seed, issuer, lead) => ofLead('gift', seed, issuer, lead, 32);
export const giverKey = (seed, issuer, lead) => scalar(ofLead('giver', seed, issuer, lead, 48));
/** The keys of whoever has the link. */
export const giftCnfKey = (secret) => scalar(derive(secret, join('farthing/v1/gift-cnf'), 48));
export const giftSealingKey = (secret) => scalar(derive(secret, join('farthing/v1/gift-seal'), 48));
export const reboundKey = (seed, issuer, jti) => scalar(derive(seed, join('farthing/v1/rebound', lp(issuer), jti), 48));
export const grantSalt = (seed, issuer, lead) => ofLead('salt', seed, issuer, lead, 32);
