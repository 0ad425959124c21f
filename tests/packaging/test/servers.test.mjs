// Node and a Workers runtime: no page, no storage; the core is there and verifies.
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { build } from 'esbuild';
import { Miniflare } from 'miniflare';
import { run, work } from '../harness/package.mjs';
import { GOOD } from '../harness/visit.mjs';

const { hash, code } = GOOD;
/** A grant with a proof is let in, and the same proof is refused when it comes again. */
const LET_IN = ['granted', 'holder_repeated'];

test('Node: farthing, farthing/inline and farthing/slim verify; the element and the wrappers are imported and rendered', async () => {
  const { stdout, stderr } = await run(process.execPath, ['node.js'], { cwd: work });
  assert.equal(stderr, '');
  assert.deepEqual(JSON.parse(stdout), [{ hash, code }, { hash, code }, { hash, code }]);
  for (const first of ['node-default.js', 'node-inline.js']) {
    assert.deepEqual(JSON.parse((await run(process.execPath, [first], { cwd: work })).stdout), { hash, code });
  }
});

test('Node: farthing/server lets a grant in, once for each proof', async () => {
  assert.deepEqual(JSON.parse((await run(process.execPath, ['node-server.js'], { cwd: work })).stdout), LET_IN);
});

test('Node: the command line tool is on the path of who installed the package', async () => {
  const { stdout } = await run('npx', ['--offline', 'farthing', '--help'], { cwd: work });
  assert.match(stdout, /seal/);
});

test('Workers: the core is imported as a module, and bytes are refused with what to do', async () => {
  const outdir = join(work, 'out/worker');
  // As wrangler bundles: its conditions, and WebAssembly files as modules of their own.
  await build({
    absWorkingDir: work, entryPoints: ['worker.js'], outdir, bundle: true, format: 'esm', conditions: ['workerd', 'worker', 'browser'], loader: { '.wasm': 'copy' }, logLevel: 'error',
  });
  const [core] = (await readdir(outdir)).filter((file) => file.endsWith('.wasm'));
  const worker = new Miniflare({
    compatibilityDate: '2026-04-01', modulesRoot: outdir,
    modules: [
      { type: 'ESModule', path: join(outdir, 'worker.js'), contents: await readFile(join(outdir, 'worker.js'), 'utf8') },
      { type: 'CompiledWasm', path: join(outdir, core), contents: await readFile(join(outdir, core)) },
    ],
  });
  try {
    const ask = async (path) => (await worker.dispatchFetch(`https://publisher.example${path}`)).json();
    assert.equal(await ask('/inline'), 'wasm_blocked: import farthing/core.wasm as a module');
    assert.deepEqual(await ask('/'), { hash, code });
    assert.deepEqual(await ask('/server'), LET_IN);
  } finally {
    await worker.dispose();
  }
});
