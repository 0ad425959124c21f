/** What is for sale in a site's folder, and what was sealed there before. */
import { join } from 'node:path';
import { type Article, type Page, readPage } from './articles.js';
import { Complaint } from './complaint.js';
import type { PublisherCore } from './core.js';
import type { Settings } from './settings.js';

export interface Found { path: string; file: string; source: string; page: Page; article: Article; resource: string }
export interface Sealed { path: string; file: string; source: string; page: Page }

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

export const findArticles = (
  core: PublisherCore, { base, sell }: Settings, files: ReadonlyMap<string, Uint8Array>, site: string,
): { found: Found[]; before: Sealed[] } => {
  const found: Found[] = [];
  const before: Sealed[] = [];
  const resources = new Map<string, string>();
  const unused = new Set(sell);
  for (const [path, bytes] of files) {
    if (!/\.x?html?$/i.test(path) || !(sell.length || Buffer.from(bytes).includes('farthing-'))) continue;
    const file = join(site, path);
    const source = utf8(bytes, file);
    const page = readPage(source, file, sell);
    for (const rule of page.matched) unused.delete(rule);
    if (page.sealed) before.push({ path, file, source, page });
    if (!page.article) continue;
    let resource: string;
    try {
      resource = resourceOf(core, base, path);
    } catch {
      throw new Complaint('the path of this page cannot be sold under (spec R7); rename the file', file);
    }
    const other = resources.get(resource);
    if (other) throw new Complaint(`stands at the same address as ${other} (${resource})`, file);
    resources.set(resource, file);
    found.push({ path, file, source, page, article: page.article, resource });
  }
  for (const { selector } of unused) throw new Complaint(`the selector \`${selector}\` matches nothing in any page`, site);
  if (found.length + before.length === 0) throw new Complaint('nothing is for sale here: mark an article with `data-farthing-price="0.20 EUR"`', site);
  return { found, before };
};
