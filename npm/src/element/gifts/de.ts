import type { GiftWords } from './en.js';

/** German. */
const words: GiftWords = {
  give: 'Diesen Artikel verschenken',
  note: 'Sie bezahlen ihn noch einmal und bekommen einen Link. Wer ihn zuerst öffnet und das Geschenk nimmt, hat es; bis dahin können Sie es zurücknehmen.',
  pay: '{price} bezahlen und Link erhalten',
  making: 'Der Link entsteht …',
  link: 'Link des Geschenks',
  copy: 'Link kopieren',
  copied: 'Der Link ist kopiert.',
  open: 'noch nicht genommen',
  claimed: 'wurde genommen',
  back: 'zurückgenommen',
  takeBack: 'Zurücknehmen',
  wasBack: 'Das Geschenk gehört wieder Ihnen und öffnet sich hier.',
  wasClaimed: 'Jemand hat es schon genommen.',
  cannot: 'Dieser Artikel lässt sich hier nicht verschenken.',
  shortOf: 'Dafür reicht es hier nicht: Sie haben {held}.',
  offered: 'Jemand schenkt Ihnen diesen Artikel.',
  offeredNote: 'Er kostet Sie nichts. Genommen wird er mit Ihrem Klick, einmal, und gehört dann Ihnen auf diesem Gerät.',
  take: 'Nehmen und lesen',
  taking: 'Das Geschenk wird genommen …',
  yours: 'Ein Geschenk an Sie. Sie können es immer wieder lesen.',
  gone: 'Jemand hat dieses Geschenk genommen, oder es wurde zurückgenommen. Es wurde nichts abgebucht.',
  over: 'Die Zeit dieses Geschenks ist vorbei. Es wurde nichts abgebucht.',
  invalid: 'Dieser Link ist beschädigt oder gehört zu keinem Geschenk dieser Seite. Es wurde nichts abgebucht.',
  unknown: 'Wir haben den Herausgeber der Münzen nicht erreicht. Das Geschenk ist nicht verloren: Drücken Sie noch einmal.',
};
export default words;
