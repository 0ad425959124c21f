/** The page around every screen: its heading, its one thing to do, and one status line that is read out. */
import { node } from '../../element/panel.js';
import { clockIsWrong } from '../../clock.js';
import { asFailure } from '../../errors.js';
import type { Purse } from '../purse.js';
import type { Voice } from './say.js';

export { node };

const at = (id: string): HTMLElement => document.getElementById(id)!;

/** What a press does; what it gives is said. */
export type Work = () => Promise<string | void> | string | void;

export class Frame {
  private readonly main = at('main');
  private readonly status = at('status');
  private readonly alerts = at('alerts');
  private busy = false;
  private last: Promise<void> = Promise.resolve();

  constructor(readonly purse: Purse, readonly voice: Voice) {
    document.documentElement.lang = voice.language;
    document.title = `${voice.say('purse')} · Farthing`;
    at('name').textContent = voice.say('purse');
    at('issuer').textContent = purse.issuer;
  }

  /** Another screen. The heading is where a reader of the screen begins. */
  show(title: string, ...content: (Node | string)[]): void {
    const heading = node('h1', { tabindex: '-1' }, title);
    const first = this.main.getAttribute('aria-busy') === 'true';
    this.main.replaceChildren(heading, ...content);
    this.main.setAttribute('aria-busy', 'false');
    // At a first visit the page is read from its top as any page is.
    if (!first) heading.focus({ preventScroll: true });
    scrollTo(0, 0);
  }

  tell(text: string, wrong = false): void {
    if (this.status.textContent !== text) this.status.textContent = text;
    this.status.classList.toggle('wrong', wrong);
  }

  /** Warnings that stand above every screen. */
  warn(...lines: string[]): void {
    this.alerts.replaceChildren(...lines.map((line) => node('p', { class: 'note wrong', role: 'alert' }, line)));
  }

  /** What happened, whether money moved, and what to do. */
  async because(thrown: unknown): Promise<string> {
    const { say, date, moment } = this.voice;
    const { code, fault } = asFailure(thrown);
    if (fault === 'network' && code !== 'answer_invalid') return say('offline');
    if (code === 'storage_unavailable') return say('noStorage');
    if (code === 'manifest_fork') this.warn(say('fork', { issuer: host(this.purse.issuer), date: date(Date.now() / 1000) }));
    // Of tomorrow, or long ended: so it looks where the clock is wrong.
    if (/expired|_invalid/.test(code) && (await clockIsWrong())) return say('clock', { now: moment(Date.now() / 1000) });
    return say('failed', { code: code ?? 'internal' });
  }

  /** One thing at a time; buttons keep their place and the focus meanwhile, and what goes wrong is said. */
  button(text: string, work: Work, kind: '' | 'first' | 'plain' = ''): HTMLButtonElement {
    const button = node('button', { type: 'button', ...(kind && { class: kind }) }, text);
    button.onclick = () => this.run(work);
    return button;
  }

  /** When what was pressed last is done. */
  idle(): Promise<void> {
    return this.last;
  }

  async run(work: Work): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    await (this.last = this.work(work));
  }

  private async work(work: Work): Promise<void> {
    this.tell(this.voice.say('working'));
    const all = () => this.main.querySelectorAll('button');
    all().forEach((one) => one.setAttribute('aria-disabled', 'true'));
    let wrong = false;
    const said = await (async () => work())().catch((thrown: unknown) => {
      console.info(`farthing: ${thrown}`);
      wrong = true;
      return this.because(thrown);
    });
    this.busy = false;
    all().forEach((one) => one.removeAttribute('aria-disabled'));
    this.tell(said ?? '', wrong);
  }

  acts(...buttons: HTMLElement[]): HTMLElement {
    return node('div', { class: 'acts' }, ...buttons);
  }
}

/** A file for the reader. */
export const save = (name: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  node('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

/** A labelled field; the label's words name it. */
export const field = (label: string, control: HTMLElement): HTMLElement[] => {
  control.id = `field-${fields++}`;
  return [node('label', { for: control.id }, label), control];
};
let fields = 0;

export const host = (origin: string): string => (URL.canParse(origin) ? new URL(origin).host : origin);
