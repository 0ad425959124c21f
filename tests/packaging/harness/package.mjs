// The package as its users get it: packed, and installed from the tarball into a folder of its own.
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

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
