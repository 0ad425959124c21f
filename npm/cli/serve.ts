/** `farthing serve SITE`: a sealed site on this machine, with the headers it should have on the web. */
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import sirv from 'sirv';
import { Complaint } from './complaint.js';
import { readClaims } from './offers.js';
import { policyFor } from './policy.js';
import { readPage } from './articles.js';

export interface ServeOptions {
  host: string; port: number;
  /** A policy of one's own; `none` for no policy. */
  csp?: string | undefined;
}

/** The file that a path leads to, as far as it can be a page. */
const pageAt = async (folder: string, path: string): Promise<string | undefined> => {
  let plain: string;
  try {
    plain = decodeURIComponent(path);
  } catch {
    return undefined;
  }
  if (plain.split(/[\\/]/).includes('..')) return undefined;
  for (const file of [plain.replace(/\/$/, '/index.html'), `${plain}.html`, `${plain}/index.html`]) {
    const place = join(folder, file);
    if (/\.x?html?$/i.test(file) && (await stat(place).catch(() => null))?.isFile()) return readFile(place, 'utf8');
  }
  return undefined;
};

/** Whom the offer in a page is of, and who is paid. */
const soldBy = (html: string): { publisher: string; issuers: string[] } | undefined => {
  try {
    const { sealed } = readPage(html, '');
    if (!sealed) return undefined;
    const { claims } = readClaims(JSON.parse(sealed.text).offer);
    return { publisher: claims.iss, issuers: claims.prices.map(({ issuer }) => issuer) };
  } catch {
    return undefined;
  }
};

/** Serves until the server is closed. */
export const serve = async (site: string, { host, port, csp }: ServeOptions, say: (line: string) => void): Promise<{ server: Server; origin: string }> => {
  const folder = resolve(site);
  if (!(await stat(folder).catch(() => null))?.isDirectory()) throw new Complaint('is not a folder', site);
  // Read from the disk each time: a site sealed again is served at once.
  const files = sirv(folder, { dev: true, etag: true, extensions: ['html', 'htm'] });
  const missing = await readFile(join(folder, '404.html')).catch(() => undefined);
  let origin = '';
  const warned = new Set<string>();

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = (request.url ?? '/').split(/[?#]/)[0]!;
    response.setHeader('X-Content-Type-Options', 'nosniff');
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cache-Control', 'no-cache');
    if (path === '/.well-known/farthing.json') response.setHeader('Access-Control-Allow-Origin', '*');
    const page = await pageAt(folder, path);
    if (page !== undefined) {
      const sold = soldBy(page);
      if (csp !== 'none') response.setHeader('Content-Security-Policy', csp ?? policyFor(page, sold?.issuers ?? []));
      if (sold && sold.publisher !== origin && !warned.has(sold.publisher)) {
        warned.add(sold.publisher);
        say(`Note: these pages are sealed for ${sold.publisher}, and only there can they be bought. To buy here: build again, then \`farthing seal ${site} --origin ${origin}\`.`);
      }
    }
    files(request, response, () => {
      response.writeHead(404, { 'Content-Type': missing ? 'text/html; charset=utf-8' : 'text/plain' }).end(request.method === 'HEAD' ? undefined : missing ?? 'not here\n');
    });
  };

  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end();
      return;
    }
    answer(request, response).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500, { 'Content-Type': 'text/plain' });
      response.end(`${error.message}\n`);
    });
  });
  await new Promise<void>((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) => fail(new Complaint(error.code === 'EADDRINUSE' ? `port ${port} is taken; give another with --port, and seal for that address: pages can be bought only where they were sealed for` : error.message, undefined, undefined, 'busy')));
    server.listen(port, host, done);
  });
  const at = (server.address() as AddressInfo).port;
  origin = new URL(`http://${host.includes(':') ? `[${host}]` : host}:${at}`).origin;
  say(`${site} is at ${origin} (Ctrl-C ends it)`);
  return { server, origin };
};
