/** The words of the panel: six languages that say all that English says, and a publisher's own that cannot say less. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roundAmounts } from '../src/element/limits.js';
import { first, sayer, type Words } from '../src/element/words.js';
import de from '../src/element/words/de.js';
import en from '../src/element/words/en.js';
import es from '../src/element/words/es.js';
import fr from '../src/element/words/fr.js';
import ja from '../src/element/words/ja.js';
import ko from '../src/element/words/ko.js';
import deSeldom from '../src/element/seldom/de.js';
import enSeldom from '../src/element/seldom/en.js';
import esSeldom from '../src/element/seldom/es.js';
import frSeldom from '../src/element/seldom/fr.js';
import jaSeldom from '../src/element/seldom/ja.js';
import koSeldom from '../src/element/seldom/ko.js';
import { checkWords } from '../src/element/words/own.js';

const languages: Record<string, Words> = {
  en: { ...first, ...en, ...enSeldom }, de: { ...de, ...deSeldom }, es: { ...es, ...esSeldom }, fr: { ...fr, ...frSeldom }, ja: { ...ja, ...jaSeldom },
  ko: { ...ko, ...koSeldom },
};

test('every language says all that English says, with every amount and every “nothing was charged”', () => {
  for (const [language, words] of Object.entries(languages)) {
    const { refused, words: kept } = checkWords(words);
    assert.deepEqual(refused, [], language);
    assert.deepEqual(Object.keys(kept).sort(), Object.keys(languages.en!).sort(), language);
  }
});

test('every language has the plural forms that its readers expect', () => {
  for (const [language, words] of Object.entries(languages)) {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((category) => category !== 'many');
    for (const word of ['words', 'minutes', 'days', 'hours'] as const) {
      for (const category of needed) assert.ok(words[word][category], `${language} ${word} ${category}`);
    }
  }
  const say = (language: string) => sayer(language, [languages[language]!]);
  assert.equal(say('en')('words', { n: 1 }), '1 more word');
  assert.equal(say('en')('words', { n: 1117 }), '1,117 more words');
  assert.equal(say('de')('minutes', { n: 1 }), '1 Minute');
  // In French nothing is singular.
  assert.equal(say('fr')('words', { n: 0 }), 'encore 0 mot');
  assert.equal(say('de')('words', { n: 12_345 }), 'noch 12.345 Wörter');
});

test('no word blames, cheers or speaks of tokens', () => {
  for (const [language, words] of Object.entries(languages)) {
    for (const [word, said] of Object.entries(words)) {
      assert.doesNotMatch(JSON.stringify(said), /[!¡！]|oops|sorry|\btoken/i, `${language} ${word}`);
    }
  }
});

test('a publisher’s own words cannot hide a price, invent a name or run away', () => {
  const refused = (words: unknown) => checkWords(words).refused.join('; ');
  assert.equal(refused({ pay: 'Lezen voor {price}', words: { other: 'nog {n} woorden', one: 'nog een woord' } }), '');
  assert.match(refused({ pay: 'Read on' }), /pay leaves out \{price\}/);
  assert.match(refused({ issuer_unreachable: 'De uitgever antwoordt niet. {retry}' }), /leaves out \{safe\}/);
  assert.match(refused({ safe: 'Er is {safe} niets afgeschreven.' }), /names \{safe\}/);
  assert.match(refused({ words: 'veel' }), /"other"/);
  assert.match(refused({ words: { other: '{n}', some: '{n}' } }), /some is no plural category/);
  assert.match(refused({ pay: { other: '{price}' } }), /pay is not text/);
  assert.match(refused({ payy: '{price}' }), /payy is not known/);
  assert.match(refused({ constructor: 'x' }), /constructor is not known/);
  assert.match(refused({ rest: 'x'.repeat(601) }), /longer than 600/);
  for (const none of [null, [], 'pay', 7]) assert.match(refused(none), /not one object/);
  const { words } = checkWords({ pay: 'Lezen voor {price}', remains: 'Weg' });
  const say = sayer('nl', [words, first, en, enSeldom]);
  assert.equal(say('pay', { price: '€ 0,20' }), 'Lezen voor € 0,20');
  assert.equal(say('remains', { held: 'a', left: 'b' }), 'You have a here; b remains.', 'what is refused or missing is said in English');
  // What a value says is said as it is, even if it looks like a name.
  assert.equal(say('pay', { price: '{safe}' }), 'Lezen voor {safe}');
});

test('the limits that are offered are round, and the smallest still lets this article through', () => {
  assert.deepEqual(roundAmounts(200_000, 4), [200_000, 500_000, 1_000_000, 2_000_000]);
  assert.deepEqual(roundAmounts(350_000, 3), [500_000, 1_000_000, 2_000_000]);
  assert.deepEqual(roundAmounts(2000, 2), [2000, 5000]);
  assert.deepEqual(roundAmounts(150_000_000, 2), [200_000_000, 500_000_000]);
  assert.deepEqual(roundAmounts(1, 5), [1, 2, 5, 10, 20]);
});
