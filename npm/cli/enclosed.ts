/** Which files are sealed with the articles that show them: those that nothing else names in the clear. */
import { join } from 'node:path';
import { lineOf } from './complaint.js';
import type { Found } from './find.js';
import { textOf } from './leaks.js';
import { fileAt } from './references.js';
import { openPart } from './open.js';
import { hashOf, shownFiles, type Site } from './packed.js';
import type { ContentKey } from './secrets.js';

export interface Enclosed {
  inside: Set<string>;
  /** Shown by a sealed half and left in the clear, because this place names them, too. */
  open: { path: string; file: string; line: number }[];
}

/** The clear text of a site: every text file, pages without their sealed halves. */
const clearText = (found: readonly Found[], files: ReadonlyMap<string, Uint8Array>): Map<string, string> => {
  const halves = new Map(found.map(({ path, source, article: { at, html } }) => [path, source.slice(0, at) + source.slice(at, at + html.length).replace(/[^\n]/g, '') + source.slice(at + html.length)]));
  return new Map([...files].flatMap(([path, bytes]) => {
    const text = halves.get(path) ?? textOf(path, bytes);
    return text === undefined ? [] : [[path, text] as const];
  }));
};

export const encloseFiles = (found: readonly Found[], site: Site, folder: string, more: readonly string[] = []): Enclosed => {
  const wanted = new Set([...found.flatMap(({ article, path }) => shownFiles(article, path, site)), ...more]);
  const open: Enclosed['open'] = [];
  if (wanted.size === 0) return { inside: wanted, open };
  const clear = clearText(found, site.files);
  for (const path of wanted) {
    const name = path.split('/').at(-1)!;
    const spellings = [...new Set([name, encodeURI(name), encodeURIComponent(name)])];
    for (const [other, text] of clear) {
      const at = spellings.map((one) => text.indexOf(one)).find((place) => place !== -1);
      if (at === undefined || other === path) continue;
      wanted.delete(path);
      open.push({ path, file: join(folder, other), line: lineOf(text, at) });
      break;
    }
  }
  return { inside: wanted, open };
};

/** Files that an earlier run sealed and took out of the site, and that a generator did not put back: out of the sealed parts. */
export const restoreFiles = async (
  found: readonly Found[], site: Site, known: readonly ContentKey[], partOf: (content: ContentKey) => Promise<Uint8Array | undefined>,
): Promise<Map<string, Uint8Array>> => {
  const restored = new Map<string, Uint8Array>();
  for (const { article, path: page } of found) {
    for (const address of article.references.flatMap(({ addresses }) => addresses)) {
      const path = fileAt(address, page, site.origin, site.base);
      if (path === undefined || site.files.has(path) || restored.has(path)) continue;
      const content = known.findLast(({ files }) => files?.some((file) => file.path === path));
      const part = content && (await partOf(content));
      if (!content || !part) continue;
      const plain = Buffer.from(openPart(part, Buffer.from(content.key, 'base64url')));
      let at = 4 + plain.readUInt32BE(0);
      for (const { length } of JSON.parse(plain.subarray(4, at).toString('utf8')) as { length: number }[]) {
        const bytes = plain.subarray(at, (at += length));
        if (content.files!.some((file) => file.path === path && file.hash === hashOf(bytes))) restored.set(path, bytes);
      }
    }
  }
  return restored;
};
