import { money } from '../money.js';
import { type Glance, glance } from '../peek.js';
import type { Opened, Paywall } from '../paywall.js';
import { type Shown, shownClaims } from './claims.js';
import { announce } from './events.js';
import { type Act, button, height, node } from './panel.js';
import { css } from './style.js';
import { say } from './words.js';

export type { FarthingEvents } from './events.js';

type Engine = typeof import('../index.js');
let engine: Promise<Engine> | undefined;
const loadEngine = (): Promise<Engine> =>
  (engine ??= import('../index.js').catch((thrown: unknown) => {
    engine = undefined;
    throw thrown;
  }));

let sheet: CSSStyleSheet | undefined;

// Importable on a server, where there is no HTMLElement; nothing is defined there.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * `<farthing-paywall>`: stands where the sealed half of an article belongs, shows price and terms, and puts the verified text in
 * its place. Its light DOM is what readers without script see. Styled by `--farthing-*` properties and `::part`.
 */
export class FarthingPaywallElement extends Base {
  #box: HTMLElement | undefined;
  #status: HTMLElement | undefined;
  #states: Set<string> | undefined;
  #sealed = '';
  #shown: Shown | null = null;
  #price: Shown['prices'][number] | undefined;
  #seen: Glance | null = null;
  #paywall: Paywall | undefined;
  #busy = false;
  #done = false;
  #channel: BroadcastChannel | undefined;

  /** Defines the element; a second definition is ignored, as when two copies of this package meet. */
  static define(name = 'farthing-paywall', registry = globalThis.customElements): void {
    if (registry && !registry.get(name)) registry.define(name, this);
  }

  connectedCallback(): void {
    if (this.#box) return;
    if (document.readyState === 'loading' && !this.#script()) {
      document.addEventListener('DOMContentLoaded', () => this.connectedCallback(), { once: true });
      return;
    }
    const root = this.attachShadow({ mode: 'open' });
    sheet ??= new CSSStyleSheet();
    sheet.replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    this.#box = node('div', {});
    this.#status = node('p', { role: 'status', part: 'status', class: 'status' });
    root.append(this.#box, this.#status);
    try {
      this.#states = this.attachInternals().states as unknown as Set<string>;
    } catch {
      // Older browsers: no :state().
    }
    this.#sealed = this.#script()?.textContent ?? '';
    this.#shown = shownClaims(this.#sealed);
    addEventListener('pageshow', this.#back);
    if (globalThis.BroadcastChannel) {
      this.#channel = new BroadcastChannel('farthing');
      this.#channel.onmessage = () => this.#busy || this.#done || this.#begin();
    }
    this.#begin();
  }

  disconnectedCallback(): void {
    removeEventListener('pageshow', this.#back);
    this.#channel?.close();
  }

  #back = ({ persisted }: PageTransitionEvent): void => {
    // Back from the checkout: the page was frozen in the middle of going there.
    if (persisted && !this.#done) {
      this.#busy = false;
      this.#begin();
    }
  };

  #script(): HTMLScriptElement | null {
    return this.querySelector('script[type="application/farthing+json"]');
  }

  get #language(): string {
    const language = this.closest<HTMLElement>('[lang]')?.lang || globalThis.navigator?.language || 'en';
    // The words are English, so numbers are set as in English, of the page's or else the reader's country.
    return /^en\b/i.test(language) ? language : 'en';
  }

  #money(amount: number, short = false): string {
    return money(amount, this.#price!.currency, this.#language, short);
  }

  #state(name: 'locked' | 'working' | 'unlocked' | 'failed'): void {
    this.#states?.clear();
    this.#states?.add(name);
  }

  #tell(text: string, wrong = false): void {
    const status = this.#status!;
    if (status.textContent !== text) status.replaceChildren(text);
    status.classList.toggle('wrong', wrong);
  }

  /** The headless paywall of this page, loaded at first use. */
  async paywall(): Promise<Paywall> {
    const { createPaywall } = await loadEngine();
    return (this.#paywall ??= createPaywall({ sealed: this.#sealed }));
  }

  async #begin(): Promise<void> {
    const shown = this.#shown;
    if (!shown) {
      this.#state('failed');
      this.#box!.replaceChildren();
      this.#tell(say.blank, true);
      announce(this, 'farthing:error', { code: 'malformed', error: undefined });
      return;
    }
    const seen = (this.#seen = await glance(shown.publisher, shown.resource));
    this.#price = shown.prices.find(({ issuer, currency, amount }) => (seen?.balance(issuer, currency) ?? 0) >= amount) ?? shown.prices[0];
    if (seen?.owned) {
      this.#reserve(height(shown.length, this));
      return this.#run(() => this.#openOwned());
    }
    this.#locked();
    if (seen && seen.attempts + seen.orders > 0) return this.#run(() => this.#finishEarlier(seen));
  }

  /** Keeps the space that the text will take, so that nothing jumps. */
  #reserve(pixels: number): void {
    this.#box!.style.minBlockSize = `${pixels}px`;
  }

  /** The last lines above fade, the text itself and not a veil over it. */
  #fade(on: boolean): void {
    const last = this.previousElementSibling as HTMLElement | null;
    const mask = 'linear-gradient(#000 calc(100% - 4.5em), rgb(0 0 0 / .4))';
    if (on && !matchMedia('(forced-colors: active), (prefers-contrast: more)').matches) last?.style.setProperty('mask-image', mask);
    else last?.style.removeProperty('mask-image');
  }

  #locked(): void {
    const { words, refund, access, publisher, length } = this.#shown!;
    const price = this.#price!;
    const amount = this.#money(price.amount);
    const held = this.#seen?.balance(price.issuer, price.currency) ?? 0;
    const host = publisher.replace(/^https?:\/\//, '');
    this.#panel(
      [
        node('p', { class: 'lead money', part: 'lead' }, this.#seen?.used ? say.price(amount) : say.first(amount)),
      ],
      [{ text: say.pay(amount), run: () => this.unlock() }],
      held >= price.amount && say.remains(this.#money(held), this.#money(held - price.amount)),
      node('details', { part: 'small' },
        node('summary', {}, say.small),
        node('p', {}, [
          access ? say.until(Math.ceil(access / 86_400)) : say.forEver,
          refund ? say.undo(Math.floor(refund / 3600)) : say.noUndo,
          say.paidTo(host), say.tax,
        ].join(' ')),
      ),
      words,
    );
    this.#lines(Math.min(height(length, this), innerHeight * 0.5));
    this.#fade(true);
    this.#state('locked');
    announce(this, 'farthing:show', { price });
  }

  #panel(lead: (Node | string)[], acts: Act[], remains?: string | false, small?: Node, words = this.#shown!.words): void {
    const hadFocus = this.shadowRoot!.activeElement !== null;
    const buttons = acts.map(button);
    for (const one of buttons) {
      // The reader is about to press: fetch what the press will need.
      for (const sign of ['pointerenter', 'focus', 'touchstart']) one.addEventListener(sign, () => this.#warm(), { once: true, passive: true });
    }
    const panel = node('section', { class: 'panel', part: 'panel', 'aria-label': say.size(words, this.#language) },
      node('p', { class: 'size', part: 'size' }, say.size(words, this.#language)),
      ...lead,
      buttons.length > 0 && node('div', { class: 'acts', part: 'acts' }, ...buttons),
      remains && node('p', { class: 'remains money', part: 'remains' }, remains),
      small,
    );
    this.#box!.replaceChildren(panel);
    // The status line stays one and the same node inside the panel's place, below it.
    if (hadFocus) buttons[0]?.focus({ preventScroll: true });
  }

  #lines(pixels: number): void {
    const lines = node('div', { class: 'lines', part: 'lines', 'aria-hidden': 'true' });
    lines.style.blockSize = `${pixels}px`;
    this.shadowRoot!.querySelector('.lines')?.remove();
    this.shadowRoot!.append(lines);
  }

  #warm(): void {
    // A failure here is not shown: the press will meet it again.
    this.paywall().then((paywall) => paywall.prepare()).catch(() => {});
  }

  /** One thing at a time; whatever goes wrong is said in the panel. */
  async #run(work: () => Promise<void>, restore = false): Promise<void> {
    if (this.#busy || this.#done) return;
    this.#busy = true;
    for (const one of this.#box!.querySelectorAll('button')) one.setAttribute('aria-disabled', 'true');
    try {
      await work();
    } catch (thrown) {
      await this.#fail(thrown, restore);
    } finally {
      this.#busy = false;
      for (const one of this.#box!.querySelectorAll('button')) one.removeAttribute('aria-disabled');
    }
  }

  async #fail(thrown: unknown, asking: boolean): Promise<void> {
    this.#state('failed');
    this.#reserve(0);
    const loaded = await loadEngine().catch(() => null);
    const known = loaded?.asFailure(thrown);
    const code = loaded ? known?.code : 'wasm_unavailable';
    // An attempt of this page that is still open was sent: then the outcome is unknown, and only asking again is offered.
    const { publisher, resource } = this.#shown!;
    const seen = (this.#seen = await glance(publisher, resource).catch(() => null));
    const silent = known?.fault === 'network';
    if (seen?.here) {
      this.#panel([], [{ text: say.again, run: () => this.unlock() }]);
      this.#tell(silent && known.code !== 'answer_invalid' ? say.stillUnknown : (loaded?.explain(code, known?.fault, true) ?? say.stillUnknown), true);
    } else {
      if (asking || !this.#box!.querySelector('button')) this.#locked();
      this.#state('failed');
      const words = loaded?.explain(code, known?.fault, false) ?? 'The program of this page did not load. Nothing was charged. Please reload the page.';
      this.#tell(words, true);
    }
    if (code === 'wasm_blocked' && known) {
      this.#status!.append(node('details', {}, node('summary', {}, say.forPublisher), node('code', {}, known.detail)));
    }
    if (known?.detail) console.info(`farthing: ${known.message}`);
    announce(this, 'farthing:error', { code, error: thrown });
  }

  async #openOwned(): Promise<void> {
    const text = await (await this.paywall()).read();
    if (text?.kind === 'opened') return this.#open(text, false);
    this.#reserve(0);
    this.#locked();
    if (text) this.#tell((await loadEngine()).explain('grant_expired', 'reader', false));
  }

  async #finishEarlier(seen: Glance): Promise<void> {
    this.#state('working');
    const fresh = seen.ordered > Date.now() / 1000 - 3600;
    this.#tell(seen.attempts ? say.finishing : fresh ? say.waiting : '');
    const paywall = await this.paywall();
    const { open } = await paywall.recover();
    const bought = await paywall.read();
    if (bought?.kind === 'opened') return this.#open(bought, true);
    let collected = seen.orders ? await paywall.collect() : [];
    const waits = () => collected.length > 0 && collected.every(({ state }) => state === 'waiting');
    for (let i = 0; fresh && waits() && i < 12; i++) {
      this.#tell(say.waiting);
      await new Promise((resolve) => setTimeout(resolve, 1000 + i * 250));
      if (!this.isConnected) return;
      collected = await paywall.collect();
    }
    this.#seen = await glance(this.#shown!.publisher, this.#shown!.resource);
    if (this.#seen?.here && open) {
      this.#panel([], [{ text: say.again, run: () => this.unlock() }]);
      this.#tell(say.stillUnknown, true);
      return;
    }
    this.#locked();
    const arrived = collected.filter(({ state }) => state === 'collected');
    const declined = collected.some(({ state }) => state === 'declined' || state === 'expired' || state === 'closed');
    if (arrived.length) {
      this.#tell(say.arrived(money(arrived.reduce((sum, { amount }) => sum + amount, 0), arrived[0]!.currency, this.#language)));
      this.#news();
      announce(this, 'farthing:balance', { collected: arrived });
    } else this.#tell(declined ? say.declined : '');
  }

  /** Buys, or finishes what was begun; what the button does. */
  async unlock(): Promise<void> {
    const price = this.#price;
    if (!price || this.#busy || !announce(this, 'farthing:beforespend', { price })) return;
    await this.#run(async () => {
      this.#state('working');
      this.#tell(say.working);
      const paywall = await this.paywall();
      const result = await paywall.unlock({ seen: price, waiting: () => this.#tell(say.unknown) });
      if (result.kind === 'opened') return this.#open(result, true);
      this.#state('locked');
      if (result.kind === 'insufficient_funds') return this.#short(result.balance, result.choices);
      const { explain } = await loadEngine();
      this.#price = result.price;
      this.#locked();
      this.#tell(result.kind === 'price_changed'
        ? `The price is ${this.#money(result.price.amount)} now. Nothing was charged.`
        : explain(result.kind, 'reader', false), true);
      announce(this, 'farthing:error', { code: result.kind, error: undefined });
    });
  }

  #short(held: number, choices: number[]): void {
    const first = choices.find((amount) => amount >= 2_000_000) ?? choices.at(-1)!;
    const ordered = [first, ...choices.filter((amount) => amount !== first)];
    this.#panel(
      [node('p', { class: 'lead money', part: 'lead' }, say.short(this.#money(held), this.#money(first, true)))],
      ordered.map((amount, place) => ({ text: say.add(this.#money(amount, amount % 1_000_000 === 0)), second: place > 0, run: () => this.#load(amount) })),
    );
    this.#tell('');
  }

  async #load(amount: number): Promise<void> {
    await this.#run(async () => {
      this.#tell(say.ordering);
      const result = await (await this.paywall()).load(amount);
      if (result.kind !== 'checkout') {
        this.#tell((await loadEngine()).explain(result.kind, 'reader', false), true);
        return;
      }
      const { checkout, currency, disclosure: { total, value } } = result;
      const go = () => {
        if (announce(this, 'farthing:load', { amount, currency, checkout })) location.assign(checkout);
      };
      if (total === value) return go();
      // What is to be paid is more than what comes in: it is said before the reader leaves.
      this.#panel(
        [node('p', { class: 'lead money', part: 'lead' }, say.total(this.#money(total), this.#money(value), this.#money(total - value)))],
        [{ text: say.addTotal(this.#money(total)), run: go }],
      );
      this.#tell('');
    });
  }

  #news(): void {
    this.#channel?.postMessage('changed');
  }

  async #open(text: Opened, bought: boolean): Promise<void> {
    const { textNodes } = await loadEngine();
    const hadFocus = this.shadowRoot!.activeElement !== null;
    const nodes = textNodes(text.html, document);
    const first = nodes.firstElementChild as HTMLElement | null;
    this.#done = true;
    this.#fade(false);
    this.before(nodes);
    const { price, at } = text.bought;
    const date = new Intl.DateTimeFormat(this.#language, { dateStyle: 'long' }).format(at * 1000);
    const left = bought ? await (await this.paywall()).balance() : [];
    const here = left.find((one) => one.issuer === price.issuer && one.currency === price.currency);
    this.#reserve(0);
    this.shadowRoot!.querySelector('.lines')?.remove();
    this.#box!.replaceChildren(
      node('p', { class: 'receipt money', part: 'receipt' }, [
        say.receipt(money(price.amount, price.currency, this.#language), date),
        bought && say.left(money(here?.amount ?? 0, price.currency, this.#language)),
        text.newer && say.newer,
      ].filter(Boolean).join(' ')),
    );
    this.#tell('');
    this.#state('unlocked');
    if (hadFocus && first) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
    }
    if (bought) {
      this.#news();
      globalThis.navigator?.storage?.persist?.().catch(() => {});
    }
    announce(this, 'farthing:unlock', { offer: text.offer, grant: text.grant, bought, newer: text.newer });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'farthing-paywall': FarthingPaywallElement;
  }
}
