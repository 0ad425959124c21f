/** A publisher's own words, checked before any is shown. Loaded only where an element names some. */
import { first, type Forms, type Words } from '../words.js';
import seldom from '../seldom/en.js';
import later from './en.js';

const english = { ...first, ...later, ...seldom } as Words;
const categories = /^(zero|one|two|few|many|other)$/;
const namesIn = (template: string): string[] => [...template.matchAll(/{(\w+)}/g)].map(([, name]) => name!).sort();

/** What is wrong with a template; nothing if it says all that the English one does: no amount and no "nothing was charged" is left out. */
const fault = (own: unknown, model: string, countLeftOut = false): string | undefined => {
  if (typeof own !== 'string' || !own.trim()) return 'is not text';
  if (own.length > 600) return 'is longer than 600 characters';
  const [has, needs] = [new Set(namesIn(own)), new Set(namesIn(model))];
  const missing = [...needs].filter((name) => !has.has(name) && !(countLeftOut && name === 'n'));
  const strange = [...has].filter((name) => !needs.has(name));
  if (missing.length) return `leaves out {${missing.join('}, {')}}`;
  if (strange.length) return `names {${strange.join('}, {')}}, which is not known here`;
  return undefined;
};

const formsFault = (own: unknown, model: Forms): string | undefined => {
  if (typeof own !== 'object' || own === null || !('other' in own)) return 'needs at least the form "other"';
  for (const [category, template] of Object.entries(own)) {
    const wrong = categories.test(category) ? fault(template, model.other, category !== 'other') : 'is no plural category';
    if (wrong) return `${category} ${wrong}`;
  }
  return undefined;
};

/** The words that can be used, and for each other one why not. What is missing is no fault: it is said in English. */
export const checkWords = (given: unknown): { words: Partial<Words>; refused: string[] } => {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return { words: {}, refused: ['the words are not one object'] };
  const words: Record<string, unknown> = {};
  const refused: string[] = [];
  for (const [word, own] of Object.entries(given)) {
    const model = Object.hasOwn(english, word) ? english[word as keyof Words] : undefined;
    const wrong = model === undefined ? 'is not known' : typeof model === 'string' ? fault(own, model) : formsFault(own, model);
    if (wrong) refused.push(`${word} ${wrong}`);
    else words[word] = own;
  }
  return { words: words as Partial<Words>, refused };
};

/** From an object, or a JSON file at an address. */
export const readWords = async (given: unknown): Promise<Partial<Words>> => {
  let read = given;
  if (typeof given === 'string') {
    const response = await fetch(given);
    if (!response.ok) throw new Error(`${given} answers ${response.status}`);
    read = await response.json();
  }
  const { words, refused } = checkWords(read);
  for (const why of refused) console.info(`farthing: words: ${why}`);
  return words;
};
