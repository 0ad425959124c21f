/** The doctor's search for sealed text that is on the web in the clear. Only who has the keys knows what to look for. */
import { readFile } from 'node:fs/promises';
import type { Visit } from './doctor.js';
import { SealedRuns, textOf } from './leaks.js';
import { openPart } from './open.js';
import { textOfContent } from './packed.js';
import { partFile, readContentKeys } from './secrets.js';
import { attribute } from './select.js';
import { keyFolder, readSettings } from './settings.js';

/** Where generators put texts a second time. */
const usual = ['/', '/feed.xml', '/rss.xml', '/atom.xml', '/index.xml', '/feed/', '/feed/feed.xml', '/feed.json', '/sitemap.xml', '/search.json', '/index.json', '/search-index.json'];

export const checkClearText = async ({ findings, flags, page, url, elements, claims, get }: Visit): Promise<void> => {
  const { ct_hash, media_type } = claims.content[0]!;
  const folder = flags.keys ?? (await readSettings(flags).then(({ keys }) => keys, () => keyFolder));
  const content = (await readContentKeys(folder)).find((one) => one.ct_hash === ct_hash);
  const part = content && (await readFile(partFile(folder, ct_hash)).catch(() => undefined));
  if (!content || !part) {
    return findings.add('note', 'clear_text_not_checked', page.address, 'whether the text also stands in the clear is not known here: the key of this article is not in the folder of keys (--keys)');
  }
  const before = findings.all.length;
  const html = textOfContent(openPart(part, Buffer.from(content.key, 'base64url')), media_type);
  // What stands before the paywall is the free half, as its author meant it.
  const free = page.text.slice(page.text.search(/<body\b/i), page.text.indexOf('<farthing-paywall'));
  const runs = new SealedRuns([{ file: page.address, html, free }]);
  const linked = elements.filter((one) => one.tagName === 'link' && /\b(alternate|amphtml|search)\b/.test(attribute(one, 'rel') ?? '')).map((one) => attribute(one, 'href') ?? '');
  const places = new Set([...usual, ...linked].filter((place) => URL.canParse(place, url)).map((place) => new URL(place, url).href).filter((address) => new URL(address).origin === url.origin));
  places.delete(url.href);
  const answers = await Promise.all([...places].map((address) => get(address).catch(() => null)));
  for (const answer of [page, ...answers]) {
    const text = answer?.status === 200 ? textOf('', answer.bytes) : undefined;
    const leak = text === undefined ? undefined : runs.find(answer!.address, text);
    if (leak) findings.add('wrong', 'text_in_the_clear', `${leak.file}:${leak.line}`, `text that is for sale stands in the clear: “${leak.words} …”`);
  }
  findings.good(before, `no sealed text in the clear in this page and ${answers.filter((answer) => answer?.status === 200).length} other places`);
};
