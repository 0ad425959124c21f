// A folder of pages as an issuer takes it for its readers' purse: the files, and wallet.json that lists them.
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../harness/newspaper.mjs';

const TYPES = { css: 'text/css; charset=utf-8', html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', wasm: 'application/wasm' };

/** For `Issuer.start`: the issuer in `dir` serves these files, by their names. */
export const servesPurse = (files) => async (dir) => {
  const folder = join(dir, 'pages');
  await mkdir(folder);
  const listed = {};
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(folder, name), content);
    listed[name] = { sha256: createHash('sha256').update(content).digest('hex'), type: TYPES[name.split('.').at(-1)] };
  }
  const { version } = JSON.parse(await readFile(join(ROOT, 'npm', 'package.json'), 'utf8'));
  await writeFile(join(folder, 'wallet.json'), JSON.stringify({ farthing: version, files: listed }));
  await appendFile(join(dir, 'farthing.toml'), '\n[wallet]\npages = "pages"\n');
};
