/** The words of the pocket's page and of its way to the purse, in the languages of the package; English for all others. */
import type en from './holdings/en.js';
import type { PocketWords } from './holdings/en.js';
import { type Say, sayer, type Values, type Words } from './words.js';

export type PocketSay = ((word: keyof typeof en, values?: Values) => string) & { language: string };

const files: Record<string, () => Promise<{ default: PocketWords }>> = {
  en: () => import('./holdings/en.js'),
  de: () => import('./holdings/de.js'),
  es: () => import('./holdings/es.js'),
  fr: () => import('./holdings/fr.js'),
  ja: () => import('./holdings/ja.js'),
  ko: () => import('./holdings/ko.js'),
};

export const pocketWords = async (tag: string): Promise<PocketSay> => {
  const code = tag.split('-')[0]!.toLowerCase();
  const language = Object.hasOwn(files, code) ? tag : 'en';
  const words = (await files[Object.hasOwn(files, code) ? code : 'en']!()).default;
  const say: Say = sayer(language, [words as unknown as Partial<Words>]);
  return Object.assign(say as unknown as (word: keyof typeof en, values?: Values) => string, { language });
};
