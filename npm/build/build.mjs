#!/usr/bin/env node
// Builds npm/dist: the page's scripts (the element alone first, what it needs later apart), the library, the command line tool and
// the types. Needs the three WebAssembly builds beside it: `cargo xtask build` makes them and then calls this.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { minify } from 'terser';
import { manifest } from './manifest.mjs';
import { shortNames } from './short_names.mjs';
import { buildWallet } from './wallet.mjs';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const at = (...path) => join(here, ...path);

for (const file of ['wasm/farthing.js', 'wasm/farthing_bg.wasm', 'wasm-purse/farthing_purse.js', 'wasm-purse/farthing_purse_bg.wasm', 'wasm-seal/farthing.js', 'wasm-seal/farthing_bg.wasm']) {
  await stat(at(file)).catch(() => {
    console.error(`npm/${file} is missing: run \`cargo xtask build\` once, it makes the WebAssembly files and then this package`);
    process.exit(1);
  });
}

await rm(at('dist'), { recursive: true, force: true });
await mkdir(at('dist/licences'), { recursive: true });
await mkdir(at('dist/purse'));

const named = async (file) => shortNames(await readFile(at(`${file}.js`), 'utf8'), await readFile(at(`${file}_bg.wasm`)));
const { script, wasm } = await named('wasm/farthing');
await writeFile(at('dist/farthing_bg.wasm'), wasm);
const purse = await named('wasm-purse/farthing_purse');
await writeFile(at('dist/purse/farthing_purse_bg.wasm'), purse.wasm);

// The generated script can do more than we ask of it: fetch the file (src/load.ts does, and two addresses would make a bundler put it
// into a page twice), free what a caller's mistake left behind, and help browsers older than any we run in. All of it would be sent to
// every reader. Each pattern has to be found, so that a new generator is noticed; test/dist.test.ts buys with what is left.
const slimmer = [
  [/async function __wbg_load\(module, imports\) \{[\s\S]*?\n\}\n/, `async function __wbg_load(module, imports) {
  const made = await WebAssembly.instantiate(module, imports);
  return made.instance ? made : { instance: made, module };
}
`],
  [/if \(module_or_path !== undefined\) \{[\s\S]*?\n {4}\}\n\s*if \(module_or_path === undefined\) \{[\s\S]*?\n {4}\}\n/, '({ module_or_path } = module_or_path);\n'],
  [/if \(typeof module_or_path === 'string'[\s\S]*?\n {4}\}\n/, ''],
  [/^ {4}free\(\) \{[\s\S]*?\n {4}\}\n/gm, ''],
  [/^ {4}__destroy_into_raw\(\) \{[\s\S]*?\n {4}\}\n/gm, ''],
  // Memory that grew is another buffer; nothing more needs to be asked.
  [/cachedDataViewMemory0 === null \|\| cachedDataViewMemory0\.buffer\.detached [^\n]*memory\.buffer\)\)/, 'cachedDataViewMemory0?.buffer !== wasm.memory.buffer)'],
  [/^if \(Symbol\.dispose\).*\n/gm, ''],
  [/^\s*_assertClass\(.*\n/gm, ''],
  [/function _assertClass\([\s\S]*?\n\}\n/, ''],
  [/try \{\n((?:\s*(?:ptr|len)\d+ = [^\n]*\n)+)\s*\} catch \(e\) \{\n(?:\s*if \(ptr\d+\)[^\n]*\n)+\s*throw e;\n\s*\}\n/g, '$1'],
  [/, wasm\.__wbindgen_malloc(, wasm\.__wbindgen_realloc)?\)/g, ')'],
  [/function passArray8ToWasm0\([\s\S]*?\n\}\n/, `function passArray8ToWasm0(arg) {
  const ptr = wasm.__wbindgen_malloc(arg.length, 1) >>> 0;
  getUint8ArrayMemory0().set(arg, ptr);
  WASM_VECTOR_LEN = arg.length;
  return ptr;
}
`],
  [/function passStringToWasm0\([\s\S]*?\n\}\n/, 'function passStringToWasm0(arg) {\n  return passArray8ToWasm0(cachedTextEncoder.encode(arg));\n}\n'],
  [/if \(!\('encodeInto' in cachedTextEncoder\)\) \{[\s\S]*?\n\}\n/, ''],
  [/function decodeText\(bytes\) \{[\s\S]*?\n\}\n/, 'function decodeText(bytes) {\n  return cachedTextDecoder.decode(bytes);\n}\n'],
  [/\(typeof FinalizationRegistry === 'undefined'\)\n\s*\? \{[^\n]*\}\n\s*: /g, ''],
];
const replaceOnce = (text, pattern, put) => {
  if (text.search(pattern) === -1) throw new Error(`wasm-bindgen writes something new: ${pattern} is not in what it generated`);
  return text.replace(pattern, put);
};
const slimmed = (script) => slimmer.reduce((text, [pattern, put]) => replaceOnce(text, pattern, put), script);
const generated = slimmed(script);

const stampOf = (file) => createHash('sha384').update(file).digest('base64');
const stamp = stampOf(wasm);

/** `wasmAt` is where the file lies, from the bundle that is made; `page` leaves out what a page never calls. */
const core = (wasmAt, page = false) => ({
  name: 'core',
  setup({ onLoad }) {
    onLoad({ filter: /wasm[\\/]farthing\.js$/ }, () => ({ contents: generated, loader: 'js' }));
    const change = (file, pattern, put) => onLoad({ filter: new RegExp(`src[\\\\/]${file}\\.ts$`) }, async ({ path }) => ({
      contents: replaceOnce(await readFile(path, 'utf8'), pattern, () => put), loader: 'ts',
    }));
    change('here', /\.\.\/wasm\/farthing_bg\.wasm/, wasmAt);
    change('workerd', /\.\.\/wasm\/farthing_bg\.wasm/, wasmAt);
    change('stamp', /''/, `'${stamp}'`);
    change('bytes', /''/, `'${wasm.toString('base64')}'`);
    if (page) change('glue', /, verifyGrant/g, '');
  },
});
/** The element's script needs no second request for the core: it stands in it. */
const inside = {
  name: 'inside',
  setup: ({ onLoad }) => onLoad({ filter: /src[\\/]here\.ts$/ }, () => ({ contents: "export { wasm as here } from './unpack.js';", loader: 'ts' })),
};

/** What only the purse's pages need, and a pocket that returns or renews what it holds. */
const purseCore = (wasmAt) => ({
  name: 'purse core',
  setup({ onLoad }) {
    onLoad({ filter: /wasm-purse[\\/]farthing_purse\.js$/ }, () => ({ contents: slimmed(purse.script), loader: 'js' }));
    const change = (file, pattern, put) => onLoad({ filter: new RegExp(`src[\\\\/]purse[\\\\/]${file}\\.ts$`) }, async ({ path }) => ({
      contents: replaceOnce(await readFile(path, 'utf8'), pattern, () => put), loader: 'ts',
    }));
    change('load', /\.\.\/\.\.\/wasm-purse\/farthing_purse_bg\.wasm/, wasmAt);
    change('stamp', /''/, `'${stampOf(purse.wasm)}'`);
  },
});

const common = { absWorkingDir: here, bundle: true, format: 'esm', target: 'es2022', outdir: 'dist', legalComments: 'none', logLevel: 'warning' };
const forPages = { ...common, minify: true, platform: 'browser' };
// The library: what its entries share is one file, so that an error caught from one entry is an instance of another's class.
await build({
  ...forPages, splitting: true, chunkNames: 'library-[hash]', external: ['./farthing_bg.wasm'], plugins: [core('./farthing_bg.wasm')],
  entryPoints: ['index', 'inline', 'slim', 'workerd', 'errors'].map((name) => `src/${name}.ts`),
});
// These stay files of their own, asked for when they are needed.
// What only some readers need: to load, to finish what was begun, what the pocket holds, the limit's form, a publisher's own words, and the languages.
const dictionary = async (folder) => (await readdir(at('src/element', folder))).map((name) => `${folder}/${name.replace(/\.ts$/, '')}`);
const words = await dictionary('words');
const onDemand = ['shortfall', 'unfinished', 'leaving', 'gifts', 'undo', 'refused', 'holdings', 'define_pocket', 'limits', 'starter', 'starting', ...words, ...(await dictionary('holdings')), ...(await dictionary('seldom')), ...(await dictionary('starter')), ...(await dictionary('gifts')), ...(await dictionary('undo'))];
const later = ['engine', 'files', ...onDemand].map((name) => `./${name}.js`);
// The headless parts come in the files of the element that use them.
const holders = { topup: 'shortfall', drawing: 'unfinished', recovery: 'unfinished' };
const held = {
  name: 'held',
  setup: ({ onResolve }) => onResolve({ filter: new RegExp(`^\\./(${Object.keys(holders).join('|')})\\.js$`) }, ({ kind, path }) => (
    kind === 'dynamic-import' ? { path: `./${holders[path.slice(2, -3)]}.js`, external: true } : undefined)),
};
// What engine.ts has already is not sent twice: the files that come after it take it from there.
const ofEngine = new Set([...(await readFile(at('src/element/engine.ts'), 'utf8')).matchAll(/ from '(\.\.?\/[\w/]+)\.js'/g)].map(([, name]) => join(at('src/element'), name)));
const fromEngine = {
  name: 'from engine',
  setup: ({ onResolve }) => onResolve({ filter: /^\.\.?\/[\w/]+\.js$/ }, ({ path, resolveDir, kind }) => (
    kind === 'import-statement' && ofEngine.has(join(resolveDir, path).replace(/\.js$/, '')) ? { path: './engine.js', external: true } : undefined)),
};
// The purse's core is a file of its own, for the pages that need it.
const purseApart = { name: 'purse apart', setup: ({ onResolve }) => onResolve({ filter: /\/purse\/load\.js$/ }, () => ({ path: '../purse/core.js', external: true })) };
// What only some readers need and what needs the purse's core comes from beside the one classic file, where it was published too.
const beside = { leaving: ['returnAll', 'goOn', 'finishSwaps', 'renewal'], gifts: ['finishGivings', 'giftFold', 'offerGift', 'showClaimed'], undo: ['finishEarlierUndos', 'offerUndo'], starting: ['readFree'] };
const purseBeside = {
  name: 'purse beside',
  setup: ({ onLoad }) => onLoad({ filter: new RegExp(`src[\\\\/]element[\\\\/](${Object.keys(beside).join('|')})\\.ts$`) }, ({ path }) => {
    const [, name] = /(\w+)\.ts$/.exec(path);
    return { contents: `const at = globalThis.document?.currentScript?.src ?? 'file:';\nconst part = () => import(new URL('element/${name}.js', at).href);\n${beside[name].map((one) => `export const ${one} = async (...given) => (await part()).${one}(...given);`).join('\n')}`, loader: 'js' };
  }),
};
await build({ ...forPages, entryPoints: { 'element/engine': 'src/element/engine.ts' }, external: later, plugins: [core('../farthing_bg.wasm', true), held] });
const afterEngine = /^(shortfall|unfinished|leaving|gifts|undo|refused|holdings|define_pocket|starting)$/;
await build({
  ...forPages, external: later, plugins: [purseApart, fromEngine],
  entryPoints: Object.fromEntries(onDemand.filter((name) => afterEngine.test(name)).map((name) => [`element/${name}`, `src/element/${name}.ts`])),
});
await build({
  ...forPages, entryPoints: { 'element/element': 'src/element/element.ts', 'element/define': 'src/element/define.ts' }, external: later,
});
await build({ ...forPages, entryPoints: { 'element/files': 'src/files.ts', ...Object.fromEntries(onDemand.filter((name) => !afterEngine.test(name) && name !== 'starter').map((name) => [`element/${name}`, `src/element/${name}.ts`])) } });
await build({ ...forPages, entryPoints: { 'element/starter': 'src/element/starter.ts' }, external: later });
await build({ ...forPages, entryPoints: { 'offline/keep': 'src/offline/keep.ts', 'offline/worker': 'src/offline/worker.ts' } });
await build({ ...forPages, entryPoints: { 'purse/core': 'src/purse/load.ts' }, plugins: [purseCore('./farthing_purse_bg.wasm')] });
await build({
  ...forPages, format: 'iife', entryPoints: { 'farthing.classic': 'src/element/classic.ts' }, plugins: [inside, purseBeside, core('', true)],
});
await build({
  ...forPages, entryPoints: ['src/react.ts', 'src/vue.ts'], external: ['react', 'vue', './element/element.js'],
});
await cp(at('src/svelte'), at('dist/svelte'), { recursive: true, filter: (file) => !file.endsWith('.d.ts') });
await build({ ...forPages, entryPoints: ['src/wrap.ts'] });
await build({ ...forPages, platform: 'neutral', entryPoints: { server: 'src/server/index.ts' } });
await build({
  ...common, entryPoints: { cli: 'cli/main.ts' }, platform: 'node', target: 'node20', external: ['../wasm-seal/*'], banner: { js: '#!/usr/bin/env node' },
});
// One copy of what seals, for all plugins.
const forPlugins = { ...common, platform: 'node', target: 'node20' };
await build({ ...forPlugins, entryPoints: { publisher: 'cli/publisher.ts' }, external: ['../wasm-seal/*'] });
await build({
  ...forPlugins, entryPoints: { vite: 'plugins/vite.ts', astro: 'plugins/astro.ts', eleventy: 'plugins/eleventy.ts' },
  plugins: [{ name: 'publisher', setup: ({ onResolve }) => onResolve({ filter: /cli\/publisher\.js$/ }, () => ({ path: './publisher.js', external: true })) }],
});
const scripts = (await readdir(at('dist'), { recursive: true })).filter((file) => /\.js$/.test(file) && !/^(cli|publisher|vite|astro|eleventy)\.js$|^svelte/.test(file));
const minified = async (code, module = true) => (await minify(code, {
  module, ecma: 2020, toplevel: true, compress: { passes: 3, pure_getters: true, unsafe_arrows: true, unsafe_methods: true }, format: { preserve_annotations: true },
})).code;
for (const file of scripts) {
  const code = await minified(await readFile(at('dist', file), 'utf8'), !/classic/.test(file));
  // A server that renders components has to be told that this one has effects.
  await writeFile(at('dist', file), file === 'react.js' ? `'use client';${code}` : code);
}

await buildWallet({ here, options: forPages, core: purseCore, wasm: purse.wasm, version: JSON.parse(await readFile(at('package.json'), 'utf8')).version, minified });

const types = spawnSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.json'), '--emitDeclarationOnly', '--outDir', at('dist/types')], { stdio: 'inherit' });
if (types.status !== 0) process.exit(types.status ?? 1);
for (const name of ['bytes', 'glue', 'here', 'stamp', 'workerd', 'element/classic', 'purse/glue', 'purse/stamp']) await rm(at('dist/types', `${name}.d.ts`));
await mkdir(at('dist/types/svelte'));
await cp(at('src/svelte/index.d.ts'), at('dist/types/svelte/index.d.ts'));
await writeFile(at('dist/custom-elements.json'), manifest(at));

await mkdir(at('dist/types/plugins'), { recursive: true });
await cp(at('plugins/types.d.ts'), at('dist/types/plugins/types.d.ts'));
for (const [name, given] of [['vite', 'options?: FarthingOptions): VitePlugin'], ['astro', 'options?: FarthingOptions): AstroIntegration'], ['eleventy', 'config: EleventyConfig, options?: FarthingOptions): void']]) {
  await writeFile(at(`dist/types/plugins/${name}.d.ts`), `import type { AstroIntegration, EleventyConfig, FarthingOptions, VitePlugin } from './types.js';\nexport type { FarthingOptions };\nexport default function farthing(${given};\n`);
}

// What is bundled into the command line tool.
const bundled = ['parse5', 'entities', 'css-select', 'css-what', 'domhandler', 'domutils', 'domelementtype', 'dom-serializer', 'boolbase', 'nth-check', 'sirv', 'mrmime', 'totalist', '@polka/url'];
for (const name of bundled) {
  const file = (await readdir(at('node_modules', name))).find((one) => /^licen[cs]e/i.test(one));
  const to = at('dist/licences', `${name.replace('/', '-')}.txt`);
  const { license, author } = JSON.parse(await readFile(at('node_modules', name, 'package.json'), 'utf8'));
  await writeFile(to, `${name}: ${license}, ${author?.name ?? author}\n`);
  if (file) await cp(at('node_modules', name, file), to);
}
if (process.argv.includes('--licences')) {
  for (const file of (await readdir(at('..'))).filter((name) => name.startsWith('LICENSE'))) await cp(at('..', file), at(file));
}

const weigh = async (file) => gzipSync(await readFile(at('dist', file)), { level: 9 }).length;
const [first, engine, ...languages] = await Promise.all(['define', 'engine', ...words.filter((name) => !name.endsWith('own'))].map((name) => weigh(`element/${name}.js`)));
const language = Math.max(...languages);
console.log(`page scripts, gzip: at most ${first + language} bytes before the button, ${first + language + engine} in all`);
