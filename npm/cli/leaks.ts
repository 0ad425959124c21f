/** Looks for sealed text that also stands in the clear, anywhere in the output. */
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { lineOf } from './complaint.js';

/** So many words in a row, and it is no coincidence. */
const length = 8;

interface Word { text: string; offset: number }

const named: Record<string, string> = {
  amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: ' ', shy: '\u00ad', rsquo: '’', lsquo: '‘', rdquo: '”', ldquo: '“', mdash: '—', ndash: '–', hellip: '…',
  auml: 'ä', ouml: 'ö', uuml: 'ü', Auml: 'Ä', Ouml: 'Ö', Uuml: 'Ü', szlig: 'ß', eacute: 'é', egrave: 'è', agrave: 'à', ccedil: 'ç', ecirc: 'ê', ntilde: 'ñ', pound: '£',
};
const inline = new Set(['a', 'abbr', 'b', 'bdi', 'bdo', 'cite', 'code', 'data', 'em', 'font', 'i', 'ins', 'kbd', 'mark', 'q', 's', 'small', 'span', 'strong', 'sub', 'sup', 'time', 'u', 'var', 'wbr']);

/** A text with, for each of its characters, where that stood in the file. */
class Mapped {
  constructor(readonly text: string, private readonly places: Uint32Array | null = null) {}

  place(at: number): number {
    return this.places ? (this.places[at] ?? this.places.at(-1) ?? 0) : at;
  }

  replace(pattern: RegExp, replacement: (match: RegExpExecArray) => string): Mapped {
    const pieces: string[] = [];
    const places: number[] = [];
    let last = 0;
    const keep = (to: number) => {
      pieces.push(this.text.slice(last, to));
      for (let at = last; at < to; at++) places.push(this.place(at));
    };
    for (const match of this.text.matchAll(pattern)) {
      keep(match.index);
      const put = replacement(match as RegExpExecArray);
      pieces.push(put);
      for (let i = 0; i < put.length; i++) places.push(this.place(match.index));
      last = match.index + match[0].length;
    }
    if (last === 0) return this;
    keep(this.text.length);
    return new Mapped(pieces.join(''), Uint32Array.from(places));
  }
}

const character = (code: number): string => (code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ');

const decodeEntities = (text: Mapped): Mapped =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z][a-z0-9]{1,9}));/gi, ([all, hex, decimal, name]) =>
    hex ? character(Number.parseInt(hex, 16)) : decimal ? character(Number(decimal)) : (named[name!] ?? all));

/** The words of a file, whatever its format: markup, escapes of HTML, XML, JSON and JavaScript are undone. */
export const words = (source: string): Word[] => {
  let text = new Mapped(source)
    .replace(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\[nrtbf]|\\(["'/\\])/gi, ([all, long, short, quoted]) =>
      long || short ? character(Number.parseInt(long ?? short!, 16)) : (quoted ?? (all ? ' ' : '')));
  text = decodeEntities(decodeEntities(text));
  // A comment's words count, its marks do not; a tag's attributes count as words of their own.
  text = text.replace(/<!--|-->|<!\[CDATA\[|\]\]>/g, () => ' ');
  text = text.replace(/<\/?([a-z][a-z0-9-]*)((?:\s[^<>]*)?)\/?>/gi, ([, name, attributes]) =>
    inline.has(name!.toLowerCase()) && !/[=]\s*["'][^"']{60,}/.test(attributes!) ? '' : ` \u0001 ${/["'][^"']{30,}/.test(attributes!) ? attributes : ''} `);
  text = text.replace(/[\u00ad\u200b-\u200d\u2060]/g, () => '');
  return [...text.text.matchAll(/[\p{L}\p{N}]+/gu)].map((match) => ({ text: match[0].normalize('NFKC').toLowerCase(), offset: text.place(match.index) }));
};

/** `free` is the article's own free half: what its author says there is not for sale, even if the sealed half says it again. */
export interface SealedText { file: string; html: string; free: string }
export interface Leak { file: string; line: number; of: string; words: string }

/** All runs of words of the sealed texts. */
export class SealedRuns {
  private readonly runs = new Map<string, string>();
  /** A sealed text may be shorter than a run. */
  private readonly lengths = new Set([length]);

  constructor(texts: readonly SealedText[]) {
    for (const { file, html, free } of texts) {
      const all = words(html).map(({ text }) => text);
      const given = ` ${words(free).map(({ text }) => text).join(' ')} `;
      if (all.length < length) {
        this.runs.set(all.join(' '), file);
        this.lengths.add(all.length);
      }
      for (let at = 0; at + length <= all.length; at++) {
        const run = all.slice(at, at + length).join(' ');
        if (!given.includes(` ${run} `)) this.runs.set(run, file);
      }
    }
  }

  /** The first place in a file where a run stands in the clear. */
  find(file: string, source: string): Leak | undefined {
    const all = words(source);
    for (let at = 0; at < all.length; at++) {
      for (const length of this.lengths) {
        const run = all.slice(at, at + length).map(({ text }) => text).join(' ');
        const of = this.runs.get(run);
        if (of !== undefined) return { file, line: lineOf(source, all[at]!.offset), of, words: run };
      }
    }
    return undefined;
  }
}

/** The text of a file, unpacked where a web server would send it packed; `undefined` if it is none. */
export const textOf = (name: string, bytes: Uint8Array): string | undefined => {
  let plain = bytes;
  try {
    if (name.endsWith('.gz')) plain = gunzipSync(bytes, { maxOutputLength: 256 << 20 });
    else if (name.endsWith('.br')) plain = brotliDecompressSync(bytes, { maxOutputLength: 256 << 20 });
  } catch {
    return undefined;
  }
  if (plain[0] === 0xff && plain[1] === 0xfe) return new TextDecoder('utf-16le').decode(plain);
  if (plain[0] === 0xfe && plain[1] === 0xff) return new TextDecoder('utf-16be').decode(plain);
  if (plain.subarray(0, 8192).includes(0)) return undefined;
  return new TextDecoder().decode(plain);
};
