/** The purse's page: finds out what it was opened for, and shows the one screen for it. */
import { asFailure } from '../../errors.js';
import { loadPurse } from '../load.js';
import { openPurse, type Purse, renewQuietly, stateOf, visit } from '../purse.js';
import { type Asked, Door, endQuestion } from './asked.js';
import { fill } from './fill.js';
import { first } from './first.js';
import { Frame, node } from './frame.js';
import { home, saidOf } from './home.js';
import { locked } from './lock.js';
import { askForWords, restoreOpen } from './restore.js';
import { languages, type Voice, voiceOf } from './say.js';
import { take, takeIn } from './take.js';

const languageName = 'farthing-language';

/** The language that the reader chose here, or the browser's. */
const chosenLanguages = (): string[] => {
  const kept = localStorage.getItem(languageName);
  return [...(kept ? [kept] : []), ...navigator.languages];
};

class Pages {
  private readonly door = new Door();
  private asked: Asked | null = null;
  /** The question whose screen was begun last. */
  private shown: Asked | null = null;
  /** Ends when the first screen stands: a question that comes meanwhile must not be covered by it. */
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly frame: Frame) {}

  /** At a start, and when the same window is sent to another question. */
  async begin(): Promise<void> {
    const { frame } = this;
    const { purse, voice: { say } } = frame;
    const opened = this.door.look((asked) => this.heard(asked));
    if (opened && typeof opened === 'object') this.asked = opened;
    const ready = () => this.ready(opened === 'waiting' ? say('notAsked') : opened === 'gone' ? say('noOpener') : '');
    switch (await stateOf(purse)) {
      case 'new':
        return this.first(ready);
      case 'restoring':
        return restoreOpen(frame, () => this.first(ready), ready);
      case 'locked':
        return locked(frame, ready);
      case 'ready':
        return ready();
    }
  }

  private first(ready: () => Promise<void>): void {
    first(this.frame, ready, () => askForWords(this.frame, () => this.first(ready), ready));
  }

  /** A question from the window behind this one; one at a time, and only where the purse can answer. */
  private heard(asked: Asked): void {
    const { purse } = this.frame;
    void stateOf(purse).then((state) => {
      // `returned` belongs to what was asked before.
      if (asked.message.kind === 'returned' || !this.asked || JSON.stringify(this.asked.message) !== JSON.stringify(asked.message)) {
        this.asked = asked;
        if (state === 'ready') return this.turn.then(() => this.frame.idle()).then(() => (this.asked === asked && this.shown !== asked ? this.frame.run(() => this.question()) : undefined));
      }
      return undefined;
    });
  }

  private async question(): Promise<string | void> {
    const { frame, asked } = this;
    const toHome = async (limits = false) => {
      if (!limits) this.asked = null;
      await home(frame, limits ? 'limits' : '');
    };
    if (!asked) return toHome();
    this.shown = asked;
    switch (asked.message.kind) {
      case 'fill':
        return fill(frame, asked, toHome);
      case 'return':
        return take(frame, asked, toHome);
      case 'returned':
        return takeIn(frame, asked, toHome);
    }
  }

  /** The purse can be used: what an earlier visit began is finished first, then comes what this one is for. */
  private ready(otherwise: string): Promise<void> {
    const shown = this.firstScreen(otherwise);
    this.turn = shown.catch(() => {});
    return shown;
  }

  private async firstScreen(otherwise: string): Promise<void> {
    const { frame } = this;
    const { purse } = frame;
    // What a page hands over now is taken from it, before the issuer is asked what became of it.
    const handed = this.asked?.message.kind === 'returned' ? await this.question() : undefined;
    const came = await visit(purse);
    const said = saidOf(frame, came) || (came.why ? await frame.because(came.why) : '');
    const told = handed ?? (this.asked ? await this.question() : await home(frame).then(() => undefined));
    frame.tell(told ?? (said || (this.asked ? '' : otherwise)));
    if (!this.asked && otherwise) endQuestionIfGone(otherwise, frame);
    // Nothing that the reader waits for waits for this.
    setTimeout(() => void renewQuietly(purse).catch(() => {}), 2000);
  }
}

const endQuestionIfGone = (otherwise: string, { voice: { say } }: Frame): void => {
  if (otherwise === say('noOpener')) endQuestion();
};

/** The choice of language, at the foot of every screen. */
const foot = ({ say, language }: Voice): void => {
  const choice = node('select', {}, ...Object.entries(languages).map(([tag, name]) => {
    const option = node('option', { value: tag, lang: tag }, name);
    option.selected = language.startsWith(tag);
    return option;
  }));
  choice.onchange = () => {
    localStorage.setItem(languageName, choice.value);
    location.reload();
  };
  document.getElementById('foot')!.replaceChildren(node('label', {}, say('language'), choice));
};

const start = async (): Promise<void> => {
  const voice = await voiceOf(chosenLanguages());
  foot(voice);
  let purse: Purse;
  try {
    purse = await openPurse({ issuer: location.origin, core: await loadPurse() });
  } catch (thrown) {
    const { code } = asFailure(thrown);
    console.info(`farthing: ${thrown}`);
    document.documentElement.lang = voice.language;
    const main = document.getElementById('main')!;
    main.replaceChildren(node('h1', {}, voice.say('purse')), node('p', { role: 'alert' }, code === 'storage_unavailable' ? voice.say('noStorage') : code === 'wasm_unavailable' ? voice.say('noWasm') : voice.say('failed', { code: code ?? 'internal' })));
    main.setAttribute('aria-busy', 'false');
    return;
  }
  const frame = new Frame(purse, voice);
  const pages = new Pages(frame);
  const begin = () => pages.begin().catch(async (thrown: unknown) => {
    console.info(`farthing: ${thrown}`);
    frame.show(voice.say('purse'), frame.acts(frame.button(voice.say('again'), () => begin(), 'first')));
    frame.tell(await frame.because(thrown), true);
  });
  addEventListener('hashchange', () => void begin());
  await begin();
};

void start();
