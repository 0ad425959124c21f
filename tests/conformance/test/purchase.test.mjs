// The whole path against a running issuer, by a client that shares no code with it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as jose from 'jose';
import { b64u, lp, join, H, unb64u } from '../client/bytes.mjs';
import * as content from '../client/content.mjs';
import { hash } from '../client/jws.mjs';
import { unitOf, walk } from '../client/manifest.mjs';
import { nullifier } from '../client/token.mjs';
import { checkDisclosure } from '../client/wallet.mjs';
import { Stage, now } from '../harness/stage.mjs';

let stage;
before(async () => { stage = await Stage.set(); });
after(() => stage?.strike());

test('the walk from a pin ends at the same manifest', async () => {
  const { manifest, http, issuer } = stage;
  const again = await walk(http, issuer.origin, { n: manifest.n, hash: manifest.hash }, now());
  assert.equal(again.hash, manifest.hash);
  await assert.rejects(walk(http, issuer.origin, { n: manifest.n, hash: b64u(new Uint8Array(32)) }, now()), /manifest_fork/);
  await assert.rejects(walk(http, issuer.origin, { n: manifest.n + 1, hash: manifest.hash }, now()), /pin_unknown/);
});

test('one keyset alone is what the body says', async () => {
  const keyset = stage.manifest.keysets[0];
  assert.deepEqual(await stage.http.get(`/v1/keysets/${keyset.id}`), keyset);
});

test('the JWKS and the manifest name the same keys', async () => {
  const { keys } = await stage.http.get('/.well-known/jwks.json');
  const sorted = (list) => list.map((key) => key.kid).sort();
  assert.deepEqual(sorted(keys), sorted(stage.manifest.signing_keys));
});

test('the terms are the ones that the manifest names', async () => {
  const { url, sha256 } = stage.manifest.terms;
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  assert.equal(b64u(H(bytes)), sha256);
});

test('an order, its disclosure and its states', async () => {
  const { http, wallet, manifest, issuer, jwks } = stage;
  const { pocket_max: amount } = manifest.currencies[0];
  const { claim, order, disclosure } = await stage.load(amount, null);
  assert.equal(order.order, wallet.orderId(claim));
  assert.equal(order.state, 'quoted');
  assert.equal(disclosure.sandbox, true);
  assert.equal(disclosure.moment, 'load');
  assert.equal(disclosure.terms.sha256, manifest.terms.sha256);
  assert.deepEqual(await http.get(`/v1/orders/${order.order}`), { state: 'quoted' });

  const again = await http.post('/v1/orders', wallet.orderRequest(claim, 'EUR', amount));
  assert.equal(again.order, order.order);
  const repeated = await checkDisclosure(again.disclosure, jwks, issuer.origin, { order: order.order, currency: 'EUR', amount });
  assert.equal(repeated.quote, disclosure.quote);
  const smaller = wallet.orderRequest(claim, 'EUR', manifest.currencies[0].mixes[0].amount);
  await assert.rejects(http.post('/v1/orders', smaller), { code: 'order_conflict', status: 409 });

  const early = wallet.drawRequest(claim, 0, manifest.currencies[0].mixes[0].mix);
  await assert.rejects(http.post(`/v1/orders/${order.order}/draw`, early.request), { code: 'order_not_settled' });
});

test('a declined payment ends the order', async () => {
  const { http, manifest, wallet } = stage;
  const { mix, amount } = manifest.currencies[0].mixes[0];
  const { claim, order } = await stage.load(amount, /decline/i);
  assert.deepEqual(await http.get(`/v1/orders/${order.order}`), { state: 'declined' });
  const { request } = wallet.drawRequest(claim, 0, mix);
  await assert.rejects(http.post(`/v1/orders/${order.order}/draw`, request), { code: 'order_not_settled' });
});

test('pouches: drawn once, answered again alike, and the rest in its canonical split', async () => {
  const { http, manifest, wallet } = stage;
  const [{ mix, amount }] = manifest.currencies[0].mixes;
  const rest = 7 * unitOf(manifest, 'EUR');
  const { claim, order } = await stage.load(amount + rest);
  assert.deepEqual(await http.get(`/v1/orders/${order.order}`), { state: 'settled' });
  const path = `/v1/orders/${order.order}/draw`;

  const { coins, request } = wallet.drawRequest(claim, 0, mix);
  const forged = { ...request, signature: wallet.drawRequest(claim, 0, mix).request.signature };
  await assert.rejects(http.post(path, forged), { code: 'claim_signature', status: 403 });
  const body = JSON.stringify(request);
  const first = await http.text(path, { method: 'POST', body });
  assert.equal(await http.text(path, { method: 'POST', body }), first, 'the same request, the same bytes');
  const tokens = wallet.keep(coins, JSON.parse(first));
  assert.equal(tokens.reduce((sum, token) => sum + token.amount, 0), amount);

  await assert.rejects(http.post(path, wallet.drawRequest(claim, 0, mix).request), { code: 'pouch_conflict' });
  await assert.rejects(http.post(path, wallet.restRequest(claim, 2, rest).request), { code: 'pouch_unavailable' });
  await assert.rejects(http.post(path, wallet.drawRequest(claim, 1, mix).request), { code: 'pouch_unavailable' });
  await assert.rejects(http.post(path, wallet.restRequest(claim, 1, rest - 1_000).request), { code: 'pouch_mismatch', status: 422 });
  const last = wallet.restRequest(claim, 1, rest);
  const more = wallet.keep(last.coins, await http.post(path, last.request));
  assert.deepEqual(more.map((token) => token.amount / unitOf(manifest, 'EUR')), [4, 2, 1]);
  await assert.rejects(http.post(path, wallet.restRequest(claim, 2, rest).request), { code: 'pouch_mismatch' });
});

test('an article is bought with change, read, and its grant verifies with jose', async () => {
  await stage.fund();
  const before = stage.balance();
  const article = await stage.article({ html: '<p>Sealed by a stranger.</p>', amount: 23_000 });
  const { attempt, body, answer, bought } = await stage.buy(article);

  const plaintext = await content.open(article.part, {
    publisher: article.claims.iss, resource: article.claims.resource, version: article.claims.version,
    length: article.claims.content[0].length, ctHash: unb64u(article.claims.content[0].ct_hash, 32),
  }, bought.cek);
  assert.equal(Buffer.from(plaintext).toString('utf8'), '<p>Sealed by a stranger.</p>');
  assert.equal(stage.balance(), before - 23_000);

  const remote = jose.createRemoteJWKSet(new URL('/.well-known/jwks.json', stage.issuer.origin));
  const { payload, protectedHeader } = await jose.jwtVerify(bought.jws, remote, {
    issuer: stage.issuer.origin, audience: stage.publisher.origin, typ: 'farthing-grant+jwt', algorithms: ['ES256'],
  });
  assert.deepEqual(Object.keys(protectedHeader).sort(), ['alg', 'kid', 'typ']);
  assert.equal(payload.amount, 23_000);
  assert.equal(payload.subject, b64u(H('farthing/v1/subject', attempt.salt, lp(article.claims.resource), lp(article.claims.version), hash(article.offer), unb64u(article.claims.key_commit))));
  await assert.rejects(jose.jwtVerify(bought.jws, remote, { audience: `${stage.publisher.origin}0` }));

  assert.equal(await stage.http.text('/v1/redemptions', { method: 'POST', body }), answer, 'the same request, the same bytes');
  await stage.issuer.pause();
  await stage.issuer.serve();
  assert.equal(await stage.http.text('/v1/redemptions', { method: 'POST', body }), answer, 'and after a restart too');

  for (const token of attempt.inputs) {
    const found = await stage.http.post('/v1/answers', stage.wallet.answerRequest(token));
    assert.equal(found.lead, b64u(nullifier(stage.issuer.origin, attempt.inputs[0])));
    const opened = await stage.wallet.openAnswer(attempt.inputs, found);
    assert.deepEqual(opened.binding, attempt.binding);
    assert.equal(opened.grant, bought.jws, 'the grant, to the last byte');
    assert.deepEqual(opened.cek, bought.cek);
  }
  await assert.rejects(stage.http.post('/v1/answers', stage.wallet.answerRequest(stage.wallet.tokens[0])), { code: 'answer_unknown', status: 404 });

  const other = stage.wallet.redemption({ ...(await stage.article({ amount: 1000 })), tokens: attempt.inputs });
  await assert.rejects(stage.http.post('/v1/redemptions', other.request), (error) => {
    assert.equal(error.code, 'token_spent');
    assert.deepEqual(error.problem.spent, attempt.inputs.map((_, i) => i));
    return true;
  });
  assert.match(await stage.issuer.audit(), /difference\D*0\b/i);
});

test('change buys the next article', async () => {
  const change = stage.wallet.tokens.at(-1);
  const article = await stage.article({ amount: change.amount });
  const attempt = stage.wallet.redemption({ ...article, tokens: [change] });
  assert.equal(attempt.request.outputs.length, 0);
  const bought = await stage.wallet.finish(attempt, article.claims, await stage.http.post('/v1/redemptions', attempt.request));
  assert.deepEqual(bought.cek, article.cek);
  assert.equal(bought.tokens.length, 0);
});
