/** The purse's words, in the languages of the package; English for all others. */
import { type Say, sayer, type Values, type Words } from '../../element/words.js';
import { money } from '../../money.js';
import type en from './words/en.js';
import type { PurseWords } from './words/en.js';

export type PurseWord = keyof typeof en;

const files: Record<string, () => Promise<{ default: PurseWords }>> = {
  en: () => import('./words/en.js'),
  de: () => import('./words/de.js'),
  es: () => import('./words/es.js'),
  fr: () => import('./words/fr.js'),
  ja: () => import('./words/ja.js'),
  ko: () => import('./words/ko.js'),
};

/** By their own names. */
export const languages: Record<string, string> = { en: 'English', de: 'Deutsch', es: 'Español', fr: 'Français', ja: '日本語', ko: '한국어' };

export interface Voice {
  language: string;
  say(word: PurseWord, values?: Values): string;
  money(amount: number, currency: string): string;
  /** Several currencies in one line. */
  sums(of: { currency: string; amount: number }[]): string;
  date(at: number): string;
  /** With the time of day. */
  moment(at: number): string;
}

const known = (tag: string): string => tag.split('-')[0]!.toLowerCase();

/** The first of these languages that there are words of. */
export const voiceOf = async (tags: readonly string[]): Promise<Voice> => {
  const tag = tags.find((one) => Object.hasOwn(files, known(one))) ?? 'en';
  let language = 'en';
  try {
    language = Intl.getCanonicalLocales(tag)[0] ?? language;
  } catch {
    // Not a language: English.
  }
  const words = (await files[known(language)]!()).default;
  const say = sayer(language, [words as unknown as Partial<Words>]) as Say as unknown as Voice['say'];
  return {
    language, say,
    money: (amount, currency) => money(amount, currency, language),
    sums: (of) => {
      const sums = new Map<string, number>();
      for (const { currency, amount } of of) sums.set(currency, (sums.get(currency) ?? 0) + amount);
      return new Intl.ListFormat(language).format([...sums].map(([currency, amount]) => money(amount, currency, language)));
    },
    date: (at) => new Intl.DateTimeFormat(language, { dateStyle: 'long' }).format(at * 1000),
    moment: (at) => new Intl.DateTimeFormat(language, { dateStyle: 'long', timeStyle: 'short' }).format(at * 1000),
  };
};
