/** Writes a sealed page: the sealed half goes, the element with offer, wraps and ciphertext stands in its place. */
import type { Article, Page } from './articles.js';
import { freshData, marked, sealedClass } from './linked_data.js';
import type { Settings } from './settings.js';

export interface Envelope { v: 1; offer: string; wraps: { issuer: string; kid: string; wrap: string }[]; part: string }

const escape = (text: string): string => text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one]!);
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const price = (amount: number, currency: string): string => {
  const digits = String(amount).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${digits.slice(0, -6)}.${fraction} ${currency}`;
};

/** What search engines ask of pages whose text is not all free. An article's own description is completed, else one is added. */
const linkedData = (page: Page, article: Article): { start: number; end: number; text: string } => {
  for (const { start, end, text } of page.linkedData) {
    const data = marked(text);
    if (data) return { start, end, text: inScript(data) };
  }
  return { start: page.head, end: page.head, text: `<script type="application/ld+json">${inScript(freshData(article.title))}</script>\n` };
};

/** Another envelope in a page that is sealed already. */
export const resealedPage = (source: string, { sealed }: Page, envelope: Envelope): string =>
  source.slice(0, sealed!.start) + inScript(envelope) + source.slice(sealed!.end);

/** The opening tag says that it is sealed, and at which price; that price is in the offer now. */
const sealedTag = (opening: string, given: string): string => {
  const plain = opening.replace(/\sdata-farthing-price(\s*=\s*("[^"]*"|'[^']*'|[^\s>]*))?/i, '');
  return plain.replace(/^<[^\s/>]+/, (name) => `${name} data-farthing-sealed="${escape(given)}"`);
};

/** What the settings say to the element; nobody else writes its tag. */
const said = ({ purse, starter, words }: Pick<Settings, 'purse' | 'starter' | 'words'>): string =>
  `${purse ? ' purse' : ''}${starter ? ` starter="${starter}"` : ''}${words ? ` words="${escape(words)}"` : ''}`;

export const sealedPage = (source: string, page: Page, article: Article, envelope: Envelope, scripts: string, settings: Settings): string => {
  const words = new Intl.NumberFormat('en').format(article.words);
  const element = `<farthing-paywall class="${sealedClass}"${said(settings)}><p>The rest of this article, ${words} ${article.words === 1 ? 'word' : 'words'}, costs ${price(article.amount, article.currency)}. `
    + `To buy and read it here, please allow this page to run scripts and <a href="">load it again</a>. `
    + `It is paid with coins of ${envelope.wraps.map(({ issuer }) => `<a href="${escape(issuer)}/" rel="noopener">${escape(new URL(issuer).host)}</a>`).join(' or ')}.</p>`
    + `<script type="application/farthing+json">${inScript(envelope)}</script></farthing-paywall>\n`;
  const opening = source.slice(article.tag.start, article.tag.end);
  const edits = [
    { start: article.start, end: article.end, text: `\n${element}` },
    { start: article.tag.start, end: article.tag.end, text: sealedTag(opening, article.price) },
    linkedData(page, article),
    // Small, and before the first paint: who owns the article never sees a panel flash.
    { start: page.head, end: page.head, text: [
      `<script type="module" src="${escape(scripts)}/element/define.js" blocking="render"></script>\n`,
      settings.offline ? `<script type="module" src="${escape(scripts)}/offline/keep.js"></script>\n` : '',
    ].join('') },
  ].sort((a, b) => b.start - a.start || b.end - a.end);
  return edits.reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), source);
};
