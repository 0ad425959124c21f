// Vite: the library, the element and the wrappers, built; and with a development server in the long form.
import assert from 'node:assert/strict';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { build, createServer } from 'vite';
import { pageFor } from '../harness/html.mjs';
import { run, work } from '../harness/package.mjs';
import { GOOD, launch, shownBy, STRICT, visit } from '../harness/visit.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const settings = { configFile: false, logLevel: 'error', clearScreen: false, plugins: [svelte({ configFile: false })] };

/** A project of Vite's own form, with one page. */
const project = async (name, entry, elements) => {
  const root = join(work, `vite-${name}`);
  await mkdir(join(root, '2026'), { recursive: true });
  await writeFile(join(root, '2026/turnpikes.html'), pageFor(`/${entry}`, elements));
  for (const file of ['check.js', 'elements.js', 'vectors.js', 'Example.svelte', entry]) await cp(join(work, file), join(root, file));
  return root;
};
const built = async (name, entry, elements = 0) => {
  const root = await project(name, entry, elements);
  await build({ ...settings, root, build: { outDir: join(root, 'dist'), rollupOptions: { input: join(root, '2026/turnpikes.html') } } });
  return join(root, 'dist');
};
const files = (folder) => readdir(folder, { recursive: true });

test('vite build: farthing, with its file emitted', async () => {
  const folder = await built('library', 'library.js');
  assert.equal((await files(folder)).filter((file) => file.endsWith('.wasm')).length, 1);
  assert.deepEqual(await visit(browser, { folder }).then(({ result, said }) => ({ result, said })), { result: GOOD, said: [] });
});

test('vite build: farthing/inline, with no file emitted', async () => {
  const folder = await built('inline', 'library-inline.js');
  assert.deepEqual((await files(folder)).filter((file) => file.endsWith('.wasm')), []);
  assert.deepEqual(await visit(browser, { folder }).then(({ result, said }) => ({ result, said })), { result: GOOD, said: [] });
});

test('vite build: the element', async () => {
  const folder = await built('element', 'element.js', 1);
  assert.deepEqual(await visit(browser, { folder }).then(({ result, said }) => ({ result, said })), { result: shownBy(1), said: [] });
});

const wrapped = { elements: shownBy(3), heard: { react: [200_000, 200_000], vue: [200_000, 200_000], svelte: [200_000, 200_000] }, changed: [true, true, true], left: [0, 0, 0] };

test('vite build: React, Vue and Svelte', async () => {
  const folder = await built('wrappers', 'wrappers.js');
  // Svelte and Vue make templates by policies of their own; the element needs none for this.
  const { result, said } = await visit(browser, { folder });
  assert.deepEqual(result, wrapped);
  assert.deepEqual(said, []);
});

test('vite build --ssr: Svelte on a server', async () => {
  const root = await project('server', 'svelte-server.js', 0);
  await build({ ...settings, root, build: { ssr: join(root, 'svelte-server.js'), outDir: join(root, 'dist') } });
  const { stdout } = await run(process.execPath, ['dist/svelte-server.js'], { cwd: root });
  assert.match(JSON.parse(stdout), /<farthing-paywall sealed="\{&quot;v&quot;:1,.*free/s);
});

const development = () => test('vite dev: the library, the element and the wrappers', async () => {
  for (const [name, entry, elements, expected] of [['dev', 'library.js', 0, GOOD], ['dev-element', 'element.js', 1, shownBy(1)], ['dev-wrappers', 'wrappers.js', 0, wrapped]]) {
    const root = await project(name, entry, elements);
    const server = await createServer({ ...settings, root, server: { host: '127.0.0.1', port: 0, ws: false, hmr: false }, optimizeDeps: { noDiscovery: false } });
    try {
      await server.listen();
      const [address] = server.resolvedUrls.local;
      // The development server puts styles and scripts of its own into the page.
      const csp = STRICT.replace(/; require.*/, '').replace("style-src 'self'", "style-src 'self' 'unsafe-inline'");
      const { result } = await visit(browser, { server: address.replace(/\/$/, ''), csp });
      assert.deepEqual(result, expected, name);
    } finally {
      await server.close();
    }
  }
});
if (process.env.FARTHING_LONG) development();
