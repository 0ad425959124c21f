// What can be checked of the specification without an issuer: the two halves of this client agree.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from 'node:crypto';
import { p256, p256_oprf } from '@noble/curves/nist.js';
import { b64u, text } from '../client/bytes.mjs';
import * as content from '../client/content.mjs';
import { openKey, sealKey } from '../client/hpke.mjs';
import { make, open } from '../client/jws.mjs';
import { jwkOf, pointOf, publicPoint, scalar } from '../client/keys.mjs';
import { blindCoin, takeEvaluations } from '../client/token.mjs';

const ISSUER = 'https://issuer.example';
const random = (length) => new Uint8Array(randomBytes(length));

test('a scalar from 48 bytes is their remainder', () => {
  const n = p256.Point.Fn.ORDER;
  const bytes = Buffer.from((n * 3n + 7n).toString(16).padStart(96, '0'), 'hex');
  assert.equal(BigInt(`0x${Buffer.from(scalar(bytes)).toString('hex')}`), 7n);
  assert.throws(() => scalar(Buffer.from((n * 2n).toString(16).padStart(96, '0'), 'hex')), /zero/);
});

test('a part of several chunks opens, and not after a swap of chunks', async () => {
  const cek = random(32);
  const header = { publisher: ISSUER, resource: '/a', version: '1', salt: random(32) };
  const plaintext = random(140_000);
  const { part, ctHash } = await content.seal(header, plaintext, cek);
  const expected = { ...header, length: plaintext.length, ctHash };
  assert.deepEqual(await content.open(part, expected, cek), plaintext);

  const { header: bytes, chunks } = content.take(part);
  const start = 4 + bytes.length;
  const swapped = part.slice();
  swapped.set(chunks[1], start);
  swapped.set(chunks[0], start + chunks[1].length);
  await assert.rejects(content.open(swapped, expected, cek), /content_mismatch/);
  const { ctHash: itsOwn } = content.take(swapped);
  await assert.rejects(content.open(swapped, { ...expected, ctHash: itsOwn }, cek), { name: 'OperationError' });
});

test('an empty part is one chunk', async () => {
  const cek = random(32);
  const header = { publisher: ISSUER, resource: '/a', version: '1', salt: random(32) };
  const { part, ctHash } = await content.seal(header, new Uint8Array(0), cek);
  assert.equal(content.take(part).chunks.length, 1);
  assert.equal((await content.open(part, { ...header, length: 0, ctHash }, cek)).length, 0);
});

test('a sealed key opens for its recipient and purpose only', async () => {
  const secret = p256.utils.randomSecretKey();
  const cek = random(32);
  const sealed = await sealKey(publicPoint(secret), text('one'), cek);
  assert.equal(sealed.length, 113);
  assert.deepEqual(await openKey(secret, text('one'), sealed), cek);
  await assert.rejects(openKey(secret, text('other'), sealed));
});

test('a JWS opens under its own type only', () => {
  const secret = p256.utils.randomSecretKey();
  const jws = make('farthing-offer+jwt', secret, { iss: ISSUER });
  const keys = [jwkOf(publicPoint(secret))];
  assert.equal(open(jws, 'farthing-offer+jwt', keys, pointOf).iss, ISSUER);
  assert.throws(() => open(jws, 'farthing-grant+jwt', keys, pointOf), /typ/);
});

test('blinds of section 4 go through noble, and a proof under another key is refused', () => {
  const { secretKey, publicKey } = p256_oprf.voprf.generateKeyPair();
  const keyset = { id: b64u(random(16)), denomination: 1000, public_key: b64u(publicKey) };
  const coins = [0, 1, 2].map((counter) => blindCoin(random(32), ISSUER, keyset, counter));
  const answer = p256_oprf.voprf.blindEvaluateBatch(secretKey, publicKey, coins.map((coin) => coin.blinded));
  const group = { keyset: keyset.id, evaluated: answer.evaluated.map(b64u), proof: b64u(answer.proof) };
  const tokens = takeEvaluations(coins, [group]);
  tokens.forEach((token, i) => assert.deepEqual(token.y, p256_oprf.voprf.evaluate(secretKey, coins[i].input)));
  const other = p256_oprf.voprf.generateKeyPair();
  const strangers = coins.map((coin) => ({ ...coin, keyset: { ...keyset, public_key: b64u(other.publicKey) } }));
  assert.throws(() => takeEvaluations(strangers, [group]), /proof/);
});
