import type { Code } from '../errors.js';
import { money } from '../money.js';
import type { Opened, Page, PageOptions } from '../page.js';
import { type Glance, glance } from '../peek.js';
import { type Shown, shownClaims } from './claims.js';
import { announce } from './events.js';
import { type Act, fade, node, reserve } from './panel.js';
import { css } from './style.js';
import { say } from './words.js';

export type { FarthingEvents } from './events.js';

const loadEngine = () => import('./engine.js');

let sheet: CSSStyleSheet | undefined;

// Importable on a server, where there is no HTMLElement; nothing is defined there.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * `<farthing-paywall>`: stands where the sealed half of an article belongs, shows price and terms, and puts the verified text in
 * its place. Its light DOM is what readers without script see. Styled by `--farthing-*` properties and `::part`.
 */
export class FarthingPaywallElement extends Base {
  /** Where the core comes from, for all elements: needed where it does not lie beside the scripts. The attribute `wasm-url` goes before it. */
  static core: PageOptions['core'];
  #panel = undefined as unknown as HTMLElement;
  #body!: HTMLElement;
  /** One and the same node for as long as the element lives, so that what it says is read out. */
  #status!: HTMLElement;
  #lines!: HTMLElement;
  #states: Set<string> | undefined;
  #sealed = '';
  #shown!: Shown;
  #price!: Shown['prices'][number];
  #seen: Glance | null = null;
  #page: Page | undefined;
  #busy = false;
  #done = false;
  #channel: BroadcastChannel | undefined;

  /** Defines the element; a second definition is ignored, as when two copies of this package meet. */
  static define(name = 'farthing-paywall', registry = globalThis.customElements): void {
    if (registry && !registry.get(name)) registry.define(name, this);
  }

  connectedCallback(): void {
    if (this.#panel) return;
    const script = this.querySelector('script[type="application/farthing+json"]');
    const given = this.getAttribute('sealed');
    if (!given && !script && document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', () => this.connectedCallback(), { once: true });
      return;
    }
    const root = this.attachShadow({ mode: 'open' });
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    this.#body = node('div', {});
    this.#status = node('p', { role: 'status', part: 'status', class: 'status' });
    this.#panel = node('section', { part: 'panel' }, this.#body, this.#status);
    this.#lines = node('div', { class: 'lines', part: 'lines', 'aria-hidden': 'true' });
    root.append(this.#panel, this.#lines);
    this.#states = this.attachInternals?.().states as Set<string> | undefined;
    this.#sealed = given ?? script?.textContent ?? '';
    const shown = shownClaims(this.#sealed);
    if (!shown) {
      this.#tell(say.unreadable, true);
      announce(this, 'farthing:error', { code: 'malformed', error: undefined });
      return;
    }
    this.#shown = shown;
    reserve(this.#lines, shown.length, innerHeight);
    addEventListener('pageshow', ({ persisted }) => {
      // Back from the checkout: the page was frozen in the middle of going there.
      if (persisted && !this.#done) {
        this.#busy = false;
        this.#begin();
      }
    });
    this.#channel = new BroadcastChannel('farthing');
    this.#channel.onmessage = () => this.#busy || this.#done || this.#begin();
    this.#begin();
  }

  get #language(): string {
    const language = this.closest<HTMLElement>('[lang]')?.lang ?? '';
    // The words are English, so numbers are set as in English, of the page's country if it names one.
    return /^en/i.test(language) ? language : 'en';
  }

  #money(amount: number, short = false): string {
    return money(amount, this.#price.currency, this.#language, short);
  }

  #state(name: 'locked' | 'working' | 'unlocked' | 'failed'): void {
    this.#states?.clear();
    this.#states?.add(name);
  }

  #tell(text: string, wrong = false): void {
    this.#status.textContent = text;
    this.#status.classList.toggle('wrong', wrong);
  }

  /** The page's calls without looks, loaded at first use. */
  async paywall(): Promise<Page> {
    const { openPage } = await loadEngine();
    return (this.#page ??= openPage({ sealed: this.#sealed, core: this.getAttribute('wasm-url') ?? FarthingPaywallElement.core }).calls);
  }

  async #look(): Promise<Glance | null> {
    return (this.#seen = await glance(this.#shown.publisher, this.#shown.resource));
  }

  async #begin(): Promise<void> {
    const seen = await this.#look();
    const { prices } = this.#shown;
    this.#price = prices.find(({ issuer, currency, amount }) => (seen?.balance(issuer, currency) ?? 0) >= amount) ?? prices[0]!;
    if (seen?.owned) {
      reserve(this.#lines, this.#shown.length, Infinity);
      return this.#run(async () => {
        const text = await (await this.paywall()).read();
        if (text?.kind === 'opened') return this.#open(text, false);
        this.#locked();
        this.#tell((await loadEngine()).explain('grant_expired', 'reader'));
      });
    }
    this.#locked();
    if (seen && seen.attempts + seen.orders) await this.#run(() => this.#finishEarlier(seen));
  }

  #locked(): void {
    const { refund, access, publisher } = this.#shown;
    const { amount, issuer, currency } = this.#price;
    const price = this.#money(amount);
    const held = this.#seen?.balance(issuer, currency) ?? 0;
    this.#show(
      say.price(price) + (this.#seen?.used ? '' : say.first),
      [[say.pay(price), () => this.unlock()]],
      node('p', { class: 'soft', part: 'remains' }, held < amount ? '' : say.remains(this.#money(held), this.#money(held - amount))),
      node('details', { part: 'small' }, node('summary', {}, say.small), say.access(access) + say.refund(refund) + say.paidTo(new URL(publisher).host)),
    );
    reserve(this.#lines, this.#shown.length, innerHeight, '');
    fade(this, true);
    this.#state('locked');
    announce(this, 'farthing:show', { price: this.#price });
  }

  #show(lead: string, acts: Act[], ...more: Node[]): void {
    const hadFocus = this.shadowRoot!.activeElement;
    const size = say.size(this.#shown.words, this.#language);
    const buttons = acts.map(([text, press]) => {
      const button = node('button', { type: 'button', part: 'button' }, text);
      button.onclick = () => this.#busy || press();
      // The reader is about to press: fetch what the press will need. A failure is met again then.
      button.onpointerenter = button.onfocus = () => this.#busy || this.paywall().then((page) => page.prepare()).catch(() => {});
      return button;
    });
    this.#panel.setAttribute('aria-label', size);
    this.#body.replaceChildren(
      node('p', { class: 'soft', part: 'size' }, size), node('p', { part: 'lead' }, lead), node('div', { class: 'acts', part: 'acts' }, ...buttons), ...more,
    );
    if (hadFocus) buttons[0]?.focus({ preventScroll: true });
  }

  #wait(on: boolean): void {
    this.#busy = on;
    for (const button of this.#body.querySelectorAll('button')) on ? button.setAttribute('aria-disabled', 'true') : button.removeAttribute('aria-disabled');
  }

  /** One thing at a time; whatever goes wrong is said in the panel. */
  async #run(work: () => Promise<void>): Promise<void> {
    if (this.#busy || this.#done) return;
    this.#wait(true);
    await work().catch((thrown: unknown) => this.#fail(thrown));
    this.#wait(false);
  }

  async #fail(thrown: unknown): Promise<void> {
    const engine = await loadEngine().catch(() => null);
    const { code, fault, detail, message } = engine?.asFailure(thrown) ?? { code: 'wasm_unavailable' as Code, fault: 'browser' as const };
    const seen = await this.#look();
    // An attempt of this page that is still open was sent: the outcome is unknown, and all that is offered is to ask again.
    if (seen?.here) this.#askAgain(engine && (fault !== 'network' || code === 'answer_invalid') ? engine.explain(code, fault, true) : undefined);
    else {
      if (!this.#body.querySelector('button')) this.#locked();
      this.#tell(engine?.explain(code, fault) ?? say.missing, true);
    }
    this.#state('failed');
    if (code === 'wasm_blocked') this.#status.append(node('details', {}, node('summary', {}, say.forPublisher), node('code', {}, detail!)));
    console.info(`farthing: ${message ?? thrown}`);
    announce(this, 'farthing:error', { code, error: thrown });
  }

  #askAgain(why = say.unknown + say.later): void {
    this.#show('', [[say.again, () => this.unlock()]]);
    this.#tell(why, true);
  }

  async #finishEarlier(seen: Glance, tries = 0): Promise<void> {
    // Somebody who was at the checkout within the hour may just come back from it.
    const fresh = seen.ordered > Date.now() / 1000 - 3600 && tries < 12;
    if (!tries) this.#tell(seen.attempts ? say.finishing : fresh ? say.waiting : '');
    const page = await this.paywall();
    await page.recover();
    const bought = await page.read();
    if (bought?.kind === 'opened') return this.#open(bought, true);
    const collected = await page.collect();
    const arrived = collected.filter(({ state }) => state === 'collected');
    const waiting = fresh && collected.some(({ state }) => state === 'waiting');
    const now = await this.#look();
    if (now?.here) return this.#askAgain();
    if (waiting) setTimeout(() => this.#run(() => this.#finishEarlier(seen, tries + 1)), 300 + 100 * tries ** 2);
    // While nothing changes, the panel is left to the reader.
    if (!tries || arrived.length || !waiting) this.#locked();
    if (arrived.length) {
      this.#tell(say.arrived(this.#money(arrived.reduce((sum, { amount }) => sum + amount, 0))));
      this.#channel?.postMessage('');
      announce(this, 'farthing:balance', { collected: arrived });
    } else if (!waiting) this.#tell(collected.some(({ state }) => state !== 'waiting') ? say.declined : '');
  }

  /** Buys, or finishes what was begun; what the button does. */
  async unlock(): Promise<void> {
    const seen = this.#price;
    if (this.#busy || !announce(this, 'farthing:beforespend', { price: seen })) return;
    await this.#run(async () => {
      this.#state('working');
      this.#tell(say.working);
      const result = await (await this.paywall()).unlock({ seen, waiting: () => this.#tell(say.unknown + say.trying) });
      if (result.kind === 'opened') return this.#open(result, true);
      this.#price = result.price;
      if (result.kind === 'insufficient_funds') return this.#short(result.balance, result.choices);
      this.#locked();
      this.#tell(result.kind === 'price_changed' ? say.changed(this.#money(result.price.amount)) : (await loadEngine()).explain(result.kind, 'reader'), true);
      announce(this, 'farthing:error', { code: result.kind, error: undefined });
    });
  }

  #short(held: number, choices: number[]): void {
    this.#state('locked');
    this.#tell('');
    // What lasts for more than this one article stands first.
    const [first, ...others] = choices.reverse();
    this.#show(
      say.short(this.#money(held), this.#money(first!, true)),
      [first!, ...others].map((amount) => [say.add(this.#money(amount, true)), () => this.#load(amount)]),
    );
  }

  #load(amount: number): Promise<void> {
    return this.#run(async () => {
      this.#tell(say.ordering);
      const result = await (await this.paywall()).load(amount, undefined, this.#price);
      if (result.kind !== 'checkout') return this.#tell((await loadEngine()).explain(result.kind, 'reader'), true);
      const { checkout, currency, disclosure: { total, value } } = result;
      const go = () => {
        if (announce(this, 'farthing:load', { amount, currency, checkout })) location.assign(checkout);
      };
      if (total === value) return go();
      // What is to be paid is more than what comes in: it is said before the reader leaves.
      this.#show(say.total(this.#money(total), this.#money(value)), [[say.add(this.#money(value, true)), go]]);
      this.#tell('');
    });
  }

  async #open(text: Opened, bought: boolean): Promise<void> {
    const { textNodes } = await loadEngine();
    const { price: { issuer, currency, amount }, at } = text.bought;
    const nodes = textNodes(text.html, document);
    const first = nodes.firstElementChild as HTMLElement | null;
    const hadFocus = this.shadowRoot!.activeElement;
    const left = bought && (await (await this.paywall()).balance()).find((one) => one.issuer === issuer && one.currency === currency);
    const date = new Intl.DateTimeFormat(this.#language, { dateStyle: 'long' }).format(at * 1000);
    this.#done = true;
    fade(this, false);
    // Taken out and put in again, the element is new to the layout: nothing that a reader sees moves.
    this.replaceWith(nodes, this);
    this.#lines.remove();
    this.#panel.className = 'open';
    this.#panel.removeAttribute('aria-label');
    this.#body.replaceChildren(node('p', { class: 'soft', part: 'receipt' },
      say.receipt(money(amount, currency, this.#language), date) + (left ? say.left(this.#money(left.amount)) : '') + (text.newer ? say.newer : '')));
    this.#tell('');
    this.#state('unlocked');
    if (hadFocus && first) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
    }
    if (bought) {
      this.#channel?.postMessage('');
      navigator.storage?.persist?.().catch(() => {});
    }
    announce(this, 'farthing:unlock', { offer: text.offer, grant: text.grant, bought, newer: text.newer });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'farthing-paywall': FarthingPaywallElement;
  }
}
