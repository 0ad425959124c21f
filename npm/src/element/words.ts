/** What the panel says: templates with `{names}`, in one dictionary for each language, so that a publisher can bring another as JSON. */
import type seldom from './seldom/en.js';
import type later from './words/en.js';

/** One form for each of the language's plural categories (`Intl.PluralRules`); `other` is always there. */
export type Forms = { other: string } & { [C in Intl.LDMLPluralRule]?: string };

/** What stands in the panel before the reader presses. */
export const first = {
  rest: 'The rest of this article',
  words: { one: '{n} more word', other: '{n} more words' },
  minutes: { one: '{n} minute', other: '{n} minutes' },
  size: '{words}, {minutes}',
  price: '{price} for this article.',
  account: 'No account. What you don’t spend stays yours.',
  pay: 'Pay {price} and read',
  tax: 'tax included',
  remains: 'You have {held} here; {left} remains.',
  small: 'What you get, and who is paid',
  ever: 'Yours to read again, on this device, without network.',
  days: { one: 'Yours to read for {n} day.', other: 'Yours to read for {n} days.' },
  hours: { one: 'You can undo it within {n} hour.', other: 'You can undo it within {n} hours.' },
  noUndo: 'There is no undo once the text is open.',
  paidTo: 'Paid to {publisher}, in coins of {issuer}. Nothing is added to the price.',
  askEach: 'You are asked each time',
  upTo: 'Up to {each} you are not asked, at most {day} a day',
  pocket: 'What you have here',
  offline: 'You are offline. What you own opens all the same; this article has to be bought first. Nothing was charged.',
  unreadable: 'This article is for sale, but its offer cannot be read. Nothing was charged.',
  missing: 'The scripts of this page did not load. Nothing was charged. Please reload the page.',
};

type Form<T> = T extends string ? string : Forms;
/** All that the panel can say. A language leaves nothing out; what a publisher's own file leaves out is said in English. */
export type Words = Spoken & Seldom;
/** What comes with a language. */
export type Spoken = { [K in keyof typeof first]: Form<(typeof first)[K]> } & { [K in keyof typeof later]: Form<(typeof later)[K]> };
/** What few readers meet; loaded then. */
export type Seldom = { [K in keyof typeof seldom]: Form<(typeof seldom)[K]> };
export type Word = keyof Words;
export type Values = Record<string, string | number>;
/** The words of one place: `say('pay', { price: '0.20 €' })`. A number `n` chooses the plural form and is set as the language does. */
export type Say = (word: Word, values?: Values) => string;

/** `dictionaries` in the order in which they are asked. */
export const sayer = (language: string, dictionaries: Partial<Words>[]): Say => {
  const plural = new Intl.PluralRules(language);
  const number = new Intl.NumberFormat(language);
  const say: Say = (word, values = {}) => {
    const entry = dictionaries.find((words) => words[word])?.[word] ?? '';
    const template = typeof entry === 'string' ? entry : (entry[plural.select(+values.n!)] ?? entry.other);
    // What is no value is another word: `{safe}`.
    return template.replace(/{(\w+)}/g, (_, name: string) => {
      const value = values[name];
      return typeof value === 'number' ? number.format(value) : (value ?? say(name as Word));
    });
  };
  return say;
};
