// Measurements in headless Chromium: `node tests/bench/run.mjs core|unlock [--json FILE]`. Prints a table; asserts no times.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { core } from './core.mjs';
import { unlock } from './unlock.mjs';

const SUBJECTS = { core, unlock };
const { positionals, values } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } });
const [subject, ...more] = positionals;
if (!Object.hasOwn(SUBJECTS, subject ?? '') || more.length > 0) {
  console.error('node run.mjs core|unlock [--json FILE]');
  process.exit(1);
}

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage',
];
const browser = await chromium.launch({ executablePath: process.env.FARTHING_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });
let result;
try {
  result = await SUBJECTS[subject](browser);
} finally {
  await browser.close();
}

for (const [name, value] of Object.entries(result)) {
  const shown = value === null ? 'null' : typeof value === 'number' ? value.toFixed(value < 10 ? 2 : 1) : value;
  console.log(`${name.padEnd(34)}${String(shown).padStart(10)}`);
}
if (values.json) {
  await mkdir(dirname(values.json), { recursive: true });
  await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`);
}
