/** The first visit, and the twelve words. */
import { begin, confirmWords, placesToAsk, words } from '../purse.js';
import { field, type Frame, host, node } from './frame.js';

/** What this is, and two ways in. */
export const first = (frame: Frame, done: () => Promise<void>, restore: () => void): void => {
  const { purse, voice: { say } } = frame;
  frame.show(
    say('firstTitle'), node('p', { class: 'lead' }, say('firstOne', { issuer: host(purse.issuer) })), node('p', {}, say('firstTwo')), node('p', {}, say('firstThree')),
    frame.acts(
      frame.button(say('begin'), async () => {
        await begin(purse);
        // Never awaited: a browser may leave it hanging.
        navigator.storage?.persist?.().catch(() => {});
        await showWords(frame, done);
      }, 'first'),
      frame.button(say('haveWords'), restore),
    ),
  );
};

/** The words, and the way to show that they were written down. */
export const showWords = async (frame: Frame, done: () => Promise<void>): Promise<void> => {
  const { purse, voice: { say } } = frame;
  const twelve = (await words(purse)) ?? [];
  frame.show(
    say('wordsTitle'), node('p', {}, say('wordsWhy')),
    // The list is English in every language.
    node('ol', { class: 'words', lang: 'en', translate: 'no' }, ...twelve.map((word) => node('li', {}, word))),
    frame.acts(frame.button(say('wordsDone'), () => askWords(frame, done), 'first'), frame.button(say('wordsPrint'), () => print()), frame.button(say('later'), done)),
  );
};

const askWords = (frame: Frame, done: () => Promise<void>): void => {
  const { purse, voice: { say } } = frame;
  const places = placesToAsk();
  const inputs = places.map(() => node('input', { type: 'text', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', lang: 'en' }));
  const form = node(
    'form', {}, ...inputs.flatMap((input, index) => field(say('askWord', { n: places[index]! + 1 }), input)),
    frame.acts(node('button', { class: 'first' }, say('check')), frame.button(say('back'), () => showWords(frame, done)), frame.button(say('later'), done)),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    void frame.run(async () => {
      if (!(await confirmWords(purse, places, inputs.map(({ value }) => value)))) {
        inputs[0]!.focus();
        return say('askWrong');
      }
      await done();
      return say('askRight');
    });
  };
  frame.show(say('askTitle'), form);
};
