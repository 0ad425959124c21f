// webpack without any configuration for WebAssembly.
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, test } from 'node:test';
import webpack from 'webpack';
import { pageFor } from '../harness/html.mjs';
import { work } from '../harness/package.mjs';
import { GOOD, launch, shownBy, visit } from '../harness/visit.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

const built = async (entry, elements) => {
  const folder = join(work, 'out', `webpack-${entry}`);
  await mkdir(join(folder, '2026'), { recursive: true });
  const compiler = webpack({ mode: 'production', context: work, entry: `./${entry}.js`, output: { path: folder, filename: 'main.js', publicPath: '/', trustedTypes: true }, performance: false });
  const stats = await promisify(compiler.run).call(compiler);
  await promisify(compiler.close).call(compiler);
  const { errors, warnings } = stats.toJson();
  assert.deepEqual([...errors, ...warnings].map(({ message }) => message), []);
  await writeFile(join(folder, '2026/turnpikes.html'), pageFor('/main.js', elements, 'defer '));
  return folder;
};

test('webpack: farthing, with its file emitted', async () => {
  const folder = await built('library', 0);
  assert.equal((await readdir(folder)).filter((file) => file.endsWith('.wasm')).length, 1);
  assert.deepEqual(await visit(browser, { folder }).then(({ result, said }) => ({ result, said })), { result: GOOD, said: [] });
});

// Its own loader of chunks sets addresses of scripts: with Trusted Types it needs a policy, `output.trustedTypes`.
test('webpack: the element', async () => {
  const folder = await built('element', 1);
  assert.deepEqual(await visit(browser, { folder }).then(({ result, said }) => ({ result, said })), { result: shownBy(1), said: [] });
});
