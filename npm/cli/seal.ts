/** `farthing seal DIR`: what is for sale in a built site is sealed, and nothing of it is left in the clear. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Article, type Page, readPage } from './articles.js';
import { Complaint } from './complaint.js';
import type { PublisherCore } from './core.js';
import { listFiles, publish } from './files.js';
import { type KnownIssuer, meetIssuer } from './issuers.js';
import { refuseInside } from './keys.js';
import { Sealed, textOf } from './leaks.js';
import { sealedPage } from './page.js';
import {
  type ContentKey, offerKeyFile, partFile, readContentKeys, readOfferKey, readTrust, writeContentKeys, writeSecret, writeTrust,
} from './secrets.js';
import { type Flags, readSettings, type Settings } from './settings.js';

interface Found { path: string; source: string; page: Page; article: Article; resource: string }

const b64u = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64url');
const utf8 = (bytes: Uint8Array, file: string): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Complaint('is not UTF-8', file);
  }
};

/** `articles/a b/index.html` under base `/` is `/articles/a%20b`. */
const resourceOf = (core: PublisherCore, base: string, path: string): string =>
  core.normaliseResource(base + path.split('/').map((segment) => encodeURIComponent(segment).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`)).join('/'));

/** Where the site's own copy of the page's scripts stands. */
const scripts = 'farthing';

export const seal = async (core: PublisherCore, site: string, flags: Flags, now: number, say: (line: string) => void): Promise<void> => {
  const settings = await readSettings(flags);
  const folder = resolve(site);
  refuseInside(settings.keys, folder);
  const secret = await readOfferKey(settings.keys);
  if (!secret) throw new Complaint('there is no offer key; make one with `farthing keys`', offerKeyFile(settings.keys));

  const files = new Map<string, Uint8Array>();
  for (const path of await listFiles(folder)) files.set(path, await readFile(join(folder, path)));
  const { found, before } = findArticles(core, settings, files, site);
  if (found.length === 0) {
    if (before === 0) throw new Complaint('nothing is for sale here: mark an article with `data-farthing-price="0.20 EUR"`', site);
    return say(`${site} is sealed already: ${before} ${before === 1 ? 'article' : 'articles'}, nothing to do`);
  }

  const trust = await readTrust(settings.keys);
  const issuers: KnownIssuer[] = [];
  for (const id of settings.issuers) {
    const issuer = await meetIssuer(core, id, trust[id], now);
    if (issuer.first) say(`First contact with ${id}: from now on manifest ${issuer.pin.n} with key ${issuer.trust.kids[0]} is trusted`);
    trust[id] = issuer.trust;
    issuers.push(issuer);
  }

  const terms = sha256(settings.terms ? await readFile(settings.terms).catch(() => Promise.reject(new Complaint('the terms cannot be read', settings.terms))) : '');
  const known = await readContentKeys(settings.keys);
  const output = new Map<string, string | Uint8Array>();
  const parts = new Map<string, Uint8Array>();
  let kept = 0;
  for (const { path, source, page, article, resource } of found) {
    const prices = pricesOf(article, issuers, join(site, path));
    const text = sha256(article.html);
    const version = article.version ?? text.slice(0, 16);
    let content = known.find((one) => one.publisher === settings.publisher && one.resource === resource && one.version === version && one.text === text);
    let part = content && (await readFile(partFile(settings.keys, content.ct_hash)).catch(() => undefined));
    if (content && part) kept++;
    else {
      // A new text is a new key; the same text keeps key and ciphertext, so that readers who bought it own it still (spec R18).
      const key = core.newContentKey();
      const sealed = core.sealPart({ publisher: settings.publisher, resource, version }, new TextEncoder().encode(article.html), key);
      part = Buffer.from(sealed.part);
      content = { publisher: settings.publisher, resource, version, text, key: b64u(key), ct_hash: sealed.ct_hash };
      known.push(content);
      parts.set(content.ct_hash, part);
    }
    const { jws, hash } = core.signOffer(secret, offerClaims(settings, article, { resource, version, terms, now, prices, issuers, content, key: core.keyCommit(Buffer.from(content.key, 'base64url')) }));
    const wraps = issuers.map(({ id, sealing }) => ({
      issuer: id, kid: sealing.kid,
      wrap: b64u(core.wrapKey(new Uint8Array(Buffer.from(content.key, 'base64url')), { issuer: id, kid: sealing.kid, sealingPublicKey: sealing.publicKey, offerHash: hash })),
    }));
    output.set(path, sealedPage(source, page, article, { v: 1, offer: jws, wraps, part: b64u(part) }, `${settings.base}${scripts}/element/define.js`));
  }

  refuseLeaks(found, new Map<string, string | Uint8Array>([...files, ...output]), site);
  await addScripts(output);
  output.set('.well-known/farthing.json', `${JSON.stringify({
    v: 1, publisher: settings.publisher, name: settings.name, contact: settings.contact, keys: [core.publicJwk(secret)], issuers: settings.issuers,
  })}\n`);

  // Keys first: a published text whose key is lost could never be sold again under it.
  for (const [ctHash, part] of parts) await writeSecret(partFile(settings.keys, ctHash), part);
  await writeContentKeys(settings.keys, known);
  await writeTrust(settings.keys, trust);
  await publish(folder, output);
  const words = found.reduce((sum, { article }) => sum + article.words, 0);
  say(`Sealed ${found.length} ${found.length === 1 ? 'article' : 'articles'}, ${words} words, in ${site}${kept ? `; ${kept} with the key they had` : ''}${before ? `; ${before} were sealed before` : ''}; no sealed text is left in the clear`);
};

const findArticles = (core: PublisherCore, settings: Settings, files: ReadonlyMap<string, Uint8Array>, site: string): { found: Found[]; before: number } => {
  const found: Found[] = [];
  let before = 0;
  const resources = new Map<string, string>();
  for (const [path, bytes] of files) {
    if (!/\.x?html?$/i.test(path) || !Buffer.from(bytes).includes('farthing-')) continue;
    const file = join(site, path);
    const source = utf8(bytes, file);
    const page = readPage(source, file);
    if (page.sealed) before++;
    if (!page.article) continue;
    let resource: string;
    try {
      resource = resourceOf(core, settings.base, path);
    } catch {
      throw new Complaint('the path of this page cannot be sold under (spec R7); rename the file', file);
    }
    const other = resources.get(resource);
    if (other) throw new Complaint(`stands at the same address as ${other} (${resource})`, file);
    resources.set(resource, file);
    found.push({ path, source, page, article: page.article, resource });
  }
  return { found, before };
};

const pricesOf = ({ amount, currency, line }: Article, issuers: readonly KnownIssuer[], file: string) =>
  issuers.map(({ id, view, sealing }) => {
    const terms = view.currencies.find((one) => one.currency === currency);
    if (!terms) throw new Complaint(`${id} does not deal in ${currency}; it has ${view.currencies.map((one) => one.currency).join(', ')}`, file, line);
    if (amount < terms.unit || amount % terms.unit !== 0) {
      throw new Complaint(`the price has to be a whole number of ${terms.unit / 1e6} ${currency}, the smallest coin of ${id}`, file, line);
    }
    return { issuer: id, currency, amount, sealing_kid: sealing.kid };
  });

interface OfferPieces { resource: string; version: string; terms: string; now: number; prices: object[]; issuers: KnownIssuer[]; content: ContentKey; key: string }

const offerClaims = (settings: Settings, article: Article, { resource, version, terms, now, prices, issuers, content, key }: OfferPieces) => ({
  iss: settings.publisher, iat: now, exp: now + Math.floor(settings.days * 86_400), resource, version, title: article.title, words: article.words,
  sold: { kind: 'article' }, access: article.access, refund: article.refund, terms,
  content: [{ ct_hash: content.ct_hash, length: Buffer.byteLength(article.html), media_type: 'text/html', place: 'page' }],
  key_commit: key, prices, pins: issuers.map(({ id, pin }) => ({ issuer: id, n: pin.n, hash: pin.hash })), embedders: [],
});

const refuseLeaks = (found: readonly Found[], all: ReadonlyMap<string, string | Uint8Array>, site: string): void => {
  const sealed = new Sealed(found.map(({ path, source, article }) => ({ file: path, html: article.html, free: source.slice(article.tag.end, article.start) })));
  const leaks = [...all].flatMap(([path, data]) => {
    const text = typeof data === 'string' ? data : textOf(path, data);
    const leak = text === undefined ? undefined : sealed.find(join(site, path), text);
    return leak ? [leak] : [];
  });
  if (leaks.length === 0) return;
  throw new Complaint([
    'nothing was sealed, because text that is for sale also stands in the clear:',
    ...leaks.map(({ file, line, of, words }) => `  ${file}:${line}: “${words} …” of ${of}`),
    'Take it out there (feeds, search indexes, descriptions and source maps are the usual places), build again and seal again.',
  ].join('\n'));
};

/** The site serves its own copy of the scripts; there is nobody else to ask or to trust. */
const addScripts = async (output: Map<string, string | Uint8Array>): Promise<void> => {
  const dist = new URL('./', import.meta.url);
  const parts = ['engine', 'limits', ...['de', 'en', 'es', 'fr', 'ja', 'ko', 'own'].map((code) => `words/${code}`)].map((name) => `element/${name}.js`);
  for (const file of ['element/define.js', ...parts, 'farthing_bg.wasm']) output.set(`${scripts}/${file}`, await readFile(new URL(file, dist)));
};
