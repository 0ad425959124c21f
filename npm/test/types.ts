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
