/** A page gives coins back. */
import { elementsFor, takeReturned } from '../purse.js';
import { type Asked, endQuestion, unlessGone } from './asked.js';
import { type Frame, host, node } from './frame.js';

type Back = Extract<Asked['message'], { kind: 'return' }>;
type Evaluated = Extract<Asked['message'], { kind: 'returned' }>;

/** Asks whether to take them, and hands elements out. */
export const take = (frame: Frame, asked: Asked, home: () => Promise<void>): void => {
  const { purse, voice: { say, money } } = frame;
  const { issuer, currency, amount } = asked.message as Back;
  const amountText = money(amount, currency);
  frame.show(
    say('returnTitle', { amount: amountText }), node('p', {}, node('span', { class: 'who' }, asked.origin)), node('p', {}, say('returns', { amount: amountText })),
    frame.acts(frame.button(say('take'), unlessGone(frame, asked, home, async () => {
      const made = await elementsFor(purse, asked.origin, { issuer, currency, amount });
      if (made.kind === 'refused') {
        asked.answer('refused', { code: made.code, of: '' });
        endQuestion();
        return say('refusedAsk', { code: made.code });
      }
      asked.answer('elements', { outputs: made.outputs });
      return asked.behind ? say('waiting') : say('goingBack', { origin: host(asked.origin) });
    }), 'first'), frame.button(say('refuse'), async () => {
      asked.answer('refused', { code: 'declined', of: '' });
      endQuestion();
      if (asked.behind) await home();
      return asked.behind ? say('saidNo') : say('goingBack', { origin: host(asked.origin) });
    })),
  );
};

/** What the issuer made of the elements. */
export const takeIn = async (frame: Frame, asked: Asked, home: () => Promise<void>): Promise<string> => {
  const { purse, voice: { say, money } } = frame;
  const came = await takeReturned(purse, asked.origin, (asked.message as Evaluated).evaluations);
  endQuestion();
  await home();
  if (!asked.behind) document.getElementById('main')!.append(frame.acts(frame.button(say('backTo', { origin: host(asked.origin) }), () => asked.goBack())));
  return came ? say('took', { amount: money(came.amount, came.currency) }) : say('tookNothing');
};
