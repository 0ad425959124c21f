/** `farthing doctor ADDRESS`: an article on the web, looked at as a reader's browser and a search engine get it. */
import { parse } from 'parse5';
import { readPage } from './articles.js';
import { Complaint } from './complaint.js';
import type { PublisherCore } from './core.js';
import { checkClearText } from './doctor_leaks.js';
import { checkOffer } from './doctor_offer.js';
import { Findings } from './finding.js';
import { complaints } from './linked_data.js';
import { type OfferClaims, readClaims } from './offers.js';
import { mediaTypes } from './packed.js';
import { readPolicies, wanting } from './policy.js';
import { attribute, type Element, walk } from './select.js';
import type { Flags } from './settings.js';

export type Get = (address: string) => Promise<Answer>;
export interface Answer { address: string; status: number; headers: Headers; bytes: Uint8Array; text: string }
export interface DoctorOptions { json: boolean; say(line: string): void; fetch: typeof globalThis.fetch }

/** What one visit is about. */
export interface Visit {
  core: PublisherCore; get: Get; now: number; findings: Findings; flags: Flags;
  page: Answer; url: URL; elements: Element[]; envelope: { offer: string; wraps: { issuer: string; kid: string }[]; part: string }; claims: OfferClaims;
}

const getter = (fetch: typeof globalThis.fetch): Get => async (address) => {
  try {
    const response = await fetch(address, { redirect: 'follow', signal: AbortSignal.timeout(20_000), headers: { 'user-agent': 'farthing-doctor' } });
    const bytes = new Uint8Array(await response.arrayBuffer());
    return { address: response.url || address, status: response.status, headers: response.headers, bytes, text: new TextDecoder().decode(bytes) };
  } catch (error) {
    const { message, cause } = error as Error & { cause?: Error };
    throw new Complaint(`cannot be reached: ${cause?.message || message}`, address, undefined, 'unreachable');
  }
};

export const typeOf = ({ headers }: Answer): string => (headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
const seconds = ({ headers }: Answer): number => Number(/\bmax-age=(\d+)/i.exec(headers.get('cache-control') ?? '')?.[1] ?? 0);
const day = 86_400;

/** Gives the exit code. */
export const doctor = async (core: PublisherCore, address: string, flags: Flags, now: number, { json, say, fetch }: DoctorOptions): Promise<number> => {
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) throw new Complaint(`\`${address}\` is no address of a page; give it with https://`, undefined, undefined, 'usage');
  const findings = new Findings();
  const get = getter(fetch);
  const visit = await open(core, address, get, now, flags, findings);
  if (visit) {
    await checkOffer(visit);
    await checkDocument(visit);
    await checkScripts(visit);
    checkPage(visit);
    checkData(visit);
    await checkClearText(visit);
  }
  if (json) {
    say(JSON.stringify({ address, ok: !findings.wrong, findings: findings.all }));
  } else {
    for (const what of findings.right) say(`  right  ${what}`);
    for (const { level, code, message, where } of findings.all) say(`  ${level.padEnd(5)}  ${message}\n         ${where} (${code})`);
    const wrong = findings.all.filter(({ level }) => level === 'wrong').length;
    say(wrong ? `${wrong} to put right` : 'Readers can buy and read here.');
  }
  return findings.wrong ? 1 : 0;
};

const open = async (core: PublisherCore, address: string, get: Get, now: number, flags: Flags, findings: Findings): Promise<Visit | undefined> => {
  const page = await get(address);
  const url = new URL(page.address);
  const wrong = (code: 'page_status' | 'article_missing' | 'offer_unreadable', message: string): undefined => findings.add('wrong', code, page.address, message) as undefined;
  if (page.status !== 200) return wrong('page_status', `the page answers ${page.status}`);
  const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url.protocol !== 'https:' && !local) findings.add('wrong', 'not_https', page.address, 'the page comes by http: browsers give it no cryptography');
  const { sealed } = readPage(page.text.replaceAll('data-farthing-price', 'data-farthing-old-price'), page.address);
  if (!sealed) {
    return wrong('article_missing', page.text.includes('data-farthing-price')
      ? 'the page has an article with data-farthing-price that is not sealed: everybody reads all of it. Seal the folder that is published'
      : 'there is no <farthing-paywall> in this page');
  }
  try {
    const envelope = JSON.parse(sealed.text);
    const { claims } = readClaims(envelope.offer);
    if (!claims.content[0] || !Array.isArray(envelope.wraps)) throw new Error('parts are missing');
    return { core, get, now, findings, flags, page, url, elements: [...walk(parse(page.text))], envelope, claims };
  } catch (error) {
    return wrong('offer_unreadable', `what stands in <farthing-paywall> cannot be read (${(error as Error).message}); does something rewrite your pages?`);
  }
};

const checkDocument = async ({ get, findings, claims }: Visit): Promise<void> => {
  const before = findings.all.length;
  const document = await get(`${claims.iss}/.well-known/farthing.json`).catch(() => null);
  const where = `${claims.iss}/.well-known/farthing.json`;
  if (!document || document.status !== 200) return findings.add('wrong', 'document_missing', where, `the publisher's document ${document ? `answers ${document.status}` : 'cannot be reached'}: neither issuer nor browsers can check offers. Publish the folder .well-known, too`);
  if (typeOf(document) !== 'application/json') findings.add('soon', 'document_type', where, `the document is served as ${typeOf(document) || 'nothing'}; application/json is right`);
  if (document.headers.get('access-control-allow-origin') !== '*') {
    findings.add(claims.embedders.length ? 'wrong' : 'note', 'document_cors', where, 'the document has no `Access-Control-Allow-Origin: *`; pages elsewhere that embed an article need it');
  }
  if (seconds(document) > day) findings.add('soon', 'document_cache', where, 'the document may be kept for more than a day: a new offer key would take that long to be known');
  try {
    const { v, publisher, keys } = JSON.parse(document.text);
    if (v !== 1 || publisher !== claims.iss || !Array.isArray(keys)) throw new Error(`it is of ${publisher}`);
  } catch (error) {
    findings.add('wrong', 'document_invalid', where, `the document is not this publisher's: ${(error as Error).message}`);
  }
  findings.good(before, 'the publisher’s document');
};

const checkScripts = async ({ get, findings, elements, url, page }: Visit): Promise<void> => {
  const before = findings.all.length;
  const source = elements.filter(({ tagName }) => tagName === 'script').map((one) => attribute(one, 'src') ?? '').find((src) => /farthing\/element\/define\.js(\?|$)/.test(src));
  if (source === undefined) return findings.add('note', 'script_elsewhere', page.address, 'the page does not load /farthing/element/define.js; if your bundle brings the element, its WebAssembly file is not looked at here');
  const script = new URL(source, url).href;
  const javascript = /^(text|application)\/(java|ecma)script$/;
  for (const name of ['define.js', 'engine.js']) {
    const address = new URL(name, script).href;
    const answer = await get(address);
    if (answer.status !== 200) findings.add('wrong', 'script_missing', address, `the script answers ${answer.status}; publish the folder farthing, too`);
    else if (!javascript.test(typeOf(answer))) findings.add('wrong', 'script_type', address, `the script is served as ${typeOf(answer) || 'nothing'}; browsers run modules only as text/javascript`);
    else if (seconds(answer) > 30 * day) findings.add('soon', 'scripts_cached_long', address, 'the script may be kept for more than a month, and its name stays the same: an update would not reach readers for so long');
  }
  const wasm = new URL('../farthing_bg.wasm', script).href;
  const answer = await get(wasm);
  if (answer.status !== 200 || Buffer.from(answer.bytes.subarray(0, 4)).toString('latin1') !== '\0asm') {
    findings.add('wrong', 'wasm_missing', wasm, answer.status === 200 ? 'in place of the WebAssembly file something else is served, perhaps a page' : `the WebAssembly file answers ${answer.status}`);
  } else if (typeOf(answer) !== 'application/wasm') {
    findings.add('soon', 'wasm_type', wasm, `the WebAssembly file is served as ${typeOf(answer) || 'nothing'}; application/wasm lets browsers compile it while it arrives`);
  }
  const keep = elements.filter(({ tagName }) => tagName === 'script').map((one) => attribute(one, 'src') ?? '').find((src) => /farthing\/offline\/keep\.js(\?|$)/.test(src));
  for (const address of keep === undefined ? [] : [new URL(keep, url).href, new URL('../../farthing-offline.js', new URL(keep, url)).href]) {
    const found = await get(address);
    if (found.status === 200 && javascript.test(typeOf(found))) continue;
    findings.add('soon', 'offline_missing', address, `${found.status === 200 ? `is served as ${typeOf(found) || 'nothing'}` : `answers ${found.status}`}; without it nothing that readers bought opens without a network`);
  }
  findings.good(before, 'scripts and WebAssembly');
};

const checkPage = ({ findings, page, url, elements, claims }: Visit): void => {
  let before = findings.all.length;
  const metas = elements.filter((one) => one.tagName === 'meta' && attribute(one, 'http-equiv')?.toLowerCase() === 'content-security-policy').map((one) => attribute(one, 'content') ?? '');
  const policies = [page.headers.get('content-security-policy') ?? '', ...metas].flatMap(readPolicies);
  const needs = {
    self: url.origin, script: `${url.origin}/farthing/element/define.js`, issuers: [...new Set(claims.prices.map(({ issuer }) => issuer))], files: claims.content[0]!.media_type !== mediaTypes.alone,
  };
  for (const { code, message } of wanting(policies, needs)) findings.add('wrong', code, page.address, message);
  findings.good(before, policies.length ? 'content security policy' : 'no content security policy stands in the way');
  before = findings.all.length;
  const cache = page.headers.get('cache-control') ?? '';
  if (/\b(no-store|private)\b/i.test(cache)) findings.add('soon', 'page_not_cached', page.address, `\`Cache-Control: ${cache}\`: these pages are the same for everybody; let caches keep them`);
  if (/\bcookie\b/i.test(page.headers.get('vary') ?? '') || page.headers.has('set-cookie')) findings.add('soon', 'page_not_cached', page.address, 'the page varies by cookie or sets one, so caches ask your server for each reader');
  findings.good(before, 'caching');
  const opener = page.headers.get('cross-origin-opener-policy');
  if (opener) findings.add('note', 'opener_policy', page.address, `Cross-Origin-Opener-Policy is ${opener}; readers pay by going to the checkout and back, which needs no opener`);
};

const checkData = ({ findings, page, elements }: Visit): void => {
  const before = findings.all.length;
  const blocks = elements.filter((one) => one.tagName === 'script' && attribute(one, 'type') === 'application/ld+json').map((one) => one.childNodes.map((node) => ('value' in node ? node.value : '')).join(''));
  const classes = new Set(elements.flatMap((one) => (attribute(one, 'class') ?? '').split(/\s+/)));
  for (const message of complaints(blocks, classes)) findings.add('soon', 'structured_data', page.address, `for search engines: ${message}`);
  findings.good(before, 'structured data');
};
