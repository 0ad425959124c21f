// Packs the package and installs the tarball, once for all tests.
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { furnish, here, run, work } from './package.mjs';

await rm(work, { recursive: true, force: true });
await mkdir(work, { recursive: true });
await run('npm', ['pack', '--pack-destination', work], { cwd: join(here, '../../npm') });
await furnish(work);
await cp(join(here, 'types'), join(work, 'types'), { recursive: true });
