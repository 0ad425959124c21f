// The package as its users get it: packed, and installed from the tarball into a folder of its own.
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { writeVectors } from './vectors.mjs';

export const run = async (program, args, options = {}) => {
  try {
    return await promisify(execFile)(program, args, { maxBuffer: 64 << 20, ...options });
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')}\n${error.stdout}\n${error.stderr}`);
  }
};

export const here = fileURLToPath(new URL('..', import.meta.url));
/** Everything that is built lies here; the tools are found in the folder above it. */
export const work = join(here, '.work');
export const installed = join(work, 'node_modules', 'farthing');
export const tool = (path) => join(here, 'node_modules', path);

/** The tarball. */
export const tarball = async () => {
  const name = (await readdir(work).catch(() => [])).find((file) => file.endsWith('.tgz'));
  if (!name) throw new Error('nothing is packed: run `npm test`, or `node harness/pack.mjs` before a single test');
  return join(work, name);
};

/** Installs the tarball into `folder`, and puts the vectors and what the fixtures have in common there. */
export const furnish = async (folder) => {
  const file = await tarball();
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: { farthing: `file:${file}` } }));
  // The optional peers are left to the folder above, as in a workspace.
  await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps'], { cwd: folder });
  await cp(join(here, 'fixtures'), folder, { recursive: true });
  await writeVectors(join(folder, 'vectors.js'));
};
