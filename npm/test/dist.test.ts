/** What is published: the bundles, with the generated script slimmed and the names of the WebAssembly file shortened. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Browser, openShop, text } from './reader.js';

const dist = new URL('../dist/', import.meta.url);
const core = await readFile(new URL('farthing_bg.wasm', dist));

test('importing the package or the element on a server does nothing and needs nothing', async () => {
  for (const file of ['index.js', 'element/element.js', 'element/define.js', 'element/engine.js']) await import(new URL(file, dist).href);
  assert.equal(globalThis.customElements, undefined);
});

test('the page’s bundle and the library each buy and open with the published WebAssembly file', async () => {
  const { openPage } = await import(new URL('element/engine.js', dist).href);
  const { createPaywall } = await import(new URL('index.js', dist).href);
  for (const open of [(options: object) => openPage(options).calls, createPaywall]) {
    const shop = await openShop();
    const browser = new Browser(shop);
    // `é` and a text of a megabyte go through the slimmed passing of strings and bytes.
    const html = `<p>Café ${text.repeat(500)}</p>`;
    const page = await browser.visit(shop.seal({ html }), { open, core });
    const load = await page.load(2_000_000, 'https://post.example/caf%C3%A9');
    assert.ok(load.kind === 'checkout');
    shop.issuer.settle(load.order);
    await page.collect();
    const opened = await page.unlock();
    assert.ok(opened.kind === 'opened' && opened.html === html);
    assert.equal(shop.issuer.charged, 200_000);
    assert.equal((await page.read())?.kind, 'opened');
    await assert.rejects((await browser.visit(shop.seal({ path: '/other' }), { open, core })).unlock(), { code: 'offer_audience' });
  }
});

test('the library verifies offers and grants by themselves', async () => {
  const { createPaywall } = await import(new URL('index.js', dist).href);
  const shop = await openShop();
  const browser = new Browser(shop);
  const sealed = shop.seal();
  await browser.fill(sealed);
  const page = await browser.visit(sealed, { open: createPaywall, core });
  assert.equal((await page.verifyOffer()).title, 'An article');
  const opened = await page.unlock();
  assert.ok(opened.kind === 'opened');
  assert.deepEqual(await page.verifyGrant(opened.bought.grant), opened.grant);
  const [header, payload, signature] = opened.bought.grant.split('.');
  const other = Buffer.from(Buffer.from(payload!, 'base64url').toString().replace('200000', '100000')).toString('base64url');
  await assert.rejects(page.verifyGrant(`${header}.${other}.${signature}`), { code: 'grant_invalid' });
});

test('before the reader points at the button the element and one language are all, and with everything else a page stays within 100 KB packed', async () => {
  const weigh = async (file: string) => gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;
  const words = (await readdir(new URL('element/words/', dist))).filter((file) => file !== 'own.js').map((file) => `element/words/${file}`);
  assert.deepEqual(words.map((file) => file.slice(-5, -3)).sort(), ['de', 'en', 'es', 'fr', 'ja', 'ko']);
  const language = Math.max(...(await Promise.all(words.map(weigh))));
  const before = (await weigh('element/define.js')) + language;
  assert.ok(before < 9000, `${before} bytes before the button`);
  const all = before + (await weigh('element/engine.js')) + (await weigh('farthing_bg.wasm'));
  assert.ok(all <= 100 * 1024, `${all} bytes in all`);
  const define = await readFile(new URL('element/define.js', dist), 'utf8');
  assert.ok(!/WebAssembly|v1\/redemptions/.test(define));
});

test('a page without WebCrypto is refused before anything is fetched or paid, and once more is tried when there is one', async () => {
  const { loadCore } = await import(`${new URL('index.js', dist).href}?insecure`);
  const [{ fetch }, { crypto }] = [globalThis, globalThis];
  let fetched = 0;
  globalThis.fetch = async () => (fetched++, new Response(core));
  // As a page over plain http has it: random bytes, no ciphers.
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) };
  Object.defineProperty(globalThis, 'crypto', { value: insecure, configurable: true });
  try {
    await assert.rejects(loadCore(), { code: 'wasm_unavailable', fault: 'browser', message: /crypto\.subtle is missing/ });
    assert.equal(fetched, 0);
    Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
    assert.equal(typeof (await loadCore()).newSeed, 'function');
  } finally {
    Object.defineProperty(globalThis, 'crypto', { value: crypto, configurable: true });
    globalThis.fetch = fetch;
  }
});

test('no sink for markup and no evaluation of text is in the page’s scripts, but for the one behind the policy', async () => {
  for (const file of (await readdir(new URL('element/', dist), { recursive: true })).filter((name) => name.endsWith('.js'))) {
    const script = await readFile(new URL(`element/${file}`, dist), 'utf8');
    assert.doesNotMatch(script, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|Function\(/, file);
    assert.ok((script.match(/parseFromString/g) ?? []).length <= 1);
  }
});

test('a fetched file that is missing or is a page is told apart from one that the site’s settings block', async () => {
  const answers: [() => Response, RegExp][] = [
    [() => new Response('Not found', { status: 404 }), /wasm_unavailable: .*answers 404/],
    [() => new Response('<!doctype html><title>app</title>'), /wasm_unavailable: .*<!doctype html>.*publish this file/],
  ];
  const { loadCore } = await import(`${new URL('index.js', dist).href}?fresh`);
  const before = globalThis.fetch;
  try {
    for (const [answer, message] of answers) {
      globalThis.fetch = async () => answer();
      await assert.rejects(loadCore(), message);
    }
    globalThis.fetch = async () => new Response(core);
    const compile = WebAssembly.instantiate;
    WebAssembly.instantiate = (async () => {
      throw new WebAssembly.CompileError("WebAssembly.instantiate(): Compiling or instantiating WebAssembly module violates the following Content Security policy directive because neither 'wasm-unsafe-eval' nor 'unsafe-eval' is an allowed source of script");
    }) as never;
    await assert.rejects(loadCore(), { code: 'wasm_blocked', detail: "Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'" });
    WebAssembly.instantiate = compile;
    // A failure is forgotten.
    assert.equal(typeof (await loadCore()).newSeed, 'function');
  } finally {
    globalThis.fetch = before;
  }
});
