// Pages without a bundler: one line in the HTML, and files of the tarball beside it.
import assert from 'node:assert/strict';
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pageFor } from '../harness/html.mjs';
import { installed, work } from '../harness/package.mjs';
import { launch, shownBy, visit } from '../harness/visit.mjs';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser?.close());

/** `files` are copied from the package; the page has `line` and the script that looks. */
const site = async (name, line) => {
  const folder = join(work, 'out', name);
  await mkdir(join(folder, '2026'), { recursive: true });
  for (const file of ['plain.js', 'elements.js', 'vectors.js']) await copyFile(join(work, file), join(folder, file));
  await writeFile(join(folder, '2026/turnpikes.html'), pageFor('/plain.js', 1).replace('</body>', `${line}</body>`));
  return folder;
};

test('<script type="module"> with the package’s files as they are', async () => {
  const folder = await site('module', '<script type="module" src="/farthing/dist/element/define.js"></script>');
  await cp(installed, join(folder, 'farthing'), { recursive: true });
  const { result, said, asked } = await visit(browser, { folder });
  assert.deepEqual(result, shownBy(1));
  assert.deepEqual(said, []);
  assert.ok(asked.includes('/farthing/dist/farthing_bg.wasm'));
});

test('one classic script file, and nothing else of the package', async () => {
  const folder = await site('classic', '<script src="/farthing.classic.js"></script>');
  await copyFile(join(installed, 'dist/farthing.classic.js'), join(folder, 'farthing.classic.js'));
  const { result, said, asked } = await visit(browser, { folder });
  assert.deepEqual(result, shownBy(1));
  assert.deepEqual(said, []);
  assert.deepEqual(asked.filter((path) => /farthing(?!\.json)/.test(path)), ['/farthing.classic.js']);
});

test('the classic script in the head, before the element is parsed', async () => {
  const folder = await site('classic-head', '');
  await copyFile(join(installed, 'dist/farthing.classic.js'), join(folder, 'farthing.classic.js'));
  await writeFile(join(folder, '2026/turnpikes.html'), pageFor('/plain.js', 1).replace('</head>', '<script src="/farthing.classic.js"></script></head>'));
  const { result, said } = await visit(browser, { folder });
  assert.deepEqual(result, shownBy(1));
  assert.deepEqual(said, []);
});
