/** Writes a sealed page: the sealed half goes, the element with offer, wraps and ciphertext stands in its place. */
import type { Article, Page } from './articles.js';

export interface Envelope { v: 1; offer: string; wraps: { issuer: string; kid: string; wrap: string }[]; part: string }

const className = 'farthing-sealed';

const escape = (text: string): string => text.replace(/[&<>"]/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[one]!);
const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const price = (amount: number, currency: string): string => {
  const digits = String(amount).padStart(7, '0');
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${digits.slice(0, -6)}.${fraction} ${currency}`;
};

/** What search engines ask of pages whose text is not all free. An article's own description is completed, else one is added. */
const linkedData = (page: Page, article: Article): { start: number; end: number; text: string } | undefined => {
  const marks = { isAccessibleForFree: false, hasPart: { '@type': 'WebPageElement', isAccessibleForFree: false, cssSelector: `.${className}` } };
  for (const { start, end, text } of page.linkedData) {
    try {
      const data = JSON.parse(text);
      if (/(Article|Posting)$/.test([data['@type']].flat()[0] ?? '')) return { start, end, text: inScript({ ...data, ...marks }) };
    } catch {
      // Not ours to mend.
    }
  }
  const data = { '@context': 'https://schema.org', '@type': 'Article', headline: article.title, ...marks };
  return { start: page.head, end: page.head, text: `<script type="application/ld+json">${inScript(data)}</script>\n` };
};

export const sealedPage = (source: string, page: Page, article: Article, envelope: Envelope, script: string): string => {
  const words = new Intl.NumberFormat('en').format(article.words);
  const element = `<farthing-paywall class="${className}"><p>The rest of this article, ${words} ${article.words === 1 ? 'word' : 'words'}, costs ${price(article.amount, article.currency)}. `
    + `To buy and read it here, please allow this page to run scripts and <a href="">load it again</a>. `
    + `It is paid with coins of ${envelope.wraps.map(({ issuer }) => `<a href="${escape(issuer)}/" rel="noopener">${escape(new URL(issuer).host)}</a>`).join(' or ')}.</p>`
    + `<script type="application/farthing+json">${inScript(envelope)}</script></farthing-paywall>\n`;
  const opening = source.slice(article.tag.start, article.tag.end);
  const edits = [
    { start: article.start, end: article.end, text: `\n${element}` },
    // The price is in the offer now; the mark says that this page is sealed.
    { start: article.tag.start, end: article.tag.end, text: opening.replace(/data-farthing-price(?=\s*=)/i, 'data-farthing-sealed') },
    linkedData(page, article),
    // Small, and before the first paint: who owns the article never sees a panel flash.
    { start: page.head, end: page.head, text: `<script type="module" src="${escape(script)}" blocking="render"></script>\n` },
  ].filter((edit) => edit !== undefined).sort((a, b) => b.start - a.start || b.end - a.end);
  return edits.reduce((text, { start, end, text: put }) => text.slice(0, start) + put + text.slice(end), source);
};
