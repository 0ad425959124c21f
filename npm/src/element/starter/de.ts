import type { StarterWords } from './en.js';

const words: StarterWords = {
  free: { one: 'Kostenlos lesen: {n} Startartikel', other: 'Kostenlos lesen: {n} Startartikel' },
  gift: 'geschenkt von dieser Website, kein Geld',
  getting: 'Ihre Startartikel werden geholt …',
  opening: 'Wird mit einem Startartikel geöffnet …',
  left: { one: 'Mit einem Startartikel geöffnet. {n} bleibt Ihnen hier.', other: 'Mit einem Startartikel geöffnet. {n} bleiben Ihnen hier.' },
  last: 'Mit Ihrem letzten Startartikel geöffnet.',
  unknown: 'Wir haben den Herausgeber der Münzen nicht erreicht. Kein Startartikel ist verloren: Drücken Sie noch einmal, oder kommen Sie später wieder.',
  none: 'Diese Website verschenkt heute keine Startartikel mehr. Es wurde nichts abgebucht.',
  over: 'Diese Website verschenkt für diesen Artikel zurzeit keine Startartikel. Es wurde nichts abgebucht.',
  used: 'Diese Startartikel wurden anderswo verbraucht, oder ihre Zeit ist vorbei. Es wurde nichts abgebucht.',
};
export default words;
