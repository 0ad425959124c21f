// A wallet from the specification: orders, pouches, purchases and recovered answers.
import * as jose from 'jose';
import { H, b64u, compare, exact, join, lp, same, unb64u } from './bytes.mjs';
import * as binding from './binding.mjs';
import * as content from './content.mjs';
import { openKey } from './hpke.mjs';
import { hash, open } from './jws.mjs';
import { jwkOf, pointOf, publicPoint, sign } from './keys.mjs';
import { canonicalSplit, mintable } from './manifest.mjs';
import { grantOf, unpack } from './packed.mjs';
import { claimKey, cnfKey, grantSalt, sealingKey } from './secrets.mjs';
import { blindCoin, nullifier, onWire, takeEvaluations } from './token.mjs';

const wireElements = (coins) => coins.map((coin) => ({ keyset: coin.keyset.id, blinded: b64u(coin.blinded) }));

export class Wallet {
  constructor({ http, issuer, manifest, seed, now }) {
    Object.assign(this, { http, issuer, manifest, seed, now });
    this.counters = new Map();
    this.tokens = [];
  }

  /** R13: a counter is used up by being looked at. */
  coin(denomination, currency = 'EUR') {
    const keyset = mintable(this.manifest, currency, denomination, this.now());
    const counter = this.counters.get(keyset.id) ?? 0;
    this.counters.set(keyset.id, counter + 1);
    return blindCoin(this.seed, this.issuer, keyset, counter);
  }

  orderRequest(claimCounter, currency, amount) {
    const secret = claimKey(this.seed, this.issuer, claimCounter);
    const request = { currency, amount, terms: this.manifest.terms.sha256, claim: b64u(publicPoint(secret)) };
    return { ...request, signature: b64u(sign(secret, binding.order(this.issuer, request))) };
  }

  /** What the id of the order for this claim key must be. */
  orderId(claimCounter) {
    const claim = publicPoint(claimKey(this.seed, this.issuer, claimCounter));
    return b64u(H('farthing/v1/order-id', lp(this.issuer), claim).slice(0, 16));
  }

  drawRequest(claimCounter, pouch, mixName, currency = 'EUR') {
    const { mixes } = this.manifest.currencies.find((each) => each.currency === currency);
    const mix = mixes.find((each) => each.mix === mixName);
    const coins = mix.coins.flatMap(({ denomination, count }) =>
      Array.from({ length: count }, () => this.coin(denomination, currency)));
    return this.signedDraw(claimCounter, pouch, mixName, coins);
  }

  restRequest(claimCounter, pouch, rest, currency = 'EUR') {
    const split = canonicalSplit(this.manifest, currency, rest, this.now());
    return this.signedDraw(claimCounter, pouch, '', split.map((denomination) => this.coin(denomination, currency)));
  }

  signedDraw(claimCounter, pouch, mix, coins) {
    const request = { manifest: this.manifest.n, pouch, mix, elements: wireElements(coins) };
    const over = binding.draw(this.issuer, this.orderId(claimCounter), request);
    const signature = b64u(sign(claimKey(this.seed, this.issuer, claimCounter), over));
    return { coins, request: { ...request, signature } };
  }

  keep(coins, answer) {
    const tokens = takeEvaluations(coins, exact(answer, 'evaluations').evaluations);
    this.tokens.push(...tokens);
    return tokens;
  }

  /** Oldest tokens first until the price is covered; the rest comes back as change. */
  choose(amount) {
    const chosen = [];
    let sum = 0;
    for (const token of this.tokens) {
      if (sum >= amount) break;
      chosen.push(token);
      sum += token.amount;
    }
    if (sum < amount) throw new Error('insufficient_funds');
    return { chosen, change: sum - amount };
  }

  /** A purchase ready to be sent. `tokens` and `outputs` may be given for requests that must be refused. */
  redemption({ offer, wrap, price, tokens, outputs }) {
    const picked = tokens ? { chosen: tokens, change: tokens.reduce((s, t) => s + t.amount, 0) - price.amount } : this.choose(price.amount);
    const inputs = picked.chosen
      .map((token) => ({ token, nullifier: nullifier(this.issuer, token) }))
      .sort((a, b) => compare(a.nullifier, b.nullifier))
      .map(({ token }) => token);
    const split = outputs ?? canonicalSplit(this.manifest, price.currency, picked.change, this.now());
    const coins = split.map((denomination) => this.coin(denomination, price.currency));
    const lead = inputs[0];
    const cnf = cnfKey(this.seed, this.issuer, lead);
    const sealing = sealingKey(this.seed, this.issuer, lead);
    const salt = grantSalt(this.seed, this.issuer, lead);
    const request = {
      manifest: this.manifest.n, offer, price, wrap: b64u(wrap),
      inputs: inputs.map((token) => ({ keyset: b64u(token.keyset), nonce: b64u(token.nonce) })),
      outputs: wireElements(coins), cnf: b64u(publicPoint(cnf)), sealing: b64u(publicPoint(sealing)), salt: b64u(salt), kind_data: '',
    };
    const over = binding.redeem(this.issuer, hash(offer), request);
    request.inputs = inputs.map((token) => onWire(token, over));
    return { request, binding: over, inputs, coins, sealing, salt, cnf };
  }

  /** A swap of tokens for coins in groups; `shown` tells whose issuance is shown (R33). */
  swap(tokens, groups, shown = () => false) {
    const inputs = [...tokens].sort((a, b) => compare(nullifier(this.issuer, a), nullifier(this.issuer, b)));
    const named = inputs.map((token) => ({
      keyset: b64u(token.keyset), nonce: b64u(token.nonce), blind: shown(token) ? b64u(token.blind) : '',
    }));
    const request = { manifest: this.manifest.n, inputs: named, groups: groups.map((coins) => ({ outputs: wireElements(coins) })) };
    const over = binding.swap(this.issuer, request);
    request.inputs = inputs.map((token, i) => ({ ...onWire(token, over), blind: named[i].blind }));
    return { request, binding: over, inputs, groups };
  }

  /** The tokens of each group. */
  finishSwap({ inputs, groups }, answer) {
    const answered = exact(answer, 'groups').groups;
    if (answered.length !== groups.length) throw new Error('answer_invalid: groups');
    const tokens = groups.map((coins, i) => takeEvaluations(coins, exact(answered[i], 'evaluations').evaluations));
    this.spent(inputs);
    return tokens;
  }

  spent(inputs) {
    this.tokens = this.tokens.filter((token) => !inputs.includes(token));
  }

  /** Everything that a reader checks of an answer before it says "bought" (R21, R29). Gives the content key. */
  async finish(attempt, claims, answer) {
    const { grant, key, change } = exact(answer, 'grant', 'key', 'change');
    const payload = open(grant, 'farthing-grant+jwt', this.manifest.signing_keys, pointOf);
    exact(payload, 'iss', 'aud', 'jti', 'iat', 'kind', 'subject', 'amount', 'currency', 'fees', 'paid', 'access_until', 'refund_until', 'cnf', 'giver');
    exact(payload.fees, 'issuer', 'tax');
    const { price } = attempt.request;
    const expected = {
      iss: this.issuer, aud: claims.iss, kind: 'article', amount: price.amount, currency: price.currency, paid: 'money', giver: '',
      jti: b64u(H('farthing/v1/grant', attempt.binding).slice(0, 16)),
      subject: b64u(H('farthing/v1/subject', attempt.salt, lp(claims.resource), lp(claims.version), hash(attempt.request.offer), unb64u(claims.key_commit, 32))),
    };
    for (const [member, value] of Object.entries(expected)) {
      if (payload[member] !== value) throw new Error(`grant_invalid: ${member} is ${payload[member]}, not ${value}`);
    }
    const { x, y } = jwkOf(publicPoint(attempt.cnf));
    exact(payload.cnf.jwk, 'kty', 'crv', 'x', 'y');
    if (payload.cnf.jwk.x !== x || payload.cnf.jwk.y !== y) throw new Error('grant_invalid: cnf');
    const cek = await openKey(attempt.sealing, join('farthing/v1/key', attempt.binding), unb64u(key, 113));
    if (!same(content.keyCommit(cek), unb64u(claims.key_commit, 32))) throw new Error('key_mismatch');
    const tokens = takeEvaluations(attempt.coins, change);
    this.spent(attempt.inputs);
    this.tokens.push(...tokens);
    return { cek, grant: payload, jws: grant, tokens };
  }

  answerRequest(token) {
    return onWire(token, binding.answer(this.issuer, token));
  }

  /** Section 9: the stored answer is encrypted under the y of the lead; of a redemption it has key and grant. */
  async openAnswer(tokens, { operation, binding: over, lead, answer }) {
    if (operation !== 'redeem' && operation !== 'swap') throw new Error(`operation ${operation}`);
    const token = tokens.find((each) => b64u(nullifier(this.issuer, each)) === lead);
    if (!token) throw new Error('the lead is not mine');
    const bytes = await content.openStored(token.y, unb64u(over, 32), unb64u(answer));
    const packed = unpack(bytes);
    if (packed.operation !== operation) throw new Error(`packed ${packed.operation}`);
    if (operation === 'swap') return { binding: unb64u(over, 32) };
    const cnf = publicPoint(cnfKey(this.seed, this.issuer, token));
    return { binding: unb64u(over, 32), cek: packed.cek, grant: grantOf(packed, { issuer: this.issuer, binding: unb64u(over, 32), cnf }) };
  }
}

/** The disclosure, checked by somebody else's JOSE library under the issuer's JWKS. */
export async function checkDisclosure(jws, jwks, issuer, { order, currency, amount }) {
  const { payload } = await jose.jwtVerify(jws, jwks, { issuer, typ: 'farthing-disclosure+jwt', algorithms: ['ES256'] });
  exact(payload, 'iss', 'iat', 'exp', 'quote', 'order', 'moment', 'currency', 'total', 'value', 'fees', 'tax', 'terms', 'expiry', 'cash_out', 'sandbox');
  const fees = payload.fees.reduce((sum, fee) => sum + exact(fee, 'kind', 'amount').amount, 0);
  if (payload.total !== payload.value + fees + payload.tax) throw new Error('disclosure_invalid: sum');
  if (payload.order !== order || payload.currency !== currency || payload.value !== amount) throw new Error('disclosure_invalid');
  unb64u(payload.quote, 16);
  return payload;
}
