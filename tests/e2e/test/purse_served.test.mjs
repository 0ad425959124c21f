// What the issuer lets a purse's page do, and what not: a small page with the purse's real core, under the real issuer's headers.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Stage } from '../../conformance/harness/stage.mjs';
import { ROOT } from '../../harness/newspaper.mjs';
import { Site } from '../../harness/site.mjs';
import { servesPurse } from '../harness/purse_pages.mjs';
import { launch } from '../harness/reader.mjs';

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Purse</title><link rel="icon" href="data:,"><link rel="stylesheet" href="purse.css">
<script type="module" src="purse.js"></script></head><body><p id="words"></p></body></html>`;
const script = `import { loadPurse } from './core.js';
globalThis.broken = [];
addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => broken.push(effectiveDirective + ' ' + blockedURI));
const core = await loadPurse();
document.querySelector('#words').textContent = core.phraseWords(core.newPhrase()).join(' ');
opener?.postMessage({ farthing: 1, kind: 'ready' }, '*');
document.documentElement.dataset.ready = '';`;

const built = (name) => readFile(join(ROOT, 'npm', 'dist', 'purse', name));
let stage;
let other;
let browser;
before(async () => {
  const files = { 'index.html': page, 'purse.js': script, 'purse.css': 'p { color: rgb(1, 2, 3) }', 'core.js': await built('core.js'), 'farthing_purse_bg.wasm': await built('farthing_purse_bg.wasm') };
  stage = await Stage.set(servesPurse(files));
  other = await Site.listen();
  other.folder = join(ROOT, 'tests', 'e2e', 'harness');
  // A publisher's page, whose own policies are its own affair.
  other.bend('/page.html', () => ({ headers: { 'content-type': 'text/html' }, body: '<!doctype html><title>Paper</title><link rel="icon" href="data:,"><h1>Paper</h1>' }), '/reader.mjs');
  browser = await launch();
});
after(async () => { await browser?.close(); await other?.close(); await stage?.strike(); });

/** A tab that has opened the purse, and what its console said. */
async function purse(context) {
  const tab = await context.newPage();
  const said = [];
  tab.on('console', (message) => { if (['warning', 'error'].includes(message.type())) said.push(message.text()); });
  await tab.goto(`${stage.issuer.origin}/wallet/`);
  await tab.locator('html[data-ready]').waitFor();
  return { tab, said };
}

test('the purse’s core runs under the issuer’s policy, and nothing it does breaks the policy', async () => {
  const context = await browser.newContext();
  const asked = [];
  context.on('request', (request) => asked.push(request.url()));
  const { tab, said } = await purse(context);
  assert.equal((await tab.locator('#words').textContent()).split(' ').length, 12);
  assert.equal(await tab.locator('#words').evaluate((words) => getComputedStyle(words).color), 'rgb(1, 2, 3)');
  assert.deepEqual(await tab.evaluate(() => globalThis.broken), []);
  assert.deepEqual(said, []);
  assert.deepEqual(asked.filter((url) => !url.startsWith(`${stage.issuer.origin}/wallet/`) && !url.startsWith('data:')), []);
  await context.close();
});

test('a page that asks for more is refused by the browser: text as markup, another origin, code from a text, a frame', async () => {
  const context = await browser.newContext();
  const { tab } = await purse(context);
  const tried = await tab.evaluate(async (elsewhere) => {
    const outcome = async (work) => { try { await work(); return 'done'; } catch (error) { return error.name; } };
    const results = {
      markup: await outcome(() => { document.body.innerHTML = '<b>x</b>'; }),
      policy: await outcome(() => globalThis.trustedTypes?.createPolicy('own', { createHTML: (text) => text }) ?? Promise.reject(TypeError())),
      elsewhere: await outcome(() => fetch(elsewhere, { mode: 'no-cors' })),
      // In a task of the page: what a debugger itself calls may do this everywhere.
      text: await new Promise((resolve) => setTimeout(() => resolve(outcome(() => Function('globalThis.ran = true')())))),
    };
    const inline = document.createElement('script');
    await outcome(() => { inline.append('globalThis.ran = true'); document.head.append(inline); });
    return { ...results, ran: Boolean(globalThis.ran), stands: document.querySelector('#words') !== null };
  }, `${other.origin}/page.html`);
  for (const name of ['markup', 'policy', 'elsewhere', 'text']) assert.match(tried[name], /TypeError|EvalError/, name);
  assert.deepEqual([tried.ran, tried.stands], [false, true]);
  const publisher = await context.newPage();
  await publisher.goto(`${other.origin}/page.html`);
  const framed = await publisher.evaluate((address) => new Promise((resolve) => {
    const frame = document.createElement('iframe');
    addEventListener('message', () => resolve('it spoke'));
    frame.onload = () => setTimeout(() => resolve('silent'), 500);
    frame.src = address;
    document.body.append(frame);
  }), `${stage.issuer.origin}/wallet/`);
  assert.equal(framed, 'silent');
  await context.close();
});

test('a window that a publisher’s page opened can answer it', async () => {
  const context = await browser.newContext();
  const publisher = await context.newPage();
  await publisher.goto(`${other.origin}/page.html`);
  const heard = await publisher.evaluate((address) => new Promise((resolve) => {
    addEventListener('message', ({ data, origin }) => resolve({ data, origin }));
    open(address);
  }), `${stage.issuer.origin}/wallet/#fill`);
  assert.deepEqual(heard, { data: { farthing: 1, kind: 'ready' }, origin: stage.issuer.origin });
  await context.close();
});

test('the browser tells the issuer who orders: the purse more than a pocket, a publisher’s page never, and the same order again gets the same answer', async () => {
  const context = await browser.newContext();
  const { tab } = await purse(context);
  const publisher = await context.newPage();
  await publisher.goto(`${other.origin}/page.html`);
  const { order_max: most } = (await (await fetch(`${stage.issuer.origin}/.well-known/farthing-issuer.json`)).json()).wallet[0];
  // As npm/src/issuer.ts asks.
  const send = (from, request) => from.evaluate(async ({ address, body }) => {
    const answer = await fetch(address, {
      method: 'POST', body, headers: { 'content-type': 'application/json' }, mode: 'cors', credentials: 'omit', referrerPolicy: 'no-referrer', redirect: 'error', cache: 'no-store',
    });
    return { status: answer.status, ...(await answer.json()) };
  }, { address: `${stage.issuer.origin}/v1/orders`, body: JSON.stringify(request) });
  const order = stage.wallet.orderRequest(stage.claims++, 'EUR', most);
  const refused = await send(publisher, order);
  assert.deepEqual([refused.status, refused.code], [422, 'pocket_limit']);
  const taken = await send(tab, order);
  assert.equal(taken.status, 201, taken.code);
  assert.deepEqual(await send(publisher, order), taken);
  const more = await send(tab, stage.wallet.orderRequest(stage.claims++, 'EUR', most + 1000));
  assert.deepEqual([more.status, more.code], [422, 'pocket_limit']);
  await context.close();
});
