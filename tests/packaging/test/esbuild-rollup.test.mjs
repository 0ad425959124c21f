// esbuild and Rollup leave `new URL('…', import.meta.url)` alone and copy no file: what they make is run.
import assert from 'node:assert/strict';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import nodeResolve from '@rollup/plugin-node-resolve';
import { build } from 'esbuild';
import { rollup } from 'rollup';
import { pageFor } from '../harness/html.mjs';
import { installed, work } from '../harness/package.mjs';
import { GOOD, launch, shownBy, visit } from '../harness/visit.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const tools = {
  esbuild: async (entry, folder) => {
    const { warnings } = await build({
      absWorkingDir: work, entryPoints: { 'assets/main': entry }, outdir: folder, bundle: true, splitting: true, format: 'esm', minify: true, logLevel: 'silent',
    });
    assert.deepEqual(warnings, []);
  },
  rollup: async (entry, folder) => {
    const warnings = [];
    const bundle = await rollup({ input: { main: join(work, entry) }, plugins: [nodeResolve({ browser: true })], onwarn: ({ message }) => warnings.push(message) });
    await bundle.write({ dir: join(folder, 'assets'), format: 'es' });
    await bundle.close();
    assert.deepEqual(warnings, []);
  },
};

const made = async (tool, entry, { core, elements = 0 } = {}) => {
  const folder = join(work, 'out', `${tool}-${entry.replace('.js', '')}${core ? '-copied' : ''}`);
  for (const path of ['assets', '2026']) await mkdir(join(folder, path), { recursive: true });
  await tools[tool](entry, folder);
  await writeFile(join(folder, '2026/turnpikes.html'), pageFor('/assets/main.js', elements));
  if (core) await copyFile(join(installed, 'dist/farthing_bg.wasm'), join(folder, 'assets', core));
  return folder;
};

for (const tool of Object.keys(tools)) {
  test(`${tool}: farthing/inline is all in the bundle, and runs`, async () => {
    const { result, said, asked } = await visit(browser, { folder: await made(tool, 'library-inline.js') });
    assert.deepEqual(result, GOOD);
    assert.deepEqual(said, []);
    assert.ok(!asked.some((path) => path.endsWith('.wasm')), asked.join(' '));
  });

  test(`${tool}: with the file copied beside the bundle, farthing runs`, async () => {
    const { result, said } = await visit(browser, { folder: await made(tool, 'library.js', { core: 'farthing_bg.wasm' }) });
    assert.deepEqual(result, GOOD);
    assert.deepEqual(said, []);
  });

  test(`${tool}: with the file somewhere else, farthing/slim runs with its address`, async () => {
    const { result, said } = await visit(browser, { folder: await made(tool, 'library-slim.js', { core: 'core.wasm' }) });
    assert.deepEqual(result, GOOD);
    assert.deepEqual(said, []);
  });

  test(`${tool}: without the file, the error says which file is missing and what to do`, async () => {
    const folder = await made(tool, 'library.js');
    const missing = await visit(browser, { folder });
    assert.equal(missing.result.code, 'wasm_unavailable');
    assert.match(missing.result.failed, /\/assets\/farthing_bg\.wasm answers 404 .*publish this file beside the scripts/);
    const page = { status: 200, contentType: 'text/html', body: '<!doctype html><title>My app</title>' };
    const answered = await visit(browser, { folder, answers: { '/assets/farthing_bg.wasm': page } });
    assert.match(answered.result.failed, /answers 200 <!doctype html> \(3c 21 64 6f\)/);
    const changed = await visit(browser, { folder, answers: { '/assets/farthing_bg.wasm': { status: 200, contentType: 'application/wasm', body: Buffer.from('0061736d01000000', 'hex') } } });
    assert.match(changed.result.failed, /not the core of these scripts, sha384-/);
  });

  test(`${tool}: the element runs with the core out of the bundle`, async () => {
    const { result, said } = await visit(browser, { folder: await made(tool, 'element-inline.js', { elements: 1 }) });
    assert.deepEqual(result, shownBy(1));
    assert.deepEqual(said, []);
  });
}

test('a page whose policy forbids WebAssembly is told the line to add, one that forbids the address where to look', async () => {
  const folder = await made('esbuild', 'library.js', { core: 'farthing_bg.wasm' });
  const blocked = await visit(browser, { folder, csp: "script-src 'self'" });
  assert.deepEqual(blocked.result, { failed: "wasm_blocked: Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'", code: 'wasm_blocked' });
  const apart = await visit(browser, { folder, csp: "script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'" });
  assert.match(apart.result.failed, /wasm_unavailable: .*farthing_bg\.wasm cannot be fetched .*CSP/);
});
