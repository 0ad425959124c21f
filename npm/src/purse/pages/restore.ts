/** A purse again from its twelve words. */
import { asFailure } from '../../errors.js';
import type { PhraseInvalid } from '../core.js';
import { beginRestore, restore } from '../purse.js';
import { field, type Frame, node } from './frame.js';

/** Where the words are typed. */
export const askForWords = (frame: Frame, back: () => void, done: () => Promise<void>): void => {
  const { purse, voice: { say } } = frame;
  const typed = node('textarea', { autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', lang: 'en', translate: 'no' });
  const hint = node('p', { class: 'small', 'aria-live': 'polite' });
  typed.oninput = () => {
    const start = /([a-z]{2,})$/i.exec(typed.value)?.[1]?.toLowerCase();
    const words = start ? purse.core.phraseSuggestions(start) : [];
    hint.textContent = words.length && !(words.length === 1 && words[0] === start) ? say('suggestions', { words: words.join(', ') }) : '';
  };
  const form = node(
    'form', {}, ...field(say('restoreField'), typed), hint, node('p', { class: 'note' }, say('restoreHonest')),
    frame.acts(node('button', { class: 'first' }, say('restore')), frame.button(say('back'), back)),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    void frame.run(async () => {
      try {
        await beginRestore(purse, typed.value);
      } catch (thrown) {
        const { code, reason, word } = thrown as PhraseInvalid;
        if (code !== 'phrase_invalid') throw thrown;
        typed.focus();
        return reason === 'word' ? say('restoreWord', { n: (word ?? 0) + 1 }) : say(reason === 'checksum' ? 'restoreChecksum' : 'restoreCount');
      }
      setTimeout(() => goOn(frame, back, done));
      return undefined;
    });
  };
  frame.show(say('restoreTitle'), node('p', { class: 'lead' }, say('restoreWhy')), form);
};

/** A search that was begun: it can be stopped, and goes on where it was. */
export const restoreOpen = (frame: Frame, back: () => void, done: () => Promise<void>): void => {
  const { say } = frame.voice;
  frame.show(say('restoreTitle'), node('p', { class: 'lead' }, say('restoreOpen')), frame.acts(frame.button(say('restoreGoOn'), () => { setTimeout(() => goOn(frame, back, done)); }, 'first')));
};

const goOn = (frame: Frame, back: () => void, done: () => Promise<void>): Promise<void> => {
  const { purse, voice: { say, sums } } = frame;
  const stop = new AbortController();
  const bar = node('progress', { 'aria-label': say('restoreTitle') });
  const line = node('p', {}, say('restoring', { found: 0 }));
  const button = node('button', { type: 'button' }, say('restoreStop'));
  button.onclick = () => stop.abort();
  frame.show(say('restoreTitle'), line, bar, frame.acts(button));
  navigator.storage?.persist?.().catch(() => {});
  return restore(purse, (progress) => {
    if (progress.kind === 'looking') line.textContent = say('restoring', { found: progress.found });
  }, stop.signal).then(async (end) => {
    if (end.kind === 'nothing') {
      askForWords(frame, back, done);
      return frame.tell(say('restoreNothing'), true);
    }
    await done();
    return frame.tell(say('restored', { amount: sums(end.amounts) || '0', n: end.spent }));
  }).catch(async (thrown: unknown) => {
    restoreOpen(frame, back, done);
    const stopped = stop.signal.aborted;
    frame.tell(stopped ? say('restoreStopped') : await frame.because(asFailure(thrown)), !stopped);
  });
};
