/** The languages that come with the package, each in a file of its own that only its readers load. */
import type { Spoken as Language, Words } from './words.js';

const files: Record<string, () => Promise<{ default: Language }>> = {
  de: () => import('./words/de.js'),
  es: () => import('./words/es.js'),
  fr: () => import('./words/fr.js'),
  ja: () => import('./words/ja.js'),
  ko: () => import('./words/ko.js'),
};

/** `complete`: no English is needed beside these. */
export interface Spoken { language: string; dictionaries: Partial<Words>[]; complete: boolean }

/** A publisher's words, as an object or from an address; unusable ones are named in the console and said in English. */
const ownWords = async (given: unknown): Promise<Partial<Words> | undefined> => {
  try {
    const { readWords } = await import('./words/own.js');
    return await readWords(given);
  } catch (thrown) {
    console.info(`farthing: words: ${thrown}`);
    return undefined;
  }
};

/** The language of the page around an element, with the words for it; English for a language that there are no words of. */
export const spoken = async (tag: string, given: unknown): Promise<Spoken> => {
  let language = 'en';
  try {
    language = Intl.getCanonicalLocales(tag)[0] ?? language;
  } catch {
    // Not a language: English.
  }
  const code = language.split('-')[0]!;
  const [own, file] = await Promise.all([given ? ownWords(given) : undefined, files[code]?.().catch(() => undefined)]);
  return { language: own || file || code === 'en' ? language : 'en', dictionaries: [own, file?.default].filter((one) => one !== undefined), complete: !!file };
};
