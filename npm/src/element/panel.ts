/** The panel in the element's shadow. Its nodes are built one by one; no markup is ever parsed. */
import { css } from './style.js';

/** What the element shows, as `:state(locked)`, or as the attribute `state` where the browser has no custom states. */
export type State = 'loading' | 'locked' | 'insufficient' | 'confirming' | 'paying' | 'unlocked' | 'error' | 'offline';

export const node = <N extends keyof HTMLElementTagNameMap>(
  name: N, attributes: Record<string, string>, ...children: (Node | string)[]
): HTMLElementTagNameMap[N] => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** A line that opens in place. */
export const fold = (part: string, summary: string, ...content: (Node | string)[]): HTMLDetailsElement =>
  node('details', { part }, node('summary', {}, summary), ...content);

/** What a button says, what its press does, and what it adds in small letters. */
export type Act = [text: string, press: () => void, small?: string];

let sheet: CSSStyleSheet | undefined;

export class Panel {
  readonly root: ShadowRoot;
  readonly body = node('div', {});
  /** One and the same node for as long as the element lives, so that what it says is read out. */
  readonly status = node('p', { role: 'status', part: 'status', class: 'status' });
  readonly section = node('section', { part: 'panel' }, this.body, this.status);
  readonly lines = node('div', { class: 'lines', part: 'lines', 'aria-hidden': 'true' });
  private readonly states: Set<string> | undefined;
  private now: State = 'loading';

  constructor(private readonly host: HTMLElement) {
    this.root = host.attachShadow({ mode: 'open' });
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    this.root.adoptedStyleSheets = [sheet];
    this.root.append(this.section, this.lines);
    this.states = host.attachInternals?.().states as Set<string> | undefined;
  }

  get state(): State {
    return this.now;
  }

  set state(name: State) {
    this.now = name;
    try {
      this.states!.clear();
      this.states!.add(name);
    } catch {
      // There are none here, or only such as begin with two hyphens.
      this.host.setAttribute('state', name);
    }
    this.section.setAttribute('aria-busy', String(/^(loading|confirming|paying)$/.test(name)));
  }

  tell(text: string, wrong = false): void {
    if (this.status.textContent !== text) this.status.textContent = text;
    this.status.classList.toggle('wrong', wrong);
  }

  /** New content; who stood on a button stands on the first one again. `point`: the reader is about to press. */
  show(size: string, lead: string, note: string, acts: Act[], point: () => void, ...more: Node[]): void {
    const hadFocus = this.root.activeElement;
    const buttons = acts.map(([text, press, small]) => {
      const button = node('button', { type: 'button', part: 'button' }, text, ...(small ? [' ', node('small', { part: 'tax' }, small)] : []));
      button.onclick = () => button.ariaDisabled || press();
      button.onpointerenter = button.onfocus = () => button.ariaDisabled || point();
      return button;
    });
    this.section.setAttribute('aria-label', size);
    this.body.replaceChildren(
      node('p', { class: 'soft', part: 'size' }, size), node('p', { part: 'lead' }, lead),
      ...(note ? [node('p', { class: 'soft', part: 'note' }, note)] : []), node('div', { class: 'acts', part: 'acts' }, ...buttons), ...more,
    );
    if (hadFocus) buttons[0]?.focus({ preventScroll: true });
  }

  /** While something is under way, buttons keep their place and the focus, and do nothing. */
  wait(on: boolean): void {
    for (const button of this.body.querySelectorAll('button')) on ? button.setAttribute('aria-disabled', 'true') : button.removeAttribute('aria-disabled');
  }

  /**
   * Keeps the space that a sealed text of `length` bytes will take, so that nothing jumps: about as tall as it will be in the type
   * around it, or as much of that as can be seen.
   */
  reserve(length: number, most: number, visibility = 'hidden'): void {
    const { lines } = this;
    const { fontSize, lineHeight } = getComputedStyle(lines);
    const size = Number.parseFloat(fontSize);
    const rows = (length / (lines.clientWidth / size / 0.47)) * 1.12;
    lines.style.blockSize = `${Math.min(rows * (Number.parseFloat(lineHeight) || size * 1.5), most)}px`;
    lines.style.visibility = visibility;
  }

  /** The last lines before the element fade: the text itself, and no veil over it. */
  fade(on: boolean): void {
    const plain = !on || matchMedia('(forced-colors:active),(prefers-contrast:more)').matches;
    const last = this.host.previousElementSibling as HTMLElement | null;
    last?.style.setProperty('mask-image', plain ? '' : 'linear-gradient(#000 calc(100% - 4.5em),rgb(0 0 0/.4))');
  }
}
