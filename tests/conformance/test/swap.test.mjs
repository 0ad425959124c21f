// Swaps against a running issuer, and how tokens leave a frozen keyset.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { b64u } from '../client/bytes.mjs';
import { canonicalSplit, walk } from '../client/manifest.mjs';
import { blindCoin } from '../client/token.mjs';
import { Stage, now } from '../harness/stage.mjs';

let stage;
before(async () => { stage = await Stage.set(); });
after(() => stage?.strike());

const worth = (tokens) => tokens.reduce((sum, token) => sum + token.amount, 0);
const coinsFor = (amount) => canonicalSplit(stage.manifest, 'EUR', amount, now()).map((each) => stage.wallet.coin(each));

test('a purse fills a pocket: two groups, each proved by itself, the same bytes again', async () => {
  await stage.fund();
  const { http, wallet, manifest, issuer } = stage;
  const [{ amount }] = manifest.currencies[0].mixes;
  // A pocket has a seed of its own.
  const seed = new Uint8Array(32).fill(7);
  const counters = new Map();
  const pocket = canonicalSplit(manifest, 'EUR', 37_000, now()).map((denomination) => {
    const keyset = manifest.keysets.find((each) => each.denomination === denomination);
    const counter = counters.get(keyset.id) ?? 0;
    counters.set(keyset.id, counter + 1);
    return blindCoin(seed, issuer.origin, keyset, counter);
  });
  const attempt = wallet.swap(wallet.tokens, [pocket, coinsFor(amount - 37_000)]);
  const body = JSON.stringify(attempt.request);
  const answer = await http.text('/v1/swaps', { method: 'POST', body });
  assert.equal(await http.text('/v1/swaps', { method: 'POST', body }), answer, 'the same request, the same bytes');
  const [filled, kept] = wallet.finishSwap(attempt, JSON.parse(answer));
  wallet.tokens.push(...kept);
  assert.equal(worth(filled), 37_000);
  assert.equal(worth(wallet.tokens), amount - 37_000);

  const found = await http.post('/v1/answers', wallet.answerRequest(attempt.inputs[1]));
  assert.equal(found.operation, 'swap');
  assert.deepEqual((await wallet.openAnswer(attempt.inputs, found)).binding, attempt.binding);

  const again = wallet.swap(attempt.inputs.slice(0, 1), [coinsFor(attempt.inputs[0].amount)]);
  await assert.rejects(http.post('/v1/swaps', again.request), { code: 'token_spent', status: 409 });
  const more = wallet.swap(kept.slice(0, 1), [coinsFor(kept[0].amount * 2)]);
  await assert.rejects(http.post('/v1/swaps', more.request), { code: 'unbalanced', status: 422 });
});

test('a frozen keyset pays nothing, and its tokens pass by the blinds they were issued with', async () => {
  const { http, wallet, issuer } = stage;
  // The largest: it can be made of smaller ones.
  const token = wallet.tokens.reduce((a, b) => (b.amount > a.amount ? b : a));
  const other = wallet.tokens.find((each) => each !== token);
  const id = b64u(token.keyset);
  await issuer.command('keys', 'freeze', id, '--reason', 'a drill', '--config', issuer.config);
  const { frozen, ...keyset } = await http.get(`/v1/keysets/${id}`);
  assert.ok(frozen <= now() && frozen > now() - 7_200, `${frozen}`);
  assert.deepEqual(keyset, stage.manifest.keysets.find((each) => each.id === id));

  const article = await stage.article({ amount: token.amount });
  const purchase = wallet.redemption({ ...article, tokens: [token] });
  const named = (error) => error.code === 'keyset_frozen' && error.status === 409 && error.problem.keysets.join() === id;
  await assert.rejects(http.post('/v1/redemptions', purchase.request), named);

  // The next key list leaves it out, and change is asked for in what is there.
  await issuer.pause();
  await issuer.serve();
  const { n, hash } = stage.manifest;
  stage.manifest = await walk(http, issuer.origin, { n, hash }, now());
  wallet.manifest = stage.manifest;
  assert.ok(stage.manifest.keysets.every((each) => each.id !== id));

  const outputs = () => [coinsFor(token.amount)];
  await assert.rejects(http.post('/v1/swaps', wallet.swap([token], outputs()).request), named);
  const mistaken = { ...token, blind: other.blind };
  const wrong = wallet.swap([mistaken], outputs(), () => true);
  await assert.rejects(http.post('/v1/swaps', wrong.request), (error) => {
    assert.equal(error.code, 'evidence_unknown');
    assert.deepEqual(error.problem.inputs, [0]);
    return true;
  });
  const right = wallet.swap([token], outputs(), () => true);
  const [tokens] = wallet.finishSwap(right, await http.post('/v1/swaps', right.request));
  assert.equal(worth(tokens), token.amount);
  assert.match(await issuer.audit(), /difference\D*0\b/i);
});
