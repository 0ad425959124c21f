import type { Forms } from '../words.js';

/** English, of the button for starter reads and what follows. Loaded where a page says that its publisher gives some. */
const en = {
  free: { one: 'Read free: {n} starter read', other: 'Read free: {n} starter reads' },
  gift: 'given by this site, no money',
  getting: 'Getting your starter reads …',
  opening: 'Opening with a starter read …',
  left: { one: 'Opened with a starter read. {n} is left here.', other: 'Opened with a starter read. {n} are left here.' },
  last: 'Opened with your last starter read.',
  unknown: 'We could not reach the issuer. No starter read is lost: press again, or come back later.',
  none: 'This site gives no more starter reads today. Nothing was charged.',
  over: 'This site gives no starter reads for this article now. Nothing was charged.',
  used: 'These starter reads were used elsewhere, or their time is over. Nothing was charged.',
};
export default en;

export type StarterWords = { [K in keyof typeof en]: (typeof en)[K] extends string ? string : Forms };
