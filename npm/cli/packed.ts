/** An article's sealed half with its files, as one content (spec section 6.1), so that one key and one hash hold all of it. */
import { createHash } from 'node:crypto';
import { lookup } from 'mrmime';
import type { Article } from './articles.js';
import { Complaint } from './complaint.js';
import { fileAt } from './references.js';
import type { SealedFile } from './secrets.js';

export const mediaTypes = { alone: 'text/html', withFiles: 'application/vnd.farthing.article' } as const;

/** A reader's browser holds all of it at once. */
const most = 32 << 20;

export const hashOf = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('base64url');
const nameOf = (hash: string): string => hash.slice(0, 22);
const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');

export interface Content { plain: Uint8Array; mediaType: string; files: SealedFile[] }
export interface Site { origin: string; base: string; files: ReadonlyMap<string, Uint8Array> }

/** The files of the site that the sealed half of `page` shows. */
export const shownFiles = (article: Article, page: string, { origin, base, files }: Site): string[] =>
  [...new Set(article.references.flatMap(({ addresses }) => addresses).flatMap((address) => {
    const path = fileAt(address, page, origin, base);
    return path !== undefined && files.has(path) && !/\.(x?html?|js|mjs|css|wasm)$/i.test(path) ? [path] : [];
  }))];

/** What is sealed: the text alone, or with `inside`, those of its files that are sealed with it. */
export const pack = (article: Article, source: string, page: string, file: string, site: Site, inside: ReadonlySet<string>): Content => {
  const used = new Map<string, { hash: string; bytes: Uint8Array }>();
  const change = (address: string): string => {
    const path = fileAt(address, page, site.origin, site.base);
    const bytes = path !== undefined && inside.has(path) ? site.files.get(path) : undefined;
    if (path === undefined || !bytes) return address;
    const hash = hashOf(bytes);
    used.set(path, { hash, bytes });
    return `cid:${nameOf(hash)}`;
  };
  let html = '';
  let at = article.at;
  for (const { start, end, name, value, addresses } of [...article.references].sort((a, b) => a.start - b.start)) {
    const changed = addresses.reduce((text, address) => text.replace(address, () => change(address)), value);
    if (changed === value) continue;
    html += `${source.slice(at, start)}${name}="${escape(changed)}"`;
    at = end;
  }
  html += source.slice(at, article.at + article.html.length);
  if (used.size === 0) return { plain: Buffer.from(html), mediaType: mediaTypes.alone, files: [] };
  const distinct = new Map([...used].map(([path, { hash, bytes }]) => [hash, { path, bytes }]));
  const entries = [
    { name: '', type: mediaTypes.alone as string, bytes: Buffer.from(html) as Uint8Array },
    ...[...distinct].map(([hash, { path, bytes }]) => ({ name: nameOf(hash), type: lookup(path) ?? 'application/octet-stream', bytes })),
  ];
  const list = Buffer.from(JSON.stringify(entries.map(({ name, type, bytes }) => ({ name, type, length: bytes.length }))));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(list.length);
  const plain = Buffer.concat([length, list, ...entries.map(({ bytes }) => bytes)]);
  if (plain.length > most) throw new Complaint(`the sealed half and its files come to ${Math.ceil(plain.length / (1 << 20))} MiB, and 32 MiB is the most; offer films elsewhere`, file, article.line);
  return { plain, mediaType: mediaTypes.withFiles, files: [...used].map(([path, { hash }]) => ({ path, hash })) };
};

/** The text of a content, for looking where else it stands. */
export const textOfContent = (plain: Uint8Array, mediaType: string): string => {
  const bytes = Buffer.from(plain);
  if (mediaType === mediaTypes.alone) return bytes.toString('utf8');
  const length = bytes.readUInt32BE(0);
  const [text] = JSON.parse(bytes.subarray(4, 4 + length).toString('utf8')) as { length: number }[];
  return bytes.subarray(4 + length, 4 + length + (text?.length ?? 0)).toString('utf8');
};
