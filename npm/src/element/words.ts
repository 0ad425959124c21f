/** What the panel says, but for errors. */

const minutes = (words: number) => Math.max(1, Math.round(words / 230));
const count = (one: number, word: string, language: string) => `${new Intl.NumberFormat(language).format(one)} ${word}${one === 1 ? '' : 's'}`;

export const say = {
  size: (words: number, language: string) => (words ? `${count(words, 'word', language)}, ${count(minutes(words), 'minute', language)}` : 'The rest of this article'),
  first: (price: string) => `${price} for this article. No account. What you don’t spend, you get back.`,
  price: (price: string) => `${price} for this article.`,
  pay: (price: string) => `Pay ${price} and read`,
  remains: (held: string, left: string) => `You have ${held} here; ${left} remains.`,
  short: (held: string, choice: string) => `You have ${held}. Add ${choice} and read on; the rest stays yours.`,
  add: (amount: string) => `Add ${amount}`,
  addTotal: (total: string) => `Pay ${total}`,
  total: (total: string, value: string, rest: string) => `${total} in all: ${value} for you to spend, ${rest} fees and tax.`,
  paidTo: (host: string) => `Paid to ${host}.`,
  tax: 'The price includes tax.',
  terms: 'Terms',
  small: 'What you get',
  forEver: 'Yours to read again, on this device, without network.',
  until: (days: number) => `Yours to read for ${days} ${days === 1 ? 'day' : 'days'}.`,
  undo: (hours: number) => `You can undo it within ${hours} ${hours === 1 ? 'hour' : 'hours'}.`,
  noUndo: 'There is no undo once the text is open.',
  working: 'Opening …',
  ordering: 'Going to the checkout …',
  finishing: 'Finishing what you began here before …',
  waiting: 'Waiting for your payment to be confirmed …',
  arrived: (amount: string) => `${amount} arrived.`,
  declined: 'The payment was not made. Nothing was charged.',
  unknown: 'We could not reach the issuer. You have not been charged twice and will not be. Trying again …',
  stillUnknown: 'We could not reach the issuer. You have not been charged twice and will not be. We ask again when you press, or at your next visit.',
  again: 'Ask again',
  reload: 'Try again',
  receipt: (price: string, date: string) => `Bought for ${price} on ${date}.`,
  left: (amount: string) => `${amount} left here.`,
  newer: 'This is the text you paid for; the page has changed since.',
  forPublisher: 'For the publisher',
  blank: 'This article is for sale, but its offer cannot be read. Nothing was charged.',
};
