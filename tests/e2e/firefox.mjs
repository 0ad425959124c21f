// The end-to-end tests in Firefox: all of them where FARTHING_LONG is set, else what a reader's money and text depend on most.
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** For the short form, by file: the tests whose names have these words. */
const SHORT = {
  'purchase.test.mjs': ['load, unlock, read, reload', 'issuer gone and the network off', 'two tabs buy different articles', 'a strict content security policy'],
  'interrupted.test.mjs': ['after the request, before the answer, the tab is reloaded', 'before the answer is kept', 'a draw is answered'],
  'element.test.mjs': ['a page in de', 'up to the reader’s own limit', 'offline: said at once', 'the publisher’s Trusted Types', 'a hostile script of the page'],
  'looks.test.mjs': ['every state in light'],
  'refused.test.mjs': ['tampered ciphertext', 'manifest fork', 'a spent token', 'WebAssembly forbidden', 'a script in the sealed text'],
  'faults.test.mjs': ['storage deleted', 'a page inside another'],
  'purse_served.test.mjs': ['core runs under the issuer’s policy', 'the browser tells the issuer who orders'],
};

const quoted = (words) => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const long = Boolean(process.env.FARTHING_LONG);
const files = (await readdir(`${HERE}/test`)).filter((name) => name.endsWith('.test.mjs')).sort();
const unknown = Object.keys(SHORT).filter((name) => !files.includes(name));
if (unknown.length) throw new Error(`no such tests: ${unknown}`);

let failed = 0;
for (const file of long ? files : Object.keys(SHORT)) {
  const patterns = long ? [] : SHORT[file].map((words) => `--test-name-pattern=${quoted(words)}`);
  const child = spawn(process.execPath, ['--test', '--test-timeout=600000', '--test-reporter=spec', ...patterns, `test/${file}`], {
    cwd: HERE, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FARTHING_BROWSER: 'firefox' },
  });
  let said = '';
  child.stdout.on('data', (data) => { said += data; });
  const code = await new Promise((done) => child.once('exit', done));
  // What the pattern leaves out is reported as skipped, and is not worth a line.
  console.log(said.split('\n').filter((line) => !/# (SKIP|test name does not match)/.test(line)).join('\n').trimEnd());
  const passed = said.split('\n').filter((line) => line.startsWith('✔'));
  const gone = long ? [] : SHORT[file].filter((words) => !passed.some((line) => line.includes(words) && !line.includes('# SKIP')));
  if (gone.length) console.error(`${file}: not passed, or no longer there: ${gone.join('; ')}`);
  if (code !== 0 || gone.length) failed += 1;
}
process.exit(failed ? 1 : 0);
