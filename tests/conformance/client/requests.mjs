// Section 9 and 10 from the issuer's side: requests read strictly, and their bindings.
import { H, b64u, compare, lp, unb64u } from './bytes.mjs';
import * as binding from './binding.mjs';
import { parseJws, signedBy } from './objects.mjs';
import { jwkOf, pointOf, thumbprint, verify } from './keys.mjs';
import { blindWith, nullifier, voprfInput } from './token.mjs';
import { CURRENCY, Refused, as, distinct, int, isPoint, isScalar, many, must, one, point, raw, readJson, shape, trying, word } from './strict.mjs';

const LIMIT = 64 * 1024;
const element = shape({ keyset: raw(16), blinded: raw(33) });
const token = shape({ keyset: raw(16), nonce: raw(32), mac: raw(32) });

function checkElements(elements) {
  must(elements.every(({ blinded }) => isPoint(blinded)), 'element_invalid', 'no point');
  must(distinct(elements, ({ blinded }) => blinded), 'element_repeated', 'twice');
}

const signed = (claim, over, signature) =>
  must(trying('claim_signature', () => verify(unb64u(claim, 33), over, unb64u(signature, 64))), 'claim_signature', 'no');

export function order(issuer, text) {
  const request = shape({ currency: word(CURRENCY), amount: int(), terms: raw(32), claim: point, signature: raw(64) })(readJson(text, LIMIT));
  const over = binding.order(issuer, request);
  signed(request.claim, over, request.signature);
  return { binding: b64u(over), order: b64u(H('farthing/v1/order-id', lp(issuer), unb64u(request.claim)).slice(0, 16)) };
}

export function draw(issuer, orderId, claim, text) {
  const request = shape({
    manifest: int(), pouch: int(0, 2 ** 32 - 1), mix: word(/^[A-Za-z0-9._-]{0,16}$/), elements: many(element, 1, 64), signature: raw(64),
  })(readJson(text, LIMIT));
  checkElements(request.elements);
  const over = binding.draw(issuer, orderId, request);
  signed(claim, over, request.signature);
  return { binding: b64u(over) };
}

export function redeem(issuer, text) {
  const request = shape({
    manifest: int(), offer: word(), price: shape({ issuer: word(), currency: word(CURRENCY), amount: int(1), sealing_kid: raw(32) }), wrap: raw(113),
    inputs: many(token, 1, 64), outputs: many(element, 0, 64), cnf: point, sealing: point, salt: raw(32), kind_data: raw(),
  })(readJson(text, LIMIT));
  // R50: 2 and the giver's key, if anything.
  const data = unb64u(request.kind_data);
  const isGift = data.length === 34 && data[0] === 2 && isPoint(b64u(data.slice(1)));
  if (data.length > 0 && !isGift) throw new Refused('unsupported', 'kind data');
  const nullifiers = request.inputs.map(({ keyset, nonce }) => nullifier(issuer, { keyset: unb64u(keyset), nonce: unb64u(nonce) }));
  must(nullifiers.every((one, i) => i === 0 || compare(nullifiers[i - 1], one) < 0), 'inputs_order', 'not ascending');
  const { hash } = as('offer_invalid', () => parseJws(request.offer, 'farthing-offer+jwt'));
  checkElements(request.outputs);
  return { binding: b64u(binding.redeem(issuer, unb64u(hash), request)), nullifiers: nullifiers.map(b64u) };
}

/** R51, up to what is recorded. `keys` are the issuer's. */
export function rebind(issuer, keys, text) {
  const giver = (value) => value === '' || point(value);
  const request = shape({ grant: word(), giver, cnf: point, memory: raw(32), signature: raw(64), proof: raw(64) })(readJson(text, LIMIT));
  const grant = parseJws(request.grant, 'farthing-grant+jwt');
  as('grant_invalid', () => signedBy(grant, keys));
  must(grant.payload.giver !== '', 'grant_invalid', 'no gift');
  const by = request.giver ? unb64u(request.giver) : pointOf(grant.payload.cnf.jwk);
  must(!request.giver || thumbprint(jwkOf(by)) === grant.payload.giver, 'grant_invalid', 'another giver');
  const over = binding.rebind(issuer, grant.hash, request);
  for (const [key, signature] of [[by, request.signature], [unb64u(request.cnf), request.proof]]) {
    must(trying('grant_signature', () => verify(key, over, unb64u(signature, 64))), 'grant_signature', 'no');
  }
  return { binding: b64u(over), record: grant.payload.jti };
}

/** R56, up to the right's mac. `keys` are the issuer's. */
export function refund(issuer, keys, text) {
  const request = shape({ manifest: int(), grant: word(), reason: one('undo'), right: token, outputs: many(element, 1, 64), signature: raw(64) })(readJson(text, LIMIT));
  checkElements(request.outputs);
  const grant = parseJws(request.grant, 'farthing-grant+jwt');
  as('grant_invalid', () => signedBy(grant, keys));
  const over = binding.refund(issuer, grant.hash, request);
  must(trying('grant_signature', () => verify(pointOf(grant.payload.cnf.jwk), over, unb64u(request.signature, 64))), 'grant_signature', 'no');
  const { keyset, nonce } = request.right;
  return { binding: b64u(over), record: grant.payload.jti, nullifier: b64u(nullifier(issuer, { keyset: unb64u(keyset), nonce: unb64u(nonce) })) };
}

/** R33: the scalar that a blind is, or nothing. */
const shownBlind = (value) => value === '' || must(isScalar(unb64u(raw(32)(value))), 'malformed', 'no blind');
const shownToken = shape({ keyset: raw(16), nonce: raw(32), blind: shownBlind, mac: raw(32) });

export function swap(issuer, text) {
  const request = shape({
    manifest: int(), inputs: many(shownToken, 1, 64), groups: many(shape({ outputs: many(element, 1, 64) }), 1, 64),
  })(readJson(text, LIMIT));
  const outputs = request.groups.flatMap((group) => group.outputs);
  must(outputs.length <= 64, 'malformed', 'too many outputs');
  const tokens = request.inputs.map(({ keyset, nonce, blind }) => ({ keyset: unb64u(keyset), nonce: unb64u(nonce), blind: unb64u(blind) }));
  const nullifiers = tokens.map((each) => nullifier(issuer, each));
  must(nullifiers.every((one, i) => i === 0 || compare(nullifiers[i - 1], one) < 0), 'inputs_order', 'not ascending');
  checkElements(outputs);
  const shown = tokens.map(({ keyset, nonce, blind }) => (blind.length ? b64u(blindWith(voprfInput(issuer, keyset, nonce), blind)) : ''));
  return { binding: b64u(binding.swap(issuer, request)), nullifiers: nullifiers.map(b64u), shown };
}

export function answer(issuer, text) {
  const { keyset, nonce } = token(readJson(text, LIMIT));
  return { binding: b64u(binding.answer(issuer, { keyset: unb64u(keyset), nonce: unb64u(nonce) })) };
}

export const answerShape = shape({ operation: one('redeem', 'swap'), binding: raw(32), lead: raw(32), answer: raw() });
