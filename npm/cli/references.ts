/** Which other files an article's sealed half shows: pictures, sound, films, downloads. */
import { attribute, type Element, isElement, walk } from './select.js';

/** One attribute that names files, and where it stands in the source. */
export interface Reference { start: number; end: number; name: string; value: string; addresses: string[] }

const named: Record<string, readonly string[]> = {
  img: ['src', 'srcset'], source: ['src', 'srcset'], video: ['src', 'poster'], audio: ['src'], track: ['src'], image: ['href', 'xlink:href'], a: ['href'],
};

/** The addresses in a `srcset`: what stands first of each of its parts. */
const ofSet = (value: string): string[] => value.split(/,\s+|,$/).map((part) => part.trim().split(/\s+/)[0]!).filter(Boolean);

export const references = (container: Element, from: number): Reference[] =>
  container.childNodes
    .filter((node): node is Element => isElement(node) && (node.sourceCodeLocation?.startOffset ?? -1) >= from)
    .flatMap((node) => [node, ...walk(node)])
    // A link is followed elsewhere, unless it says that it is a download.
    .filter((element) => element.tagName !== 'a' || attribute(element, 'download') !== undefined)
    .flatMap((element) => (named[element.tagName] ?? []).flatMap((name) => {
      const place = element.sourceCodeLocation?.attrs?.[name];
      const value = attribute(element, name) ?? attribute(element, name.replace('xlink:', ''));
      if (!place || value === undefined) return [];
      return [{ start: place.startOffset, end: place.endOffset, name, value, addresses: name === 'srcset' ? ofSet(value) : [value.trim()] }];
    }));

/** The file of the site that an address on a page leads to, or `undefined` if it leads elsewhere. */
export const fileAt = (address: string, page: string, origin: string, base: string): string | undefined => {
  const site = `${origin}${base}`;
  if (!URL.canParse(address, site + page)) return undefined;
  const url = new URL(address, site + page.split('/').map(encodeURIComponent).join('/'));
  if (url.origin !== origin || !url.pathname.startsWith(base)) return undefined;
  try {
    return decodeURIComponent(url.pathname.slice(base.length)) || undefined;
  } catch {
    return undefined;
  }
};
