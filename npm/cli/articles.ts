/** Finds what is for sale in a page, by its markers, with places in the source: nothing but the sealed half is rewritten. */
import { parse, type DefaultTreeAdapterTypes as Tree } from 'parse5';
import { Complaint, lineOf } from './complaint.js';
import { readPrice, readSpan } from './price.js';

export interface Article {
  /** The text that is sealed, and what of the source it takes the place of: an empty cut mark goes with it. */
  html: string; start: number; end: number;
  amount: number; currency: string; version: string | undefined; access: number; refund: number;
  title: string;
  /** Of the sealed half. */
  words: number;
  line: number;
  /** Where the opening tag of the marked element stands. */
  tag: { start: number; end: number };
}

export interface Page {
  /** Not yet sealed. */
  article: Article | undefined;
  sealed: boolean;
  /** Where a script can be put: the end of the head, or before the article. */
  head: number;
  /** JSON-LD blocks: where their text stands. */
  linkedData: { start: number; end: number; text: string }[];
}

type Element = Tree.Element;
const isElement = (node: Tree.Node): node is Element => 'tagName' in node;
const attribute = (element: Element, name: string): string | undefined => element.attrs.find((one) => one.name === name)?.value;

const children = (node: Tree.Node): Tree.Node[] =>
  'content' in node ? (node as Tree.Template).content.childNodes : 'childNodes' in node ? node.childNodes : [];

const walk = function* (node: Tree.Node): Generator<Element> {
  for (const child of children(node)) {
    if (isElement(child)) yield child;
    yield* walk(child);
  }
};

const plain = (node: Tree.Node): string =>
  'value' in node && node.nodeName === '#text' ? node.value : isElement(node) && ['script', 'style'].includes(node.tagName) ? '' : children(node).map(plain).join(' ');

export const wordCount = (text: string): number => text.match(/[\p{L}\p{N}]+(?:['’.,-][\p{L}\p{N}]+)*/gu)?.length ?? 0;

/** What stands beside an article's text and is not its beginning. */
const aside = new Set(['header', 'footer', 'aside', 'nav', 'figure', 'template', 'script']);

export const readPage = (source: string, file: string): Page => {
  const document = parse(source, { sourceCodeLocationInfo: true });
  const at = (element: Element) => lineOf(source, element.sourceCodeLocation?.startOffset ?? 0);
  const elements = [...walk(document)];
  const marked = elements.filter((element) => attribute(element, 'data-farthing-price') !== undefined);
  const sealed = elements.some((element) => element.tagName === 'farthing-paywall');
  const second = marked[1];
  if (second) throw new Complaint('a page can sell one article, and this is the second', file, at(second));
  const head = elements.find((element) => element.tagName === 'head')?.sourceCodeLocation?.endTag?.startOffset;
  const linkedData = elements
    .filter((element) => element.tagName === 'script' && attribute(element, 'type') === 'application/ld+json')
    .flatMap(({ sourceCodeLocation: place }) =>
      place?.startTag && place.endTag ? [{ start: place.startTag.endOffset, end: place.endTag.startOffset, text: source.slice(place.startTag.endOffset, place.endTag.startOffset) }] : []);
  const first = marked[0];
  const article = first && !sealed ? readArticle(first, source, file, elements, at) : undefined;
  return { article, sealed, head: head ?? first?.sourceCodeLocation?.startOffset ?? 0, linkedData };
};

const readArticle = (element: Element, source: string, file: string, elements: Element[], at: (element: Element) => number): Article => {
  const line = at(element);
  const wrong = (message: string, where: Element = element) => new Complaint(message, file, at(where));
  const given = attribute(element, 'data-farthing-price') ?? '';
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
  const html = source.slice(start, end).trim();
  const words = wordCount(sealedText(container, start));
  if (html === '' || words === 0) throw wrong('after the cut there is no text to seal');
  const heading = [...walk(element)].find((one) => one.tagName === 'h1') ?? elements.find((one) => one.tagName === 'title');
  const title = (heading ? plain(heading) : '').replace(/\s+/g, ' ').trim();
  if (!title) throw wrong('the article needs a title: an <h1> in it, or the page’s <title>');
  return {
    html, start: mark, end, ...price, version, access: span('data-farthing-access'), refund: span('data-farthing-refund'),
    title: [...title].slice(0, 200).join(''), words, line, tag: { start: tag.startOffset, end: tag.endOffset },
  };
};

const sealedText = (container: Element, start: number): string =>
  container.childNodes.filter((node) => (node.sourceCodeLocation?.startOffset ?? -1) >= start).map(plain).join(' ');

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
