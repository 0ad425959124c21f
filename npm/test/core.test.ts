/** The types written by hand are those of the built module: names at run time, shapes by the compiler of what the core returns. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { browserCore, openShop } from './reader.js';

test('every function that the seam names is in the built module, and the browser’s holds none of a publisher’s', async () => {
  const core = await browserCore();
  const seam = await readFile(new URL('../src/core.ts', import.meta.url), 'utf8');
  const body = seam.slice(seam.indexOf('export interface Core {'), seam.indexOf('/** Makes the core'));
  const functions = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name!);
  assert.ok(functions.length >= 12);
  for (const name of functions) assert.equal(typeof core[name as never], 'function', name);
  for (const handle of ['Manifest', 'Offer', 'Reading'] as const) assert.equal(typeof core[handle], 'function', handle);
  const script = await readFile(new URL('../wasm/farthing.js', import.meta.url), 'utf8');
  assert.doesNotMatch(script, /signOffer|wrapKey|generateOfferKey|sealPart/);
});

test('what the core returns has exactly the members that the types name', async () => {
  const { issuer, seal, document } = await openShop();
  const core = await browserCore();
  const now = issuer.now;
  const manifest = core.Manifest.follow(issuer.id, null, issuer.pin, issuer.heads, new TextEncoder().encode([...issuer.bodies.values()][0]), now);
  const members = (value: object) => Object.keys(value).sort();
  assert.deepEqual(members(manifest.trust()), ['hash', 'kids', 'n']);
  assert.deepEqual(members(manifest.view()), ['currencies', 'iss', 'n', 'terms']);
  assert.deepEqual(members(manifest.view().currencies[0]!), ['currency', 'mixes', 'pocket_max', 'unit']);
  assert.deepEqual(members(core.headInfo(issuer.heads[0]!)), ['body', 'kid', 'n']);
  const { offer: jws } = JSON.parse(seal());
  const offer = core.Offer.open(jws, new TextEncoder().encode(document), 'https://post.example', '/articles/one').view();
  assert.deepEqual(members(offer), ['access', 'content', 'exp', 'hash', 'iat', 'name', 'pins', 'prices', 'publisher', 'refund', 'resource', 'terms', 'title', 'version', 'words']);
  assert.deepEqual(members(offer.prices[0]!), ['amount', 'currency', 'issuer', 'sealing_kid']);
  const seed = core.newSeed();
  const order = core.prepareOrder(manifest, seed, 0, 'EUR', 500_000);
  assert.deepEqual(members(order), ['order', 'request']);
  const answer = JSON.parse(await (await issuer.fetch(`${issuer.id}/v1/orders`, { body: order.request })).text());
  const disclosure = core.verifyDisclosure(manifest, answer.disclosure, { order: order.order, currency: 'EUR', amount: 500_000, now });
  assert.deepEqual(members(disclosure), ['cash_out', 'exp', 'expiry', 'fees', 'quote', 'sandbox', 'tax', 'terms', 'total', 'value']);
  const draw = core.prepareDraw(manifest, seed, { order: order.order, claimCounter: 0, pouch: 0, mix: '0.50', rest: 500_000, currency: 'EUR', counters: {}, now });
  assert.deepEqual(members(draw), ['counters', 'request']);
  issuer.settle(order.order);
  const response = await (await issuer.fetch(`${issuer.id}/v1/orders/${order.order}/draw`, { body: draw.request })).text();
  const [token] = core.finishDraw(manifest, seed, draw.request, {}, response);
  assert.deepEqual(members(token!), ['amount', 'counter', 'evidence', 'keyset', 'nullifier', 'token']);
  core.checkToken(manifest, seed, token!);
  const bent = (bytes: Uint8Array, at: number) => Uint8Array.from(bytes, (byte, place) => (place === at ? byte ^ 1 : byte));
  assert.throws(() => core.checkToken(manifest, seed, { ...token!, token: bent(token!.token, 60) }), { code: 'token_corrupt' });
  assert.throws(() => core.checkToken(manifest, seed, { ...token!, evidence: bent(token!.evidence, 3) }), { code: 'proof_invalid' });
});
