/** The button for starter reads, where the page says that its publisher gives some (attribute `starter`). What its press does is in starting.ts. */
import type { Glance } from '../peek.js';
import type { KeptStarters } from '../starters.js';
import type { Act } from './panel.js';
import type { Purchase } from './purchase.js';
import { type StarterSay, starterWords } from './starter_words.js';
import type { Visit } from './visit.js';

export interface Starter {
  acts: Act[];
  /** There are some for this article: it is read with them and not with money (R45). */
  held: boolean;
  read(purchase: Purchase): Promise<void>;
}

export const starter = async (visit: Visit, seen: Glance | null): Promise<Starter | undefined> => {
  const { price: { issuer, currency, amount }, shown: { publisher, resource }, host } = visit;
  // The name is starterName's; that file is loaded when it is needed.
  const kept = seen?.kept(`starter ${publisher} ${issuer}`) as KeptStarters | undefined;
  const begun = kept?.attempt?.resource === resource;
  const worth = kept?.currency === currency ? kept.tokens.reduce((sum, token) => sum + token.amount, kept.rest) : 0;
  // Before anything is claimed it is the publisher's word; the list is checked when the button is pressed, and decides.
  const n = kept ? Math.max(Math.floor(worth / amount), Number(begun)) : Math.floor(Number(host.getAttribute('starter')));
  if (!(n > 0) || seen?.here) return undefined;
  const say: StarterSay = await starterWords(visit.language);
  const read = async (purchase: Purchase) => {
    const { readFree } = await import('./starting.js').catch((thrown: unknown) => {
      throw Object.assign(Error(String(thrown)), { code: 'wasm_unavailable' });
    });
    return readFree(purchase, say);
  };
  return { acts: [[say('free', { n }), () => visit.run(read), say('gift')]], held: begun || (kept?.state === 'given' && worth >= amount), read };
};
