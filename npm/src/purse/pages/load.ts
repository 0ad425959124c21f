/** Money into the purse: what it costs is said before the reader leaves for the checkout. */
import type { Disclosure } from '../../core.js';
import { choices, orderValue } from '../purse.js';
import { type Frame, node } from './frame.js';

/** The way back from a checkout is this page without anything behind its address. */
const here = (): string => location.origin + location.pathname;

/** Buttons for amounts worth adding; at least `missing` where something is missing. */
export const loadButtons = async (frame: Frame, missing: number, back: () => Promise<void>): Promise<HTMLElement> => {
  const { purse, voice: { say, money } } = frame;
  const buttons = (await choices(purse, missing)).map((choice, place) =>
    frame.button(say('load', { amount: money(choice.amount, choice.currency) }), async () => {
      const { checkout, disclosure, currency } = await orderValue(purse, choice, here());
      agree(frame, disclosure, currency, checkout, back);
    }, missing && !place ? 'first' : ''));
  return frame.acts(...buttons);
};

/** Everything that the issuer has signed about this price. */
const agree = (frame: Frame, { total, value, tax, fees, terms, expiry, cash_out, sandbox }: Disclosure, currency: string, checkout: string, back: () => Promise<void>): void => {
  const { voice: { say, money } } = frame;
  const line = (what: string, amount: number) => node('tr', {}, node('th', { scope: 'row' }, what), node('td', {}, money(amount, currency)));
  const fee = fees.reduce((sum, { amount }) => sum + amount, 0);
  frame.show(
    say('agreeTitle'),
    node('table', { class: 'slip' }, node('tbody', {}, line(say('value'), value), line(say('fees'), fee), line(say('tax'), tax), line(say('total'), total))),
    ...(sandbox ? [node('p', { class: 'note' }, say('sandbox'))] : []),
    node('h2', {}, say('expiry')), node('p', {}, String(expiry)),
    node('h2', {}, say('cashOut')), node('p', {}, String(cash_out)),
    node('p', { class: 'small' }, node('a', { href: terms.url, target: '_blank', rel: 'noopener' }, say('terms', { version: terms.version }))),
    frame.acts(frame.button(say('toCheckout', { amount: money(total, currency) }), () => location.assign(checkout), 'first'), frame.button(say('back'), back)),
  );
};

