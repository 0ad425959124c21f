/** What the panel says, but for errors. */

const count = (n: number, word: string, language: string) => `${new Intl.NumberFormat(language).format(n)} ${word}${n === 1 ? '' : 's'}`;

export const say = {
  size: (words: number, language: string) =>
    words ? `${count(words, 'more word', language)}, ${count(Math.ceil(words / 230), 'minute', language)}` : 'The rest of this article',
  price: (price: string) => `${price} for this article.`,
  first: ' No account. What you don’t spend stays yours.',
  pay: (price: string) => `Pay ${price} and read`,
  remains: (held: string, left: string) => `You have ${held} here; ${left} remains.`,
  short: (held: string, choice: string) => `You have ${held}. Add ${choice} and read on; the rest stays yours.`,
  add: (amount: string) => `Add ${amount}`,
  total: (total: string, value: string) => `${total} in all, with fees and tax: ${value} for you to spend.`,
  small: 'What you get',
  access: (seconds: number) => (seconds ? `Yours to read for ${count(Math.ceil(seconds / 86_400), 'day', 'en')}. ` : 'Yours to read again, on this device, without network. '),
  refund: (seconds: number) => (seconds ? `You can undo it within ${count(Math.floor(seconds / 3600), 'hour', 'en')}. ` : 'There is no undo once the text is open. '),
  paidTo: (host: string) => `Paid to ${host}; the price includes tax.`,
  working: 'Opening …',
  ordering: 'Going to the checkout …',
  finishing: 'Finishing what you began here before …',
  waiting: 'Waiting for your payment to be confirmed …',
  arrived: (amount: string) => `${amount} arrived.`,
  declined: 'The payment was not made. Nothing was charged.',
  unknown: 'We could not reach the issuer. You have not been charged twice and will not be. ',
  trying: 'Trying again …',
  later: 'We ask again when you press, or at your next visit.',
  again: 'Ask again',
  changed: (price: string) => `The price is ${price} now. Nothing was charged.`,
  receipt: (price: string, date: string) => `Bought for ${price} on ${date}.`,
  left: (amount: string) => ` ${amount} left here.`,
  newer: ' The page has changed since; this is the text you paid for.',
  forPublisher: 'For the publisher',
  unreadable: 'This article is for sale, but its offer cannot be read. Nothing was charged.',
  missing: 'The scripts of this page did not load. Nothing was charged. Please reload the page.',
};
