/** A passkey in front of the purse: its fold at home, and the screen before it. */
import { isLocked, lock, removeLock, unlock } from '../purse.js';
import { type Frame, node } from './frame.js';
import { passkeysOf } from './passkeys.js';

type Fold = (name: string, summary: string, ...content: (Node | string)[]) => HTMLElement;

const passkeys = (frame: Frame) => passkeysOf(`${frame.voice.say('purse')} · ${new URL(frame.purse.issuer).host}`);

export const lockFold = async (frame: Frame, fold: Fold, again: () => Promise<void>): Promise<HTMLElement> => {
  const { purse, voice: { say } } = frame;
  const button = (await isLocked(purse))
    ? frame.button(say('lockOff'), async () => {
      await removeLock(purse);
      await again();
      return say('lockGone');
    })
    : frame.button(say('lockOn'), async () => {
      const keys = passkeys(frame);
      if (!keys || !(await lock(purse, keys))) return say('lockUnsupported');
      await again();
      return say('lockDone');
    });
  return fold('lock', say('lock'), node('p', {}, say('lockNote')), frame.acts(button));
};

/** Nothing of the purse is shown before. */
export const locked = (frame: Frame, ready: () => Promise<void>): void => {
  const { purse, voice: { say } } = frame;
  frame.show(say('locked'), node('p', { class: 'lead' }, say('lockNote')), frame.acts(frame.button(say('unlock'), async () => {
    const keys = passkeys(frame);
    if (!keys || !(await unlock(purse, keys))) return say('lockFailed');
    await ready();
    return undefined;
  }, 'first')));
};
