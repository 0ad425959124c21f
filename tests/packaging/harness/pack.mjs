// Packs the package and installs the tarball, once for all tests.
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { here, run, tarball, work } from './package.mjs';
import { writeVectors } from './vectors.mjs';

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
await run('npm', ['pack', '--pack-destination', work], { cwd: join(here, '../../npm') });
const name = basename(await tarball());
await writeFile(join(work, 'package.json'), JSON.stringify({ private: true, type: 'module', dependencies: { farthing: `file:${name}` } }));
// The optional peers are left to the folder above, as in a workspace.
await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--legacy-peer-deps'], { cwd: work });
for (const folder of ['fixtures', 'types']) await cp(join(here, folder), join(work, folder === 'types' ? 'types' : ''), { recursive: true });
await writeVectors(join(work, 'vectors.js'));
