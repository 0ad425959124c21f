#!/usr/bin/env node
// Builds npm/dist: the library and the page's scripts (split, so that the element comes alone first), the command line tool, the
// types. Needs the two WebAssembly builds beside it: `cargo xtask build` makes them and then calls this.
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const at = (...path) => join(here, ...path);

for (const file of ['wasm/farthing.js', 'wasm/farthing_bg.wasm', 'wasm-seal/farthing.js', 'wasm-seal/farthing_bg.wasm']) {
  await stat(at(file)).catch(() => {
    console.error(`npm/${file} is missing: run \`cargo xtask build\` once, it makes the WebAssembly files and then this package`);
    process.exit(1);
  });
}

// The generated script falls back to an address of its own; ours is always given (src/load.ts), and two of them would make a
// bundler put the file into the page twice.
const oneAddress = {
  name: 'one-address',
  setup({ onLoad }) {
    onLoad({ filter: /wasm(-seal)?[\\/]farthing\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(/new URL\((['"])farthing_bg\.wasm\1,\s*import\.meta\.url\)/, 'undefined'),
      loader: 'js',
    }));
  },
};

await rm(at('dist'), { recursive: true, force: true });
const common = { absWorkingDir: here, bundle: true, format: 'esm', minify: true, target: 'es2022', plugins: [oneAddress], legalComments: 'none', logLevel: 'warning' };
// Three files that do not share code, so that each compresses well: the element asks for the library when it is needed.
const library = '../index.js';
await build({ ...common, entryPoints: { index: 'src/index.ts' }, outdir: 'dist', platform: 'browser' });
await build({
  ...common, entryPoints: { 'element/element': 'src/element/element.ts', 'element/define': 'src/element/define.ts' }, outdir: 'dist', platform: 'browser', external: [library],
});
await build({
  ...common, minify: false, entryPoints: { cli: 'cli/main.ts' }, outdir: 'dist', platform: 'node', target: 'node20',
  banner: { js: '#!/usr/bin/env node' },
});

const types = spawnSync(process.execPath, [at('node_modules/typescript/bin/tsc'), '-p', at('tsconfig.json'), '--emitDeclarationOnly', '--outDir', at('dist/types')], { stdio: 'inherit' });
if (types.status !== 0) process.exit(types.status ?? 1);
await rm(at('dist/types/glue.d.ts'));

await mkdir(at('dist/licences'), { recursive: true });
for (const name of ['parse5', 'entities']) await cp(at('node_modules', name, 'LICENSE'), at('dist/licences', `${name}.txt`));
if (process.argv.includes('--licences')) {
  for (const file of (await readdir(at('..'))).filter((name) => name.startsWith('LICENSE'))) await cp(at('..', file), at(file));
}

const weigh = async (file) => gzipSync(await readFile(at('dist', file)), { level: 9 }).length;
const first = await weigh('element/define.js');
console.log(`page scripts, gzip: ${first} bytes before the button, ${first + (await weigh('index.js'))} in all`);
