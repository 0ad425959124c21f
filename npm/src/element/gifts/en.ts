/** English, of gifts. Loaded when one is given or taken. */
const en = {
  give: 'Give this article to somebody',
  note: 'You pay for it once more and get a link. Whoever opens the link first and takes the gift has it; until then you can take it back.',
  pay: 'Pay {price} and make a link',
  making: 'Making the link …',
  link: 'Link of the gift',
  copy: 'Copy the link',
  copied: 'The link was copied.',
  open: 'not taken yet',
  claimed: 'was taken',
  back: 'taken back',
  takeBack: 'Take it back',
  wasBack: 'The gift is yours again, and opens here.',
  wasClaimed: 'Somebody has taken it already.',
  cannot: 'This article cannot be given here.',
  shortOf: 'There is not enough here for it: you have {held}.',
  offered: 'Somebody gives you this article.',
  offeredNote: 'It costs you nothing. It is taken when you press, once, and is then yours on this device.',
  take: 'Take it and read',
  taking: 'Taking the gift …',
  yours: 'Given to you. Yours to read again.',
  gone: 'Somebody has taken this gift, or its giver took it back. Nothing was charged.',
  over: 'The time of this gift is over. Nothing was charged.',
  invalid: 'This link is damaged, or for no gift of this site. Nothing was charged.',
  unknown: 'We could not reach the issuer. The gift is not lost: press again.',
};
export default en;
export type GiftWords = Record<keyof typeof en, string>;
