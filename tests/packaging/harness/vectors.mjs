// The published vectors as one module, for tools that read no JSON and runtimes that read no files.
import { readFile, writeFile } from 'node:fs/promises';

const vector = async (name) => JSON.parse(await readFile(new URL(`../../vectors/v1/${name}.json`, import.meta.url), 'utf8'));

const good = await vector('offer/good_article');
const bad = await vector('offer/bad_signature_changed');
const part = await vector('part/good_one_chunk');
const wrap = await vector('wrap/good_opens');
const manifest = await vector('manifest/good_first_contact');

const envelope = (offer) => {
  const { issuer, sealing_kid } = JSON.parse(Buffer.from(part.input.offer.split('.')[1], 'base64url')).prices[0];
  return JSON.stringify({ v: 1, offer, wraps: [{ issuer, kid: sealing_kid, wrap: wrap.input.wrap }], part: part.input.part });
};
const [header, payload, signature] = part.input.offer.split('.');
const swapped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;

export const vectors = {
  good: { ...good.input, hash: good.expect.offer_hash }, bad: { ...bad.input, code: bad.expect.refused },
  /** What stands in a page, at `path`; `forged` has another signature. */
  page: { origin: good.input.page, path: '/2026/turnpikes', now: part.input.now, document: part.input.document, title: 'About /2026/turnpikes', amount: 200_000 },
  sealed: envelope(part.input.offer), forged: envelope(`${header}.${payload}.${swapped}`),
  issuer: { id: manifest.input.issuer, heads: manifest.input.heads, body: manifest.input.body },
};

export const writeVectors = (file) => writeFile(file, `export const vectors = ${JSON.stringify(vectors)};\n`);
