/** Has only to compile: what the package's types allow, and what they do not. */
import { createPaywall, FarthingError, type Code, type UnlockResult } from '../src/index.js';
import { FarthingPaywallElement } from '../src/element/element.js';
import vite from '../plugins/vite.js';

const paywall = createPaywall({ sealed: '{}' });
export const read = async (): Promise<string> => {
  const result: UnlockResult = await paywall.unlock();
  switch (result.kind) {
    case 'opened':
      return result.html;
    case 'insufficient_funds':
      return `${result.balance} of ${result.price.amount}, add one of ${result.choices}`;
    case 'price_changed':
    case 'not_confirmed':
    case 'offer_expired':
      return result.price.currency;
  }
};
export const told = (error: unknown): Code | undefined => (error instanceof FarthingError ? error.code : undefined);
document.addEventListener('farthing:beforespend', (event) => {
  const amount: number = event.detail.price.amount;
  if (amount > 500_000) event.preventDefault();
});
const element: FarthingPaywallElement = document.createElement('farthing-paywall');
element.addEventListener('farthing:unlock', ({ detail }) => detail.grant.access_until.toFixed());

element.addEventListener('farthing:quote', (event) => {
  const { price, offer, automatic } = event.detail;
  if (automatic && price.amount > 50_000 && offer.words < 500) event.preventDefault();
});
element.addEventListener('farthing:unlock', ({ detail }) => detail.html.trim());
element.addEventListener('farthing:balance', ({ detail }) => detail.balance.map(({ amount, currency }) => `${amount} ${currency}`));
element.addEventListener('farthing:error', ({ detail }) => detail.code.length);
element.words = { pay: 'Lezen voor {price}', words: { one: 'nog {n} woord', other: 'nog {n} woorden' } };
element.words = '/words/nl.json';
const state: 'insufficient' | 'offline' | undefined = element.state === 'insufficient' || element.state === 'offline' ? element.state : undefined;
FarthingPaywallElement.policy = { createHTML: (text: string) => text };
export const limited = async (): Promise<void> => {
  await paywall.setLimit({ each: 50_000, day: 500_000 });
  await paywall.setLimit(null);
  const now: number | undefined = (await paywall.limit())?.each;
  const result = await paywall.unlock({ automatic: true, confirm: (price) => price.amount < 50_000 });
  if (result.kind === 'not_confirmed') void [now, state, result.price.amount];
};

// @ts-expect-error there is no such state
element.state === 'open';
// @ts-expect-error what is shown is not set from outside
element.state = 'locked';
// @ts-expect-error there is no such word
element.words = { buy: 'Koop' };
// @ts-expect-error a word that counts has forms
element.words = { words: 'veel' };
// @ts-expect-error the other form is always needed
element.words = { words: { one: 'een' } };
// @ts-expect-error a limit has a day
paywall.setLimit({ each: 1 });
// @ts-expect-error the text is not in a quote: it is not paid yet
element.addEventListener('farthing:quote', ({ detail }) => detail.html);
// @ts-expect-error there is no such event
element.addEventListener('farthing:paid', ({ detail }) => detail.price);
// @ts-expect-error the sealed text is needed
createPaywall({});
// @ts-expect-error there is no such code
const none: Code = 'no_such_code';
// @ts-expect-error an amount is a number of micro
paywall.load('2.00 EUR');
// @ts-expect-error an error event has no price
element.addEventListener('farthing:error', ({ detail }) => detail.price);
void none;

vite({ issuer: ['https://issuer.example'], selector: 'article.paid', price: '0.20 EUR' }).apply satisfies 'build';
// @ts-expect-error days are a number
vite({ days: '365' });
// @ts-expect-error there is no such option
vite({ isuer: 'https://issuer.example' });
