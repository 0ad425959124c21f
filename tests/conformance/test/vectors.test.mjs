// The vectors of tests/vectors/v1, written by the core's fixtures, answered by this client, which shares no code with them.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import * as jose from 'jose';
import * as binding from '../client/binding.mjs';
import { H, b64u, compare, join, lp, unb64u } from '../client/bytes.mjs';
import * as content from '../client/content.mjs';
import { openKey } from '../client/hpke.mjs';
import * as jws from '../client/jws.mjs';
import { jwkOf, pointOf, publicPoint, thumbprint, verify } from '../client/keys.mjs';
import { cnfKey, claimKey, grantSalt, sealingKey, tokenSecrets } from '../client/secrets.mjs';
import { blindCoin, keysetId, mac, nullifier, takeEvaluations, voprfInput } from '../client/token.mjs';

const folder = new URL('../../vectors/v1/', import.meta.url);

/** A kept token's 81 bytes. */
function kept(token) {
  const bytes = unb64u(token, 81);
  assert.equal(bytes[0], 1);
  return { keyset: bytes.slice(1, 17), nonce: bytes.slice(17, 49), y: bytes.slice(49) };
}

const keep = ({ keyset, nonce, y }) => b64u(join(Uint8Array.of(1), keyset, nonce, y));

/** The coins that a request asked for, made again from seed and counters. */
function coinsOf({ seed, manifest, counters }, elements) {
  const body = JSON.parse(manifest);
  const next = new Map(counters.map((counter) => [counter.keyset, counter.next]));
  return elements.map(({ keyset, blinded }) => {
    const counter = next.get(keyset) ?? 0;
    next.set(keyset, counter + 1);
    const coin = blindCoin(unb64u(seed, 32), body.iss, body.keysets.find(({ id }) => id === keyset), counter);
    assert.equal(b64u(coin.blinded), blinded);
    return coin;
  });
}

const lead = ({ lead_keyset, lead_nonce }) => ({ keyset: unb64u(lead_keyset, 16), nonce: unb64u(lead_nonce, 32) });

async function released(secret, over, key, commit) {
  const cek = await openKey(secret, join('farthing/v1/key', over), unb64u(key, 113));
  assert.equal(b64u(content.keyCommit(cek)), commit);
  return cek;
}

/** Checks a claim key's signature and gives the binding. */
function signed(over, claim, signature) {
  assert.ok(verify(unb64u(claim, 33), over, unb64u(signature, 64)));
  return b64u(over);
}

/** What this client makes of each question; a check that is not here is about reading strictly, which JSON.parse is not. */
const answers = {
  keyset({ issuer, unit, keyset }) {
    const id = b64u(keysetId(issuer, unit, keyset));
    assert.equal(id, keyset.id);
    return { id };
  },
  nullifier: ({ issuer, keyset, nonce }) => ({
    voprf_input: b64u(voprfInput(issuer, unb64u(keyset, 16), unb64u(nonce, 32))),
    nullifier: b64u(nullifier(issuer, { keyset: unb64u(keyset, 16), nonce: unb64u(nonce, 32) })),
  }),
  mac: ({ token, binding: over }) => ({ mac: b64u(mac(kept(token).y, unb64u(over, 32))) }),
  token_secret({ seed, issuer, keyset, counter }) {
    const { nonce, blind } = tokenSecrets(unb64u(seed, 32), issuer, unb64u(keyset, 16), counter);
    return { nonce: b64u(nonce), blind: b64u(blind), voprf_input: b64u(voprfInput(issuer, unb64u(keyset, 16), nonce)) };
  },
  claim_key({ seed, issuer, counter }) {
    const secret = claimKey(unb64u(seed, 32), issuer, counter);
    return { secret: b64u(secret), public: b64u(publicPoint(secret)) };
  },
  redemption_secret({ seed, issuer, ...rest }) {
    const of = (derive) => derive(unb64u(seed, 32), issuer, lead(rest));
    const sealing = of(sealingKey);
    return {
      cnf: b64u(publicPoint(of(cnfKey))), sealing_secret: b64u(sealing), sealing: b64u(publicPoint(sealing)), salt: b64u(of(grantSalt)),
    };
  },
  async offer({ offer, document }) {
    const { keys } = JSON.parse(document);
    const { protectedHeader } = await jose.compactVerify(offer, await jose.importJWK(keys[0]), { algorithms: ['ES256'] });
    assert.equal(protectedHeader.kid, thumbprint(keys[0]));
    const claims = jws.open(offer, 'farthing-offer+jwt', keys, pointOf);
    return { offer_hash: b64u(jws.hash(offer)), key_commit: claims.key_commit };
  },
  async part({ offer, document, part, cek }) {
    const { keys } = JSON.parse(document);
    const claims = jws.open(offer, 'farthing-offer+jwt', keys, pointOf);
    const { length, ct_hash } = claims.content[0];
    const expected = { publisher: claims.iss, resource: claims.resource, version: claims.version, length, ctHash: unb64u(ct_hash, 32) };
    const commit = b64u(content.keyCommit(unb64u(cek, 32)));
    assert.equal(commit, claims.key_commit);
    return { ct_hash, key_commit: commit, text: b64u(await content.open(unb64u(part), expected, unb64u(cek, 32))) };
  },
  async wrap({ issuer, sealing_secret, offer_hash, key_commit, wrap }) {
    const secret = unb64u(sealing_secret, 32);
    const kid = thumbprint(jwkOf(publicPoint(secret)));
    const info = join('farthing/v1/wrap', lp(issuer), lp(kid), unb64u(offer_hash, 32));
    const cek = await openKey(secret, info, unb64u(wrap, 113));
    assert.equal(b64u(content.keyCommit(cek)), key_commit);
    return { cek: b64u(cek) };
  },
  async release({ seed, issuer, binding: over, key, key_commit, ...rest }) {
    const secret = sealingKey(unb64u(seed, 32), issuer, lead(rest));
    return { cek: b64u(await released(secret, unb64u(over, 32), key, key_commit)) };
  },
  async grant({ grant, manifest, publisher, opening, cnf, binding: over, amount, currency }) {
    const body = JSON.parse(manifest);
    await jose.jwtVerify(grant, jose.createLocalJWKSet({ keys: body.signing_keys }), {
      issuer: body.iss, audience: publisher, typ: 'farthing-grant+jwt', algorithms: ['ES256'], currentDate: new Date(0),
    });
    const claims = jws.open(grant, 'farthing-grant+jwt', body.signing_keys, pointOf);
    const subject = H('farthing/v1/subject', unb64u(opening.salt, 32), lp(opening.resource), lp(opening.version),
      unb64u(opening.offer_hash, 32), unb64u(opening.key_commit, 32));
    const jti = H('farthing/v1/grant', unb64u(over, 32)).slice(0, 16);
    assert.deepEqual(claims.cnf, { jwk: jwkOf(unb64u(cnf, 33)) });
    const { aud, kind, paid, giver } = claims;
    assert.deepEqual([aud, kind, paid, giver, claims.amount, claims.currency], [publisher, 'article', 'money', '', amount, currency]);
    assert.deepEqual([claims.subject, claims.jti], [b64u(subject), b64u(jti)]);
    return { subject: claims.subject, jti: claims.jti };
  },
  order_request({ issuer, request }) {
    const order = JSON.parse(request);
    const id = H('farthing/v1/order-id', lp(issuer), unb64u(order.claim, 33)).slice(0, 16);
    return { binding: signed(binding.order(issuer, order), order.claim, order.signature), order: b64u(id) };
  },
  draw_request({ issuer, order, claim, request }) {
    const draw = JSON.parse(request);
    return { binding: signed(binding.draw(issuer, order, draw), claim, draw.signature) };
  },
  redeem_request({ issuer, request }) {
    const redeem = JSON.parse(request);
    const of = ({ keyset, nonce }) => nullifier(issuer, { keyset: unb64u(keyset, 16), nonce: unb64u(nonce, 32) });
    const nullifiers = redeem.inputs.map(of);
    nullifiers.reduce((before, next) => {
      assert.ok(compare(before, next) < 0);
      return next;
    });
    return { binding: b64u(binding.redeem(issuer, jws.hash(redeem.offer), redeem)), nullifiers: nullifiers.map(b64u) };
  },
  answer_request({ issuer, request }) {
    const { keyset, nonce } = JSON.parse(request);
    return { binding: b64u(binding.answer(issuer, { keyset: unb64u(keyset, 16), nonce: unb64u(nonce, 32) })) };
  },
  disclosure({ manifest, disclosure }) {
    const { signing_keys, iss } = JSON.parse(manifest);
    const claims = jws.open(disclosure, 'farthing-disclosure+jwt', signing_keys, pointOf);
    const fees = claims.fees.reduce((sum, { amount }) => sum + amount, 0);
    assert.deepEqual([claims.iss, claims.moment, claims.total], [iss, 'load', claims.value + fees + claims.tax]);
    assert.equal(typeof claims.sandbox, 'boolean');
    return { order: claims.order, total: claims.total, value: claims.value };
  },
  draw(input) {
    const coins = coinsOf(input, JSON.parse(input.request).elements);
    return { tokens: takeEvaluations(coins, JSON.parse(input.response).evaluations).map(keep) };
  },
  async payment(input) {
    const [request, response] = [JSON.parse(input.request), JSON.parse(input.response)];
    const { iss } = JSON.parse(input.manifest);
    const over = binding.redeem(iss, jws.hash(input.offer), request);
    const [first] = request.inputs;
    const of = { keyset: unb64u(first.keyset, 16), nonce: unb64u(first.nonce, 32) };
    const claims = jws.open(input.offer, 'farthing-offer+jwt', JSON.parse(input.document).keys, pointOf);
    await answers.grant({
      grant: response.grant, manifest: input.manifest, publisher: claims.iss, cnf: request.cnf, binding: b64u(over),
      amount: request.price.amount, currency: request.price.currency,
      opening: { salt: request.salt, resource: claims.resource, version: claims.version, offer_hash: b64u(jws.hash(input.offer)), key_commit: claims.key_commit },
    });
    const secret = sealingKey(unb64u(input.seed, 32), iss, of);
    const cek = await released(secret, over, response.key, claims.key_commit);
    return { cek: b64u(cek), change: takeEvaluations(coinsOf(input, request.outputs), response.change).map(keep) };
  },
  async answer({ issuer, tokens, response }) {
    const { binding: over, lead: first, answer } = JSON.parse(response);
    const mine = tokens.map(kept).find((token) => b64u(nullifier(issuer, token)) === first);
    return { body: Buffer.from(await content.openStored(mine.y, unb64u(over, 32), unb64u(answer))).toString('utf8') };
  },
};

/** Faults that only a strict reader of JSON, a clock or the page's address would notice, which this client has not. */
const notNoticed = {
  keyset: ['kind_reserved'],
  offer: /./,
  grant: ['duplicate_member', 'extra_member', 'number_with_a_fraction'],
  disclosure: ['duplicate_member', 'extra_member', 'number_with_a_fraction'],
  order_request: /./,
  draw_request: /./,
  redeem_request: /./,
  answer_request: /./,
  draw: ['extra_member'],
};

const skipped = (check, fault) => {
  const list = notNoticed[check];
  return list instanceof RegExp ? list.test(fault) : list?.includes(fault);
};

for (const [check, answer] of Object.entries(answers)) {
  test(`vectors: ${check}`, async () => {
    let [good, bad] = [0, 0];
    for (const file of readdirSync(new URL(`${check}/`, folder))) {
      const { input, expect } = JSON.parse(readFileSync(new URL(`${check}/${file}`, folder), 'utf8'));
      if (!expect.refused) {
        assert.deepEqual(await answer(input), expect, file);
        good += 1;
      } else if (!skipped(check, file.slice('bad_'.length, -'.json'.length))) {
        await assert.rejects(async () => answer(input), undefined, file);
        bad += 1;
      }
    }
    assert.ok(good > 0, `${good} good, ${bad} bad`);
  });
}
