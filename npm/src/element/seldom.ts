/** The words that few readers meet, in the language of the visit. */
import type { Visit } from './visit.js';
import type { Seldom } from './words.js';

const files: Record<string, () => Promise<{ default: Seldom }>> = {
  en: () => import('./seldom/en.js'),
  de: () => import('./seldom/de.js'),
  es: () => import('./seldom/es.js'),
  fr: () => import('./seldom/fr.js'),
  ja: () => import('./seldom/ja.js'),
  ko: () => import('./seldom/ko.js'),
};

export const learnSeldom = async (visit: Visit): Promise<void> => {
  const language = visit.language.split('-')[0]!;
  visit.learn((await files[Object.hasOwn(files, language) ? language : 'en']!()).default);
};
