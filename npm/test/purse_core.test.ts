/** The purse's core as it is published: its names are those of the types, its script takes its own file and no other, and what it returns has the members that the types name. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import type { PurseCore } from '../src/purse/core.js';
import { browserCore, openShop } from './reader.js';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const load = async (): Promise<{ loadPurse(source: BufferSource): Promise<PurseCore> }> => import(at('dist/purse/core.js').href);
const purse = async (): Promise<PurseCore> => (await load()).loadPurse(await readFile(at('dist/purse/farthing_purse_bg.wasm')));

test('another file than the one that was published with the script is refused, and the right one is taken afterwards', async () => {
  const { loadPurse } = await load();
  const bytes = await readFile(at('dist/purse/farthing_purse_bg.wasm'));
  await assert.rejects(loadPurse(await readFile(at('dist/farthing_bg.wasm'))), { code: 'wasm_unavailable' });
  assert.equal(typeof (await loadPurse(bytes)).planSwap, 'function');
});

test('every function that the types name is in the purse’s file, and none of the purse’s own in the page’s', async () => {
  const [core, page] = [await purse(), await browserCore()];
  const types = await readFile(at('src/purse/core.ts'), 'utf8');
  const body = types.slice(types.indexOf('export interface PurseCore'), types.indexOf('/** Makes the purse'));
  const own = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, name]) => name!);
  assert.ok(own.length >= 20, `${own.length}`);
  for (const name of own) {
    assert.equal(typeof core[name as never], 'function', name);
    if (name !== 'prepareDraw') assert.equal(page[name as never], undefined, name);
  }
  const inherited = (await readFile(at('src/core.ts'), 'utf8')).match(/^ {2}(\w+)\((?=[^;]*;|$)/gm)!;
  for (const name of inherited.map((line) => line.trim().slice(0, -1))) assert.equal(typeof core[name as never], 'function', name);
  assert.equal(typeof (core.Reading as { recovered?: unknown }).recovered, 'function');
});

test('what the purse’s core returns has the members that the types name, on every branch', async () => {
  const { issuer } = await openShop();
  const core = await purse();
  const members = (value: object) => Object.keys(value).sort();
  const now = issuer.now;
  const manifest = core.Manifest.follow(issuer.id, null, issuer.pin, issuer.heads, new TextEncoder().encode([...issuer.bodies.values()][0]), now);
  const [keyset] = manifest.keysets();
  assert.deepEqual(members(keyset!), ['claim_until', 'currency', 'denomination', 'id', 'kind', 'mint_from', 'mint_until', 'public_key', 'publisher', 'redeem_until']);
  const seed = core.phraseSeed(core.newPhrase());
  for (const branch of [0, 7]) {
    const grown = core.onBranch(seed, branch);
    const asked = core.askElements(manifest, grown, { currency: 'EUR', amount: 7_000, counters: {}, now });
    assert.deepEqual(members(asked), ['counters', 'outputs']);
    assert.deepEqual(members(asked.outputs[0]!), ['blinded', 'keyset']);
    assert.equal(core.worthOf(manifest, { currency: 'EUR', outputs: asked.outputs, now }), 7_000);
    // Branch 0 is the seed itself; another branch has other secrets.
    const plain = core.askElements(manifest, seed, { currency: 'EUR', amount: 7_000, counters: {}, now });
    assert.equal(JSON.stringify(plain.outputs) === JSON.stringify(asked.outputs), branch === 0);
  }
  assert.deepEqual(core.chooseTokens([1_000, 2_000, 4_000], 3_000), [0, 1]);
  assert.throws(() => core.chooseTokens([1_000], 3_000), { code: 'insufficient_funds' });
  assert.throws(() => core.askElements(manifest, seed.slice(1), { currency: 'EUR', amount: 7_000, counters: {}, now }), TypeError);
});
