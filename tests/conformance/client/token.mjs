// Section 3: keyset ids, tokens, macs; the VOPRF itself is @noble/curves'.
import { p256, p256_oprf } from '@noble/curves/nist.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { H, b64u, be64, join, lp, unb64u } from './bytes.mjs';
import { derive, tokenSecrets } from './secrets.mjs';

const { voprf } = p256_oprf;
const KINDS = { money: 0, promo: 1, right: 2, ticket: 3 };

/** The id of a keyset as the manifest shows it, computed from its other members. */
export function keysetId(issuer, unit, keyset) {
  return H(
    'farthing/v1/keyset', lp(issuer), keyset.currency, be64(unit), be64(keyset.denomination),
    Uint8Array.of(KINDS[keyset.kind]), lp(keyset.publisher), be64(keyset.mint_from), be64(keyset.mint_until),
    be64(keyset.redeem_until), be64(keyset.claim_until), unb64u(keyset.public_key, 33),
  ).slice(0, 16);
}

export const voprfInput = (issuer, id, nonce) => join(lp(issuer), id, nonce);

export const nullifier = (issuer, { keyset, nonce }) => H('farthing/v1/nullifier', lp(issuer), keyset, nonce);

/** Noble draws blind = (48 random bytes mod n−1) + 1; handing it blind − 1 gives the scalar of section 4. */
export function blindWith(input, blind) {
  const wanted = p256.Point.Fn.fromBytes(blind) - 1n;
  const bytes = Buffer.from(wanted.toString(16).padStart(96, '0'), 'hex');
  const made = voprf.blind(input, () => new Uint8Array(bytes));
  if (b64u(made.blind) !== b64u(blind)) throw new Error('noble took another blind');
  return made.blinded;
}

/** A coin about to be asked for. */
export function blindCoin(seed, issuer, keyset, counter) {
  const id = unb64u(keyset.id, 16);
  const { nonce, blind } = tokenSecrets(seed, issuer, id, counter);
  const input = voprfInput(issuer, id, nonce);
  return { keyset, id, nonce, blind, input, blinded: blindWith(input, blind) };
}

/** Checks one proof per keyset and unblinds; coins in the order in which they were sent. Gives tokens. */
export function takeEvaluations(coins, evaluations) {
  const order = [...new Set(coins.map((coin) => coin.keyset.id))];
  if (evaluations.map((group) => group.keyset).join() !== order.join()) throw new Error('groups of evaluations');
  return evaluations.flatMap((group) => {
    const mine = coins.filter((coin) => coin.keyset.id === group.keyset);
    if (group.evaluated.length !== mine.length) throw new Error('number of evaluations');
    const items = mine.map((coin, i) => ({
      input: coin.input, blind: coin.blind, blinded: coin.blinded, evaluated: unb64u(group.evaluated[i], 33),
    }));
    const outputs = voprf.finalizeBatch(items, unb64u(mine[0].keyset.public_key, 33), unb64u(group.proof, 64));
    return mine.map((coin, i) => ({
      keyset: coin.id, nonce: coin.nonce, blind: coin.blind, y: outputs[i], amount: coin.keyset.denomination,
      denomination: coin.keyset,
    }));
  });
}

/** The token's secret y turned into a mac over one request (R11). */
export const mac = (y, binding) => hmac(sha256, derive(y, join('farthing/v1/mac'), 32), binding);

export const onWire = (token, binding) => ({
  keyset: b64u(token.keyset), nonce: b64u(token.nonce), mac: b64u(mac(token.y, binding)),
});
