// The tarball itself: what the linters say, its types, its sizes, and what is in it.
import assert from 'node:assert/strict';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { installed, run, tarball, tool, work } from '../harness/package.mjs';

const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
const dist = join(installed, 'dist');

test('publint has nothing to say, strictly', async () => {
  const { messages } = await publint({ pack: { tarball: Uint8Array.from(await readFile(await tarball())).buffer }, strict: true });
  assert.deepEqual(messages.map((message) => formatMessage(message, manifest)), []);
});

test('are the types wrong? They are not, for any way to resolve modules that knows an exports map', async () => {
  // ESM only, by decision; what is no module has no types.
  const apart = ['./core.wasm', './custom-elements.json', './classic', './package.json'];
  const { stdout } = await run(process.execPath, [tool('@arethetypeswrong/cli/dist/index.js'), await tarball(), '--profile', 'esm-only', '--format', 'json', '--exclude-entrypoints', ...apart]);
  const { analysis, problems } = JSON.parse(stdout);
  const ours = Object.values(problems).flat().filter(({ resolutionKind }) => !['node10', 'node16-cjs'].includes(resolutionKind));
  assert.deepEqual(ours, []);
  assert.deepEqual(Object.keys(analysis.entrypoints).sort(), Object.keys(manifest.exports).filter((name) => !apart.includes(name)).sort());
});

for (const module of ['nodenext', 'bundler']) {
  test(`the types allow what is right and refuse what is wrong (moduleResolution ${module})`, async () => {
    const settings = join(work, 'types', `tsconfig.${module}.json`);
    await writeFile(settings, JSON.stringify({
      compilerOptions: {
        target: 'es2022', module: module === 'bundler' ? 'esnext' : module, moduleResolution: module, lib: ['es2023', 'dom', 'dom.iterable'], types: [], jsx: 'react-jsx', strict: true,
        exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: true,
      },
      files: ['valid.tsx', 'invalid.tsx'],
    }));
    await run(process.execPath, [tool('typescript/bin/tsc'), '-p', settings], { cwd: work });
  });
}

test('the declarations stand by themselves, checked', async () => {
  const settings = join(work, 'types', 'tsconfig.libraries.json');
  await writeFile(settings, JSON.stringify({
    compilerOptions: { target: 'es2022', module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom', 'dom.iterable'], types: [], strict: true, noEmit: true },
    files: ['./library.ts'],
  }));
  // Without the frameworks, whose own declarations are not ours to check.
  await writeFile(join(work, 'types/library.ts'), ['', '/inline', '/slim', '/element', '/define', '/pocket', '/errors', '/server'].map((entry) => `import 'farthing${entry}';`).join('\n'));
  await run(process.execPath, [tool('typescript/bin/tsc'), '-p', settings], { cwd: work });
});

const gzip = async (...files) => {
  let sum = 0;
  for (const file of files) sum += gzipSync(await readFile(join(dist, file)), { level: 9 }).length;
  return sum;
};
/** A script with all that it names at once. */
const closure = async (entry) => {
  const seen = new Set();
  const look = async (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const script = await readFile(join(dist, file), 'utf8');
    const named = script.matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+\.js)["']/g);
    for (const [, name] of named) await look(join(dirname(file), name));
  };
  await look(entry);
  return [...seen];
};
// What an article page loads in all, and the core, is judged in one place, `cargo xtask sizes`: each deflate packs differently.
const budgets = {
  'an article page before the reader points at the button': [16_000, async () => gzip(...await closure('element/define.js'))],
  // With what others load when they need it, in six languages.
  'the classic script, with the core inside': [163_840, async () => gzip('farthing.classic.js')],
  'farthing, without the core': [16_384, async () => gzip(...await closure('index.js'))],
  'farthing/inline': [125_000, async () => gzip(...await closure('inline.js'))],
  'farthing/server': [4_000, async () => gzip(...await closure('server.js'))],
  'farthing/errors': [1_000, async () => gzip(...await closure('errors.js'))],
  'the wrapper for React, without the element': [800, async () => gzip('react.js')],
  'the wrapper for Vue, without the element': [1_000, async () => gzip('vue.js')],
};
for (const [what, [most, weigh]] of Object.entries(budgets)) {
  test(`no more than ${most} bytes, gzip: ${what}`, async (t) => {
    const weight = await weigh();
    t.diagnostic(`${what}: ${weight} bytes`);
    assert.ok(weight > most / 4, 'the budget measures nothing');
    assert.ok(weight <= most, `${weight} bytes`);
  });
}

test('the tarball holds one WebAssembly file of each kind, licences, a custom-elements manifest, and nothing of ours that is not for its users', async () => {
  assert.ok((await stat(await tarball())).size < 1_000_000);
  const files = (await readdir(installed, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name).slice(installed.length + 1));
  assert.deepEqual(files.filter((file) => file.endsWith('.wasm')).sort(), ['dist/farthing_bg.wasm', 'dist/purse/farthing_purse_bg.wasm', 'wasm-seal/farthing_bg.wasm']);
  for (const file of ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'dist/licences/parse5.txt', manifest.customElements.slice(2)]) assert.ok(files.includes(file), file);
  assert.deepEqual(files.filter((file) => /(^|\/)(src|test|build)\/|\.map$|tsconfig/.test(file)), []);
  assert.equal(manifest.dependencies, undefined);
  // Every entry exists, and every declaration but those that others lean on belongs to one.
  for (const entry of Object.values(manifest.exports).flatMap((to) => (typeof to === 'string' ? [to] : Object.values(to)))) await stat(join(installed, entry));
});
