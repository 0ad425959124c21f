/** `farthing` in Node: the file is read from the disk, since Node fetches no `file:` addresses. */
import { readFile } from 'node:fs/promises';
import { here } from './here.js';
import { library } from './library.js';

export * from './shared.js';
export const { createPaywall, loadCore } = /* @__PURE__ */ library(async () => new Uint8Array(await readFile(here() as URL)));
