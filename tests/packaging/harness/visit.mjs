// A reader's browser at the publisher of the vectors: what was built is served there, on the page that the offer is for.
import { readFile, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { chromium } from 'playwright-core';
import { vectors } from './vectors.mjs';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage',
];
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.wasm': 'application/wasm', '.css': 'text/css', '.json': 'application/json', '.txt': 'text/plain' };

/** What docs/publishers.md asks for, and nothing more. */
export const STRICT = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${vectors.issuer.id}; style-src 'self'; require-trusted-types-for 'script'`;

export const launch = () => chromium.launch({ executablePath: process.env.FARTHING_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS });

const fromFolder = (folder) => async (path) => {
  for (const file of [path, `${path}.html`, `${path}/index.html`]) {
    const place = join(folder, file);
    if ((await stat(place).catch(() => null))?.isFile()) return { status: 200, contentType: TYPES[extname(place)] ?? 'application/octet-stream', body: await readFile(place) };
  }
  return { status: 404, contentType: 'text/plain', body: 'Not found' };
};
const fromServer = (origin) => async (path) => {
  const response = await fetch(origin + path);
  return { status: response.status, contentType: response.headers.get('content-type') ?? 'text/plain', body: Buffer.from(await response.arrayBuffer()) };
};

const issuer = (path) => {
  const cross = { status: 200, contentType: 'application/json', headers: { 'access-control-allow-origin': '*' } };
  if (/^\/v1\/manifests\?from=1$/.test(path)) return { ...cross, body: JSON.stringify({ heads: vectors.issuer.heads }) };
  if (/^\/v1\/manifests\/bodies\//.test(path)) return { ...cross, body: vectors.issuer.body };
  return { ...cross, status: 404, body: '{}' };
};

/**
 * Opens the page and gives what its scripts leave in `globalThis.result`, with all that the console said and all that was asked for.
 * Served is a folder, or a server that runs; `answers` come before both.
 */
export const visit = async (browser, { folder, server, csp = STRICT, answers = {}, query = '' }) => {
  const context = await browser.newContext({ locale: 'en-GB' });
  const [said, asked] = [[], []];
  const serve = folder ? fromFolder(folder) : fromServer(server);
  await context.route('**/*', async (route) => {
    const { origin, pathname, search } = new URL(route.request().url());
    if (origin === vectors.issuer.id) return route.fulfill(issuer(pathname + search));
    if (origin !== vectors.page.origin) return route.abort();
    asked.push(pathname);
    if (pathname === '/.well-known/farthing.json') return route.fulfill({ status: 200, contentType: 'application/json', body: vectors.page.document });
    if (pathname === '/favicon.ico') return route.fulfill({ status: 204 });
    const answer = answers[pathname] ?? (await serve(decodeURIComponent(pathname) + (server ? search : '')));
    return route.fulfill({ ...answer, headers: { 'content-type': answer.contentType, ...(csp ? { 'content-security-policy': csp } : {}) } });
  });
  const page = await context.newPage();
  await page.clock.setFixedTime(vectors.page.now * 1000);
  page.on('console', (message) => ['warning', 'error'].includes(message.type()) && said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`thrown: ${error.stack ?? error}`));
  try {
    await page.goto(vectors.page.origin + vectors.page.path + query);
    await page.waitForFunction(() => 'result' in globalThis, undefined, { timeout: 30_000, polling: 50 }).catch((error) => {
      throw new Error(`${error.message}\n${said.join('\n')}\n${asked.join('\n')}`);
    });
    const result = await page.evaluate(() => globalThis.result.catch((error) => ({ failed: error.message, code: error.code })));
    return { result, said, asked };
  } finally {
    await context.close();
  }
};

export const GOOD = { hash: vectors.good.hash, code: vectors.bad.code, title: vectors.page.title };
export const shownBy = (count) => ({ shown: Array(count).fill(true), verified: Array(count).fill('verified'), forged: 'offer_invalid' });
