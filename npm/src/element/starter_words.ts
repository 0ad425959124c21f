/** The words of starter reads, in the languages of the package; English for all others. */
import en from './starter/en.js';
import type { StarterWords } from './starter/en.js';
import { type Say, sayer, type Values, type Words } from './words.js';

export type StarterSay = (word: keyof typeof en, values?: Values) => string;

const files: Record<string, () => Promise<{ default: StarterWords }>> = {
  de: () => import('./starter/de.js'),
  es: () => import('./starter/es.js'),
  fr: () => import('./starter/fr.js'),
  ja: () => import('./starter/ja.js'),
  ko: () => import('./starter/ko.js'),
};

export const starterWords = async (tag: string): Promise<StarterSay> => {
  const code = tag.split('-')[0]!.toLowerCase();
  const words = Object.hasOwn(files, code) ? (await files[code]!()).default : en;
  const say: Say = sayer(words === en ? 'en' : tag, [words as unknown as Partial<Words>]);
  return say as unknown as StarterSay;
};
