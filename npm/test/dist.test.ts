/** What is published: the bundles, with the generated script slimmed and the names of the WebAssembly file shortened. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { Browser, openShop, text } from './reader.js';

const dist = new URL('../dist/', import.meta.url);
const core = await readFile(new URL('farthing_bg.wasm', dist));
/** An entry that has loaded nothing yet: the core is shared by all that was imported from one place. */
const fresh = async (entry: string, ...without: string[]) => {
  const place = await mkdtemp(join(tmpdir(), 'farthing-'));
  after(() => rm(place, { recursive: true }));
  await cp(dist, place, { recursive: true });
  await writeFile(join(place, 'package.json'), '{"type":"module"}');
  for (const file of without) await rm(join(place, file));
  return import(pathToFileURL(join(place, entry)).href);
};

test('importing the package or the element on a server does nothing and needs nothing', async () => {
  for (const file of ['index.js', 'inline.js', 'slim.js', 'errors.js', 'server.js', 'element/element.js', 'element/define.js', 'element/engine.js']) await import(new URL(file, dist).href);
  // A script that is not a module runs at once; on a server it does nothing all the same.
  runInNewContext(await readFile(new URL('farthing.classic.js', dist), 'utf8'), {});
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

test('before the reader points at the button the element and one language are all, and what only some visits need is loaded by those', async () => {
  const weigh = async (file: string) => gzipSync(await readFile(new URL(file, dist)), { level: 9 }).length;
  const words = (await readdir(new URL('element/words/', dist))).filter((file) => file !== 'own.js').map((file) => `element/words/${file}`);
  assert.deepEqual(words.map((file) => file.slice(-5, -3)).sort(), ['de', 'en', 'es', 'fr', 'ja', 'ko']);
  const language = Math.max(...(await Promise.all(words.map(weigh))));
  const before = (await weigh('element/define.js')) + language;
  assert.ok(before < 9000, `${before} bytes before the button`);
  // What a page loads up to the open text is held to 100 KiB by `cargo xtask sizes`, and by nothing else: each deflate packs differently.
  const imports = async (file: string) => [...(await readFile(new URL(file, dist), 'utf8')).matchAll(/(?:\bfrom|\bimport)\s*["'](\.[^"']+)["']/g)].map(([, name]) => name);
  for (const file of ['define', 'engine']) assert.deepEqual(await imports(`element/${file}.js`), [], file);
  for (const file of ['shortfall', 'unfinished', 'refused', 'holdings']) assert.deepEqual([...new Set(await imports(`element/${file}.js`))], ['./engine.js'], file);
  const define = await readFile(new URL('element/define.js', dist), 'utf8');
  assert.ok(!/WebAssembly|v1\/redemptions/.test(define));
  const engine = await readFile(new URL('element/engine.js', dist), 'utf8');
  assert.ok(/v1\/redemptions/.test(engine) && !/pocket_max|claimCounter:|order_con/.test(engine));
});

test('where a part of the scripts does not come, that is said, nothing is sent because of it, and all else goes on', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  const sealed = shop.seal();
  await browser.fill(sealed);
  const visit = async (...without: string[]) => {
    const { openPage } = await fresh('element/engine.js', ...without.map((name) => `element/${name}.js`));
    return browser.visit(sealed, { open: (options: object) => openPage(options).calls, core });
  };
  const poor = await visit('shortfall', 'unfinished');
  const asked = shop.issuer.requests.filter(({ path }) => path === '/v1/orders').length;
  await assert.rejects(poor.load(1_000_000, 'https://post.example/'), { code: 'wasm_unavailable', fault: 'browser' });
  await assert.rejects(poor.collect(), { code: 'wasm_unavailable' });
  await assert.rejects(poor.recover(), { code: 'wasm_unavailable' });
  assert.equal(shop.issuer.requests.filter(({ path }) => path === '/v1/orders').length, asked);
  assert.equal((await poor.unlock()).kind, 'opened');
  assert.deepEqual(await (await visit()).recover(), { finished: [], open: 0 });
});

test('a page without WebCrypto is refused before anything is fetched or paid, and once more is tried when there is one', async () => {
  const { loadCore } = await fresh('index.js');
  const [{ fetch }, { crypto }] = [globalThis, globalThis];
  let fetched = 0;
  globalThis.fetch = async () => (fetched++, new Response(core));
  // As a page over plain http has it: random bytes, no ciphers.
  const insecure = { getRandomValues: crypto.getRandomValues.bind(crypto) };
  Object.defineProperty(globalThis, 'crypto', { value: insecure, configurable: true });
  try {
    await assert.rejects(loadCore(), { code: 'wasm_unavailable', fault: 'browser', message: /https is needed/ });
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
    [() => new Response('<!doctype html><title>app</title>'), /wasm_unavailable: .*<!doctype html>.*\(3c 21 64 6f\).*publish this file/],
    [() => new Response(core.subarray(0, 100_000)), /wasm_unavailable: not the core of these scripts, sha384-[A-Za-z0-9+/]{64}/],
    [() => { throw new TypeError('Failed to fetch'); }, /wasm_unavailable: .*farthing_bg\.wasm cannot be fetched \(Failed to fetch\): CSP\? CORS\?/],
  ];
  const { loadCore } = await fresh('index.js');
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
    WebAssembly.instantiate = (async () => {
      throw new WebAssembly.CompileError('WebAssembly.instantiate(): Wasm code generation disallowed by embedder');
    }) as never;
    await assert.rejects(loadCore(), { code: 'wasm_blocked', detail: 'import farthing/core.wasm as a module' });
    WebAssembly.instantiate = compile;
    // A failure is forgotten.
    assert.equal(typeof (await loadCore()).newSeed, 'function');
  } finally {
    globalThis.fetch = before;
  }
});

test('the core that the scripts run is the published file and no other, however it comes', async () => {
  const { loadCore } = await fresh('index.js');
  const bent = Uint8Array.from(core);
  // In the last section, which says nothing that is run: only the hash can tell.
  bent[bent.length - 1]! ^= 1;
  await assert.rejects(loadCore(bent), { code: 'wasm_unavailable' });
  const stamp = createHash('sha384').update(core).digest('base64');
  for (const file of (await readdir(dist)).filter((name) => /^library.*\.js$/.test(name)).concat('element/engine.js', 'farthing.classic.js')) {
    const script = await readFile(new URL(file, dist), 'utf8');
    if (script.includes('SHA-384')) assert.ok(script.includes(stamp), file);
  }
  assert.equal(typeof (await loadCore(core)).newSeed, 'function');
});

test('the inline entry has the core in itself, and the slim one asks for it', async () => {
  const { createPaywall } = await fresh('slim.js');
  await assert.rejects(createPaywall({ sealed: '{}', page: { origin: 'https://post.example', path: '/' } }).balance(), { name: 'TypeError', message: /farthing\/core\.wasm/ });
  const { wasm } = await import(new URL('inline.js', dist).href);
  assert.deepEqual(Buffer.from(wasm()), core);
  assert.equal(typeof (await (await fresh('inline.js')).loadCore()).newSeed, 'function');
});

test('an error of one entry is an instance of another’s class', async () => {
  const [{ FarthingError }, library] = await Promise.all(['errors.js', 'inline.js'].map((file) => import(new URL(file, dist).href)));
  assert.equal(FarthingError, library.FarthingError);
});

test('the custom-elements manifest names every event, part, property and state that the element’s own script has, and no other', async () => {
  const { modules } = JSON.parse(await readFile(new URL('custom-elements.json', dist), 'utf8'));
  const [element] = modules[0].declarations;
  const names = (list: string) => element[list].map(({ name }: { name: string }) => name).sort();
  const script = (await Promise.all((await readdir(new URL('element/', dist), { recursive: true })).filter((file) => file.endsWith('.js'))
    .map((file) => readFile(new URL(`element/${file}`, dist), 'utf8')))).join('\n');
  const used = (pattern: RegExp) => [...new Set([...script.matchAll(pattern)].map(([, name]) => name!))].sort();
  assert.deepEqual(names('events'), used(/["'`](farthing:\w+)["'`]/g));
  assert.deepEqual(names('cssProperties'), used(/(--farthing-[\w-]+)/g));
  assert.deepEqual(names('cssParts'), used(/\bpart:\s*["'`]([\w-]+)["'`]/g).filter((name) => name !== 'string')); // `part: 'string'` is of the envelope.
  assert.ok(names('cssStates').includes('locked') && names('attributes').includes('sealed') && names('members').includes('unlock'));
  const { FarthingPaywallElement } = await import(new URL('element/element.js', dist).href);
  for (const { name, kind, static: on } of element.members) {
    if (kind === 'method') assert.equal(typeof (on ? FarthingPaywallElement : FarthingPaywallElement.prototype)[name], 'function', name);
  }
});

test('what the files that come later take from the engine’s file is in it', async () => {
  const engine = await import(new URL('../dist/element/engine.js', import.meta.url).href).catch((thrown: unknown) => thrown as Record<string, unknown>);
  for (const name of ['shortfall', 'unfinished', 'leaving', 'gifts', 'undo', 'refused', 'holdings', 'define_pocket', 'starting']) {
    const text = await readFile(new URL(`../dist/element/${name}.js`, import.meta.url), 'utf8');
    const taken = [...text.matchAll(/import\{([^}]*)\}from"\.\/engine\.js"/g)].flatMap(([, names]) => names!.split(',').map((one) => one.trim().split(' as ')[0]!));
    for (const one of taken) assert.ok(one in (engine as object), `${name}.js takes ${one}`);
  }
});
