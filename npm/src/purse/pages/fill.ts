/** A page asks for coins: who it is, how much, and one press. */
import { give, lookAtFill } from '../purse.js';
import { type Asked, endQuestion, unlessGone } from './asked.js';
import { type Frame, host, node } from './frame.js';
import { loadButtons } from './load.js';

type Fill = Extract<Asked['message'], { kind: 'fill' }>;

/** Looks, asks, gives, answers. `home` shows the purse itself. */
export const fill = async (frame: Frame, asked: Asked, home: (limits?: boolean) => Promise<void>): Promise<string | void> => {
  const { purse, voice: { say, money } } = frame;
  const question = asked.message as Fill;
  const { currency, amount, outputs } = question;
  const amountText = money(amount, currency);
  const who = () => node('p', {}, node('span', { class: 'who' }, asked.origin));
  const toHome = () => frame.button(say('goHome'), () => home());
  const again = () => fill(frame, asked, home);

  const finish = async (): Promise<string> => {
    const end = await give(purse, asked.origin, question);
    if (end.kind !== 'filled') return refuse(end.code);
    asked.answer('filled', { evaluations: end.evaluations });
    endQuestion();
    if (!asked.behind) return say('goingBack', { origin: host(asked.origin) });
    frame.show(say('purse'), frame.acts(toHome()));
    return say('gave', { amount: amountText, origin: host(asked.origin) });
  };
  // A page that waits hears that nothing was spent, at once; one that is not here hears it when the reader goes back.
  const refuse = (code: string): string => {
    const said = say('refusedAsk', { code });
    const tell = () => asked.answer('refused', { code, of: outputs[0]!.blinded });
    if (asked.behind) tell();
    endQuestion();
    frame.show(say('asksTitle', { amount: amountText }), who(), frame.acts(asked.behind ? toHome() : frame.button(say('backTo', { origin: host(asked.origin) }), tell, 'first')));
    return said;
  };
  const no = frame.button(say('refuse'), () => {
    asked.answer('refused', { code: 'declined', of: outputs[0]!.blinded });
    endQuestion();
    if (!asked.behind) return say('goingBack', { origin: host(asked.origin) });
    frame.show(say('purse'), frame.acts(toHome()));
    return say('saidNo');
  });

  const look = await lookAtFill(purse, asked.origin, question);
  switch (look.kind) {
    case 'filled':
    case 'begun':
      return finish();
    case 'refused':
      return refuse(look.code);
    case 'limited':
      frame.show(
        say('asksTitle', { amount: amountText }), who(), node('p', {}, say('limited', { left: money(look.left, currency) })),
        frame.acts(frame.button(say('changeLimit'), () => home(true)), no),
      );
      return undefined;
    case 'short':
      frame.show(
        say('asksTitle', { amount: amountText }), who(), node('p', {}, say('short', { balance: money(look.balance, currency), missing: money(look.missing, currency) })),
        await loadButtons(frame, look.missing, async () => { await again(); }), frame.acts(no),
      );
      return undefined;
    case 'ask':
      frame.show(
        say('asksTitle', { amount: amountText }), who(),
        node('p', {}, say('asks', { balance: money(look.balance, currency), left: money(look.balance - amount, currency) })),
        ...(look.before ? [node('p', {}, say('before', { amount: money(look.before, currency) }))] : []),
        node('p', { class: 'small' }, say('asksNote')),
        frame.acts(frame.button(say('give', { amount: amountText }), unlessGone(frame, asked, home, finish), 'first'), no),
      );
      return undefined;
  }
};
