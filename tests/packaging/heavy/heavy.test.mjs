// Next and Astro: built with pages rendered ahead, and run. Their tools are large, so they are installed for the long form only.
import assert from 'node:assert/strict';
import { cp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { furnish, run } from '../harness/package.mjs';
import { GOOD, launch, shownBy, STRICT, visit } from '../harness/visit.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const work = join(here, '.work');
const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1' };

let browser;
before(async () => {
  await rm(work, { recursive: true, force: true });
  await furnish(work);
  browser = await launch();
});
after(() => browser?.close());

const sites = {
  next: { tool: 'next/dist/bin/next', out: 'out', page: '2026/turnpikes.html', csp: STRICT.replace("'self' 'wasm", "'self' 'unsafe-inline' 'wasm").replace(/; require.*/, '') },
  astro: { tool: 'astro/astro.js', out: 'dist', page: '2026/turnpikes.html', csp: STRICT.replace("'self' 'wasm", "'self' 'unsafe-inline' 'wasm") },
};
for (const [name, { tool, out, page, csp }] of Object.entries(sites)) {
  test(`${name} build: the core verifies while pages are rendered, and the library and the element in the page`, async () => {
    const folder = join(work, name);
    await cp(join(here, name), folder, { recursive: true });
    await run(process.execPath, [join(here, 'node_modules', tool), 'build'], { cwd: folder, env });
    const html = await readFile(join(folder, out, page), 'utf8');
    assert.ok(html.includes(`data-built="${GOOD.hash} ${GOOD.code}"`));
    assert.match(html, /<farthing-paywall sealed="\{(&quot;|&#34;)v(&quot;|&#34;):1,/);
    const { result, said } = await visit(browser, { folder: join(folder, out), csp });
    assert.deepEqual(result, { library: GOOD, elements: shownBy(1) });
    assert.deepEqual(said, []);
  });
}
