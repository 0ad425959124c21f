/** Finds what is for sale in a page, by its markers, with places in the source: nothing but the sealed half is rewritten. */
import { parse } from 'parse5';
import { Complaint, lineOf } from './complaint.js';
import { readPrice, readSpan } from './price.js';
import { type Reference, references } from './references.js';
import { attribute, type Element, isElement, plain, select, walk } from './select.js';
import type { Rule } from './settings.js';

export interface Article {
  /** The text that is sealed, and what of the source it takes the place of: an empty cut mark goes with it. */
  html: string; start: number; end: number;
  /** Where `html` begins in the source. */
  at: number;
  /** What the sealed half shows of other files. */
  references: Reference[];
  amount: number; currency: string; version: string | undefined; access: number; refund: number;
  title: string;
  /** Of the sealed half. */
  words: number;
  line: number;
  /** Where the opening tag of the marked element stands. */
  tag: { start: number; end: number };
  /** As it is written: "0.20 EUR". */
  price: string;
}

/** What a sealed page carries, and where that stands. */
export interface SealedPlace { start: number; end: number; text: string }

export interface Page {
  /** Not yet sealed. */
  article: Article | undefined;
  sealed: SealedPlace | undefined;
  /** The rules that found something here. */
  matched: Rule[];
  /** Where a script can be put: the end of the head, or before the article. */
  head: number;
  /** JSON-LD blocks: where their text stands. */
  linkedData: { start: number; end: number; text: string }[];
}

export const wordCount = (text: string): number => text.match(/[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*/gu)?.length ?? 0;

/** What stands beside an article's text and is not its beginning. */
const aside = new Set(['header', 'footer', 'aside', 'nav', 'figure', 'template', 'script']);

export const readPage = (source: string, file: string, rules: readonly Rule[] = []): Page => {
  const document = parse(source, { sourceCodeLocationInfo: true });
  const at = (element: Element) => lineOf(source, element.sourceCodeLocation?.startOffset ?? 0);
  const elements = [...walk(document)];
  const sealed = sealedPlace(elements, source);
  const marked = new Map<Element, string>();
  const matched = rules.filter(({ selector, price }) => {
    const found = select(document, selector).filter((element) => element.sourceCodeLocation?.startTag);
    for (const element of found) marked.set(element, price);
    return found.length > 0;
  });
  // What a page says itself goes first.
  for (const element of elements) {
    const price = attribute(element, 'data-farthing-price');
    if (price !== undefined) marked.set(element, price);
  }
  const [first, second] = [...marked.keys()];
  if (second && !sealed) throw new Complaint('a page can sell one article, and this is the second', file, at(second));
  const head = elements.find((element) => element.tagName === 'head')?.sourceCodeLocation?.endTag?.startOffset;
  const linkedData = elements
    .filter((element) => element.tagName === 'script' && attribute(element, 'type') === 'application/ld+json')
    .flatMap(({ sourceCodeLocation: place }) =>
      place?.startTag && place.endTag ? [{ start: place.startTag.endOffset, end: place.endTag.startOffset, text: source.slice(place.startTag.endOffset, place.endTag.startOffset) }] : []);
  const article = first && !sealed ? readArticle(first, marked.get(first)!, source, file, elements, at) : undefined;
  return { article, sealed, matched, head: head ?? first?.sourceCodeLocation?.startOffset ?? 0, linkedData };
};

const sealedPlace = (elements: Element[], source: string): SealedPlace | undefined => {
  const paywall = elements.find((element) => element.tagName === 'farthing-paywall');
  const place = paywall && [...walk(paywall)].find((one) => attribute(one, 'type') === 'application/farthing+json')?.sourceCodeLocation;
  if (!paywall) return undefined;
  const [start, end] = [place?.startTag?.endOffset ?? 0, place?.endTag?.startOffset ?? 0];
  return { start, end, text: source.slice(start, end) };
};

const readArticle = (element: Element, given: string, source: string, file: string, elements: Element[], at: (element: Element) => number): Article => {
  const line = at(element);
  const wrong = (message: string, where: Element = element) => new Complaint(message, file, at(where));
  const price = readPrice(given);
  if (!price) throw wrong(`\`data-farthing-price="${given}"\` is no price; write it like "0.20 EUR"`);
  const span = (name: string): number => {
    const text = attribute(element, name);
    const seconds = text === undefined ? 0 : readSpan(text);
    if (seconds === null) throw wrong(`\`${name}="${text}"\` is no span of time; write seconds, or like "30d"`);
    return seconds;
  };
  const version = attribute(element, 'data-farthing-version');
  if (version !== undefined && !/^[A-Za-z0-9._-]{1,64}$/.test(version)) throw wrong('`data-farthing-version` has to be 1 to 64 letters, digits, `.`, `_` or `-`');
  const { mark, start, container } = cut(element, wrong);
  const end = container.sourceCodeLocation?.endTag?.startOffset;
  const tag = element.sourceCodeLocation?.startTag;
  if (end === undefined || !tag) throw wrong(`<${container.tagName}> has no end tag, so it is not known where the article ends`, container);
  const half = source.slice(start, end);
  const html = half.trim();
  const words = wordCount(sealedText(container, start));
  if (html === '' || words === 0) throw wrong('after the cut there is no text to seal');
  if (freeWords(element, mark) === 0) throw wrong('the article has no free half: let a teaser stand before the cut, so that readers and search engines see what is for sale');
  const heading = [...walk(element)].find((one) => one.tagName === 'h1') ?? elements.find((one) => one.tagName === 'title');
  const title = (heading ? plain(heading) : '').replace(/\s+/g, ' ').trim();
  if (!title) throw wrong('the article needs a title: an <h1> in it, or the page’s <title>');
  return {
    html, start: mark, end, at: start + half.length - half.trimStart().length, references: references(container, start), ...price, price: given.trim(), version, access: span('data-farthing-access'), refund: span('data-farthing-refund'),
    title: [...title].slice(0, 200).join(''), words, line, tag: { start: tag.startOffset, end: tag.endOffset },
  };
};

const sealedText = (container: Element, start: number): string =>
  container.childNodes.filter((node) => (node.sourceCodeLocation?.startOffset ?? -1) >= start).map(plain).join(' ');

/** Words before the cut, headings aside. */
const freeWords = (article: Element, cut: number): number => {
  const count = (node: Element): number => node.childNodes
    .filter((child) => (child.sourceCodeLocation?.startOffset ?? Infinity) < cut)
    .reduce((sum, child) => sum + (!isElement(child) ? wordCount(plain(child)) : /^h[1-6]$/.test(child.tagName) ? 0 : count(child)), 0);
  return count(article);
};

/** Where the sealed half begins: at the marked element, or after the second paragraph. */
const cut = (article: Element, wrong: (message: string, where?: Element) => Complaint): { mark: number; start: number; container: Element } => {
  const marks = [...walk(article)].filter((one) => attribute(one, 'data-farthing-cut') !== undefined);
  if (marks[1]) throw wrong('there is a second `data-farthing-cut`', marks[1]);
  const mark = marks[0] ?? secondParagraph(article);
  if (!mark) throw wrong('it is not known where the free half ends: mark it with `data-farthing-cut`, or let at least two paragraphs stand before it');
  const place = mark.sourceCodeLocation!;
  // A mark with content begins the sealed half; an empty one, such as <hr>, is only the mark and goes.
  const start = marks[0] ? (mark.childNodes.length > 0 ? place.startOffset : place.endOffset) : place.endOffset;
  const container = mark.parentNode as Element;
  for (let inner: Element = container; inner !== article; inner = inner.parentNode as Element) {
    const siblings = (inner.parentNode as Element).childNodes;
    const after = siblings.slice(siblings.indexOf(inner) + 1).find((node) => plain(node).trim() !== '' || isElement(node));
    if (after) throw wrong('the cut lies inside an element after which the article goes on; put it where everything after it can be sealed', mark);
  }
  return { mark: marks[0] ? place.startOffset : start, start, container };
};

const secondParagraph = (article: Element): Element | undefined => {
  const found: Element[] = [];
  const look = (node: Element): void => {
    for (const child of node.childNodes.filter(isElement)) {
      if (child.tagName === 'p') found.push(child);
      else if (!aside.has(child.tagName)) look(child);
    }
  };
  look(article);
  return found[1];
};
