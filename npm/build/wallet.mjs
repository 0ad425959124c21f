// Builds npm/wallet: the pages of the reader's purse, as an issuer serves them at /wallet/. Every file but the page has a part of its
// hash in its name, and wallet.json lists them all with their hashes: the issuer reads nothing else.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const types = { html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', wasm: 'application/wasm' };
const hashed = (name, bytes) => {
  const dot = name.lastIndexOf('.');
  return `${name.slice(0, dot)}-${createHash('sha256').update(bytes).digest('hex').slice(0, 10)}${name.slice(dot)}`;
};

/** `core(place)` is the build's plugin that puts the purse's core in, with its file at that place; `minified(code)` shortens a script. */
export const buildWallet = async ({ here, options, core, wasm, version, minified }) => {
  const at = (...path) => join(here, ...path);
  const out = at('wallet');
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const put = async (name, bytes) => {
    await writeFile(join(out, name), bytes);
    return name;
  };
  const wasmName = await put(hashed('farthing_purse.wasm', wasm), wasm);
  await build({
    ...options, outdir: 'wallet', splitting: true, entryPoints: { purse: 'src/purse/pages/main.ts' }, chunkNames: '[name].[hash]', plugins: [core(`./${wasmName}`)],
  });
  const scripts = new Map();
  for (const name of (await readdir(out)).filter((name) => name.endsWith('.js'))) {
    scripts.set(name, await minified(await readFile(join(out, name), 'utf8')));
    await rm(join(out, name));
  }
  // From the leaves on: a script that names others has their names in its own hash.
  const named = {};
  while (scripts.size) {
    const [name, code] = [...scripts].find(([one, text]) => [...scripts.keys()].every((other) => other === one || !text.includes(`./${other}`))) ?? [];
    if (!name) throw new Error('the scripts of the purse name each other in a circle');
    scripts.delete(name);
    named[name] = await put(hashed(name.replace(/\.[A-Z0-9]{8}(?=\.js$)/, ''), code), code);
    for (const [other, text] of scripts) scripts.set(other, text.replaceAll(`./${name}`, `./${named[name]}`));
  }
  const css = await readFile(at('src/purse/pages/purse.css'));
  const names = { 'purse.css': await put(hashed('purse.css', css), css), 'purse.js': named['purse.js'] };
  let page = await readFile(at('src/purse/pages/index.html'), 'utf8');
  for (const [name, as] of Object.entries(names)) {
    if (!as || !page.includes(`"${name}"`)) throw new Error(`${name} is not in the purse's page`);
    page = page.replace(`"${name}"`, `"${as}"`);
  }
  await put('index.html', page);
  const files = {};
  for (const name of (await readdir(out)).sort()) {
    files[name] = { sha256: createHash('sha256').update(await readFile(join(out, name))).digest('hex'), type: types[name.split('.').pop()] };
  }
  await put('wallet.json', `${JSON.stringify({ farthing: version, files }, null, 1)}\n`);
};
