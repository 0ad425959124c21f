/** The purse's words: six languages that say all that English says, with the same amounts in them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import de from '../src/purse/pages/words/de.js';
import en from '../src/purse/pages/words/en.js';
import es from '../src/purse/pages/words/es.js';
import fr from '../src/purse/pages/words/fr.js';
import ja from '../src/purse/pages/words/ja.js';
import ko from '../src/purse/pages/words/ko.js';

const languages: Record<string, Record<string, string | Record<string, string>>> = { de, es, fr, ja, ko };
const names = (said: string): string[] => [...said.matchAll(/{(\w+)}/g)].map(([, name]) => name!).sort();
const forms = (said: string | Record<string, string>): string[] => (typeof said === 'string' ? [said] : Object.values(said));

test('every language says what English says, with the same values in it, and is no copy of it', () => {
  for (const [language, words] of Object.entries(languages)) {
    assert.deepEqual(Object.keys(words).sort(), Object.keys(en).sort(), language);
    for (const [word, english] of Object.entries(en)) {
      const wanted = names(forms(english).at(-1)!);
      for (const form of forms(words[word]!)) assert.deepEqual(names(form), wanted, `${language} ${word}`);
    }
    const same = Object.entries(en).filter(([word, english]) => JSON.stringify(words[word]) === JSON.stringify(english)).map(([word]) => word);
    assert.ok(same.length <= 1, `${language}: ${same}`);
  }
});

test('every language has its plural forms, and no word blames, cheers or speaks of tokens', () => {
  for (const [language, words] of Object.entries({ en, ...languages })) {
    const needed = new Intl.PluralRules(language).resolvedOptions().pluralCategories.filter((category) => category !== 'many');
    for (const [word, said] of Object.entries(words)) {
      if (typeof said !== 'string') for (const category of needed) assert.ok((said as Record<string, string>)[category], `${language} ${word} ${category}`);
      assert.doesNotMatch(JSON.stringify(said), /[!¡！]|oops|sorry|\btoken/i, `${language} ${word}`);
    }
  }
});
