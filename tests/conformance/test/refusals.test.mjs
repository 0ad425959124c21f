// Bad input at the issuer: a stable code for each, and no token is spent by any of them.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { p256_oprf } from '@noble/curves/nist.js';
import { b64u, join as bytes } from '../client/bytes.mjs';
import * as binding from '../client/binding.mjs';
import { hash } from '../client/jws.mjs';
import { Publisher } from '../client/publisher.mjs';
import { keysetId, mac, voprfInput } from '../client/token.mjs';
import { refusal } from '../client/http.mjs';
import { Stage, now } from '../harness/stage.mjs';

let stage;
let expired;
before(async () => {
  stage = await Stage.set(async (dir, origin) => { expired = await oldKeyset(dir, origin); });
  await stage.fund();
});
after(() => stage?.strike());

const random = (length) => new Uint8Array(randomBytes(length));

/** A keyset of two years ago, written beside the new ones as if this issuer had been there then. */
async function oldKeyset(dir, origin) {
  const { secretKey, publicKey } = p256_oprf.voprf.generateKeyPair();
  const year = 365 * 86_400;
  const dates = { mint_from: now() - 2 * year, mint_until: now() - 2 * year + 86_400, redeem_until: now() - year, claim_until: now() + year };
  const keyset = { currency: 'EUR', denomination: 8_000, kind: 'money', publisher: '', public_key: b64u(publicKey), ...dates };
  const id = keysetId(origin, 1_000, keyset);
  const lines = Object.entries(dates).map(([name, value]) => `${name} = ${value}\n`).join('');
  const file = `currency = "EUR"\nunit = 1000\n${lines}\n[[key]]\nkeyset = "${b64u(id)}"\ndenomination = 8000\nsecret = "${b64u(secretKey)}"\n`;
  await writeFile(join(dir, 'keys', 'tokens-EUR-old.toml'), file, { mode: 0o600 });
  return { id, secretKey };
}

/** Sends a purchase that must be refused, and then shows that its tokens still buy something. */
async function refused(code, status, attempt, alter = (request) => request, genuine = true) {
  const request = alter(structuredClone(attempt.request));
  await assert.rejects(stage.http.post('/v1/redemptions', request), (error) => {
    assert.equal(error.code, code, error.message);
    assert.equal(error.status, status);
    return true;
  });
  for (const token of attempt.inputs) {
    const asked = stage.http.post('/v1/answers', stage.wallet.answerRequest(token));
    await assert.rejects(asked, { code: genuine ? 'answer_unknown' : code });
  }
}

/** The same request with other fields and macs that fit them. */
function again(attempt, change, offer = attempt.request.offer) {
  const request = { ...attempt.request, ...change };
  const over = binding.redeem(stage.issuer.origin, hash(offer), request);
  const inputs = request.inputs.map((input, i) => ({ ...input, mac: b64u(mac(attempt.inputs[i].y, over)) }));
  return { ...attempt, request: { ...request, inputs } };
}

const purchase = async (options) => stage.wallet.redemption(await stage.article(options));

test('forged token and another request’s mac', async () => {
  const attempt = await purchase();
  await refused('token_invalid', 422, attempt, (request) => {
    request.inputs[0].mac = b64u(random(32));
    return request;
  });
  const other = await purchase();
  await refused('token_invalid', 422, attempt, (request) => {
    request.inputs[0].mac = other.request.inputs[0].mac;
    return request;
  });
  await refused('token_invalid', 422, attempt, (request) => ({ ...request, salt: b64u(random(32)) }));
});

test('a token that nobody issued', async () => {
  const invented = { ...stage.wallet.tokens[0], nonce: random(32), y: random(32) };
  await refused('token_invalid', 422, stage.wallet.redemption({ ...(await stage.article({ amount: invented.amount })), tokens: [invented] }), undefined, false);
});

test('a token of another issuer', async () => {
  const foreign = await Stage.set();
  try {
    const [token] = await foreign.fund();
    const article = await stage.article({ amount: token.amount });
    await refused('keyset_unknown', 422, stage.wallet.redemption({ ...article, tokens: [token] }), undefined, false);
  } finally {
    await foreign.strike();
  }
});

test('a token of an expired keyset, though its mac is right', async () => {
  const nonce = random(32);
  const y = p256_oprf.voprf.evaluate(expired.secretKey, voprfInput(stage.issuer.origin, expired.id, nonce));
  const token = { keyset: expired.id, nonce, y, amount: 8_000 };
  assert.ok(!stage.manifest.keysets.some((keyset) => keyset.id === b64u(expired.id)), 'the manifest lists it no more');
  await refused('keyset_expired', 422, stage.wallet.redemption({ ...(await stage.article({ amount: 8_000 })), tokens: [token] }));
  const claim = stage.claims;
  const { order } = await stage.load(stage.manifest.currencies[0].mixes[0].amount);
  const { coins } = stage.wallet.drawRequest(claim, 0, stage.manifest.currencies[0].mixes[0].mix);
  const [first, ...others] = coins;
  const old = stage.wallet.signedDraw(claim, 0, '0.50', [{ ...first, keyset: { ...first.keyset, id: b64u(expired.id) } }, ...others]);
  await assert.rejects(stage.http.post(`/v1/orders/${order.order}/draw`, old.request), (error) => {
    assert.deepEqual([error.status, error.code, error.problem.manifest], [409, 'keyset_not_mintable', stage.manifest.n]);
    return true;
  });
});

test('offer for another price, and a price that the offer does not have', async () => {
  const attempt = await purchase({ amount: 20_000 });
  await refused('price_mismatch', 422, again(attempt, { price: { ...attempt.request.price, amount: 19_000 }, outputs: [] }));
  await refused('price_mismatch', 422, again(attempt, { price: { ...attempt.request.price, issuer: 'https://issuer.example' } }));
});

test('expired offer, offer from the future, offer for too long', async () => {
  const day = 86_400;
  await refused('offer_expired', 422, await purchase({ change: { iat: now() - 9 * day, exp: now() - day } }));
  await refused('offer_expired', 422, await purchase({ change: { iat: now() + 3600, exp: now() + day } }));
  await refused('offer_invalid', 422, await purchase({ change: { iat: now(), exp: now() + 401 * day } }));
});

test('offer of nobody known, and an offer signed by somebody else', async () => {
  const stranger = new Publisher('http://127.0.0.1:9', [stage.issuer.origin]);
  const theirs = await stranger.article(stage.manifest, { resource: '/a', html: 'x', amount: 20_000, now: now() });
  await refused('publisher_unknown', 422, stage.wallet.redemption(theirs));
  const impostor = new Publisher(stage.publisher.origin, [stage.issuer.origin]);
  const forged = await impostor.article(stage.manifest, { resource: '/a', html: 'x', amount: 20_000, now: now() });
  await refused('offer_invalid', 422, stage.wallet.redemption(forged));
});

test('a price that cannot be paid in coins', async () => {
  const article = await stage.article({ amount: 20_500 });
  const attempt = stage.wallet.redemption({ ...article, tokens: stage.wallet.choose(21_000).chosen, outputs: [] });
  await refused('price_not_payable', 422, attempt);
});

test('a price above what was agreed with the publisher', async () => {
  const article = await stage.article({ amount: 6_000_000 });
  await refused('price_limit', 422, stage.wallet.redemption({ ...article, tokens: stage.wallet.choose(21_000).chosen, outputs: [] }));
});

test('wrapped key moved from a cheaper article', async () => {
  const cheap = await stage.article({ amount: 1_000 });
  const dear = await stage.article({ amount: 20_000 });
  await refused('wrap_invalid', 422, stage.wallet.redemption({ ...dear, wrap: cheap.wrap }));
  await refused('wrap_invalid', 422, stage.wallet.redemption({ ...dear, wrap: bytes(cheap.wrap.slice(0, 65), random(48)) }));
});

test('a wrap that opens to another key than the offer promises', async () => {
  const article = await stage.article();
  const sealing = stage.manifest.sealing_keys[0];
  const wrap = await stage.publisher.wrap(stage.manifest, sealing, article.offer, random(32));
  await refused('key_mismatch', 422, stage.wallet.redemption({ ...article, wrap }));
});

test('an unknown sealing key', async () => {
  const article = await stage.article();
  const claims = { ...article.claims, prices: [{ ...article.price, sealing_kid: b64u(random(32)) }] };
  const offer = stage.publisher.offer(claims);
  await refused('sealing_key_unknown', 422, stage.wallet.redemption({ ...article, offer, price: claims.prices[0] }));
});

test('inputs out of order, twice, or too few', async () => {
  const article = await stage.article({ amount: 1_000 });
  const tokens = stage.wallet.tokens.slice(0, 2);
  const sum = tokens.reduce((all, token) => all + token.amount, 0);
  const attempt = stage.wallet.redemption({ ...article, tokens });
  const reversed = { ...attempt, inputs: attempt.inputs.toReversed() };
  await refused('inputs_order', 422, again(reversed, { inputs: attempt.request.inputs.toReversed() }));
  const twice = { ...attempt, inputs: [attempt.inputs[0], attempt.inputs[0]] };
  await refused('inputs_order', 422, again(twice, { inputs: [attempt.request.inputs[0], attempt.request.inputs[0]] }));
  const dear = await stage.article({ amount: sum + 1_000 });
  await refused('unbalanced', 422, stage.wallet.redemption({ ...dear, tokens, outputs: [] }));
  await refused('unbalanced', 422, again(attempt, { outputs: [] }));
});

test('elements that are no points, that repeat, that were used before', async () => {
  const article = await stage.article({ amount: 1_000 });
  const dearest = stage.wallet.tokens.toSorted((a, b) => b.amount - a.amount)[0];
  const attempt = stage.wallet.redemption({ ...article, tokens: [dearest] });
  const [first, ...rest] = attempt.request.outputs;
  assert.ok(rest.length > 0, 'there is change');
  const bad = { ...first, blinded: b64u(bytes(Uint8Array.of(2), new Uint8Array(32).fill(255))) };
  await refused('element_invalid', 422, again(attempt, { outputs: [bad, ...rest] }));
  const identity = { ...first, blinded: b64u(new Uint8Array(33)) };
  await refused('element_invalid', 422, again(attempt, { outputs: [identity, ...rest] }));
  await refused('element_repeated', 422, again(attempt, { outputs: [first, first, ...rest] }));

  const bought = await stage.buy({ ...(await stage.article({ amount: 1_000 })), tokens: [dearest] });
  const used = bought.attempt.request.outputs.at(-1);
  const { denomination } = stage.manifest.keysets.find((keyset) => keyset.id === used.keyset);
  const paying = stage.wallet.tokens.find((token) => token.amount > denomination);
  const next = stage.wallet.redemption({
    ...(await stage.article({ amount: paying.amount - denomination })), tokens: [paying], outputs: [denomination],
  });
  await assert.rejects(stage.http.post('/v1/redemptions', again(next, { outputs: [used] }).request), (error) => {
    assert.deepEqual([error.status, error.code, error.problem.elements], [409, 'element_reused', [0]]);
    return true;
  });
  await refused('element_reused', 409, again(next, { outputs: [used] }));
});

test('what is reserved is unsupported', async () => {
  const uses = { sold: { kind: 'uses', n: 10, block: 10, block_price: 1000 } };
  await refused('unsupported', 422, await purchase({ change: uses }));
  const attempt = await purchase();
  await refused('unsupported', 422, again(attempt, { kind_data: b64u(bytes(Uint8Array.of(1), new Uint8Array(16), new Uint8Array(32))) }));
  await refused('unsupported', 422, await purchase({ resource: '/a?b=c' }));
});

test('JSON is read strictly', async () => {
  const attempt = await purchase();
  const good = JSON.stringify(attempt.request);
  const raw = async (body, headers) => {
    const error = refusal(await stage.http.send('/v1/redemptions', { method: 'POST', body, headers }));
    return [error.status, error.code];
  };
  const malformed = [
    good.slice(0, -1), `${good} {}`, `${good.slice(0, -1)},"kind_data":""}`, `${good.slice(0, -1)},"more":1}`,
    good.replace(/"manifest":(\d+)/, '"manifest":$1.0'), good.replace(/"manifest":(\d+)/, '"manifest":"$1"'), `\ufeff${good}`, '', '[]', 'null',
    good.replace('"kind_data":"",', '').replace(',"kind_data":""', ''), good.replace(/"salt":"/, '"salt":"='),
  ];
  for (const body of malformed) {
    assert.deepEqual(await raw(body), [400, 'malformed'], body.slice(0, 60));
  }
  assert.deepEqual(await raw(`${'[1,'.repeat(30)}`), [400, 'malformed']);
  assert.deepEqual(await raw(good, { 'content-type': 'text/plain' }), [415, 'media_type']);
  assert.deepEqual(await raw(`{"a":"${'x'.repeat(10 * 1024 * 1024)}"}`).catch((error) => [error.cause?.code]), [413, 'too_large']);
  const spaced = await stage.http.send('/v1/redemptions', { method: 'POST', body: `\n ${good} \r\n` });
  assert.equal(spaced.status, 200, 'white space around is no error');
  await stage.wallet.spent(attempt.inputs);
  const { change } = JSON.parse(spaced.string);
  stage.wallet.keep(attempt.coins, { evaluations: change });
});

test('orders are held to the pocket, the unit and the terms', async () => {
  const { wallet, http, manifest } = stage;
  const { pocket_max: most, mixes } = manifest.currencies[0];
  const order = (amount, alter = (x) => x) => http.post('/v1/orders', alter(wallet.orderRequest(900, 'EUR', amount)));
  await assert.rejects(order(most + 1_000), { code: 'pocket_limit', status: 422 });
  await assert.rejects(order(mixes[0].amount + 500), { code: 'amount_invalid', status: 422 });
  await assert.rejects(order(mixes[0].amount - 1_000), { code: 'amount_invalid', status: 422 });
  await assert.rejects(order(mixes[0].amount, (request) => ({ ...request, amount: most })), { code: 'claim_signature', status: 403 });
  const old = wallet.manifest;
  wallet.manifest = { ...old, terms: { ...old.terms, sha256: b64u(random(32)) } };
  await assert.rejects(order(mixes[0].amount), { code: 'terms_changed', status: 409 });
  wallet.manifest = old;
});

test('draws of a mix that there is not, and of elements used before', async () => {
  const { wallet, http, manifest } = stage;
  const [{ mix, amount }] = manifest.currencies[0].mixes;
  const { claim, order } = await stage.load(amount);
  const path = `/v1/orders/${order.order}/draw`;
  const { coins } = wallet.drawRequest(claim, 0, mix);
  await assert.rejects(http.post(path, wallet.signedDraw(claim, 0, '7.77', coins).request), { code: 'mix_unknown', status: 422 });
  await assert.rejects(http.post(path, wallet.signedDraw(claim, 0, mix, coins.slice(1)).request), { code: 'pouch_mismatch', status: 422 });
  const { request } = wallet.signedDraw(claim, 0, mix, coins);
  wallet.keep(coins, await http.post(path, request));
  const second = await stage.load(amount);
  const again = wallet.signedDraw(second.claim, 0, mix, coins);
  await assert.rejects(http.post(`/v1/orders/${second.order.order}/draw`, again.request), { code: 'element_reused', status: 409 });
  const fresh = wallet.drawRequest(second.claim, 0, mix);
  wallet.keep(fresh.coins, await http.post(`/v1/orders/${second.order.order}/draw`, fresh.request));
});

test('a notice of payment that nobody signed', async () => {
  const { order } = await stage.load(stage.manifest.currencies[0].mixes[0].amount, null);
  const answer = await stage.http.send('/v1/webhooks/sandbox', {
    method: 'POST', body: { type: 'payment.paid', order: order.order },
    headers: { 'webhook-id': 'msg_1', 'webhook-timestamp': String(now()), 'webhook-signature': `v1,${Buffer.alloc(32).toString('base64')}` },
  });
  assert.deepEqual([answer.status, refusal(answer).code], [403, 'webhook_signature']);
  assert.deepEqual(await stage.http.get(`/v1/orders/${order.order}`), { state: 'quoted' });
});

test('paths and methods that are not there', async () => {
  const { http } = stage;
  const problem = async (path, options) => {
    const error = refusal(await http.send(path, options));
    return [error.status, error.code];
  };
  assert.deepEqual(await problem('/v1/nothing'), [404, 'not_found']);
  assert.deepEqual(await problem('/v1/redemptions'), [405, 'method_not_allowed']);
  assert.deepEqual(await problem(`/v1/orders/${b64u(random(16))}`), [404, 'order_unknown']);
  assert.deepEqual(await problem(`/v1/keysets/${b64u(random(16))}`), [404, 'keyset_unknown']);
  assert.deepEqual(await problem(`/v1/manifests/bodies/${b64u(random(32))}`), [404, 'manifest_unknown']);
});

test('pages of other origins may ask, without credentials', async () => {
  const { http } = stage;
  const answer = await http.send('/v1/manifests?from=1');
  assert.equal(answer.headers.get('access-control-allow-origin'), '*');
  assert.equal(answer.headers.get('access-control-allow-credentials'), null);
  const preflight = await http.send('/v1/redemptions', {
    method: 'OPTIONS', headers: { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' },
  });
  assert.ok(preflight.status === 200 || preflight.status === 204);
  assert.equal(preflight.headers.get('access-control-allow-origin'), '*');
  assert.match(preflight.headers.get('access-control-allow-headers'), /content-type/i);
  const refusedAnswer = await http.send('/v1/redemptions', { method: 'POST', body: '{' });
  assert.equal(refusedAnswer.headers.get('access-control-allow-origin'), '*', 'a page can read why it was refused');
  assert.equal(refusedAnswer.headers.get('cache-control'), 'no-store');
});

test('after all this the books balance', async () => {
  assert.match(await stage.issuer.audit(), /difference\D*0\b/i);
});
