import type { Page, PageOptions } from '../page.js';
import { shownClaims } from './claims.js';
import { announce } from './events.js';
import { Panel, type State } from './panel.js';
import type { Policy } from './purchase.js';
import { type Host, Visit } from './visit.js';
import { first, sayer, type Words } from './words.js';

export type { FarthingEventMap, FarthingEvents } from './events.js';
export type { State } from './panel.js';
export type { Policy } from './purchase.js';
export type { Forms, Words } from './words.js';

// Importable on a server, where there is no HTMLElement; nothing is defined there.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/**
 * `<farthing-paywall>`: stands where the sealed half of an article belongs, shows price and terms, and puts the verified text in
 * its place. Its light DOM is what readers without script see. Styled by `--farthing-*` properties, `::part` and `:state()`.
 */
export class FarthingPaywallElement extends Base implements Host {
  static readonly observedAttributes = ['lang', 'words'];

  /**
   * Replaces the way in which a verified text becomes nodes: a Trusted Types policy, or anything with its `createHTML`. What it returns
   * is parsed and cleaned as before; no script of a text ever runs. Left out, `Element.setHTML` or the policy `farthing#html`.
   */
  static policy: Policy | undefined;

  /** Where the core comes from, for all elements: needed where it does not lie beside the scripts. The attribute `wasm-url` goes before it. */
  static core: PageOptions['core'];

  #panel: Panel | undefined;
  #visit: Visit | undefined;
  #words: Partial<Words> | string | undefined;
  #left = false;

  /** Defines the element; a second definition is ignored, as when two copies of this package meet. */
  static define(name = 'farthing-paywall', registry = globalThis.customElements): void {
    if (registry && !registry.get(name)) registry.define(name, this);
  }

  /** What is shown now; also `:state(locked)` in a style sheet, or `[state=locked]` in a browser without custom states. */
  get state(): State {
    return this.#panel?.state ?? 'loading';
  }

  /** Own words, or the address of a JSON file with them; the attribute `words` takes an address. What is missing is said in English. */
  get words(): Partial<Words> | string | undefined {
    return this.#words;
  }

  set words(words: Partial<Words> | string | undefined) {
    this.#words = words;
    this.#speakAgain();
  }

  get policy(): Policy | undefined {
    return (this.constructor as typeof FarthingPaywallElement).policy;
  }

  get core(): PageOptions['core'] {
    return this.getAttribute('wasm-url') ?? (this.constructor as typeof FarthingPaywallElement).core;
  }

  attributeChangedCallback(): void {
    this.#speakAgain();
  }

  connectedCallback(): void {
    if (this.#panel) {
      // Moved, or put back by a framework.
      if (this.#left) this.#visit?.arrive();
      this.#left = false;
      return;
    }
    const script = this.querySelector('script[type="application/farthing+json"]');
    const given = this.getAttribute('sealed');
    if (!given && !script && document.readyState === 'loading') {
      document.addEventListener('DOMContentLoaded', () => this.connectedCallback(), { once: true });
      return;
    }
    const panel = (this.#panel = new Panel(this));
    panel.state = 'loading';
    const sealed = given ?? script?.textContent ?? '';
    const shown = shownClaims(sealed);
    if (!shown) {
      panel.state = 'error';
      panel.tell(sayer('en', [first])('unreadable'), true);
      announce(this, 'farthing:error', { code: 'malformed', error: undefined });
      return;
    }
    panel.reserve(shown.length, innerHeight);
    this.#visit = new Visit(this, panel, sealed, shown);
    this.#visit.arrive();
  }

  disconnectedCallback(): void {
    queueMicrotask(() => {
      if (this.isConnected || !this.#visit) return;
      this.#left = true;
      this.#visit.leave();
    });
  }

  /** The page's calls without looks, loaded at first use. */
  async paywall(): Promise<Page> {
    const { page } = await this.#present().engine();
    return page;
  }

  /** Buys, or finishes what was begun; what the button does. Fires the same events. */
  unlock(): Promise<void> {
    return this.#present().unlock();
  }

  #present(): Visit {
    if (!this.#visit) throw new TypeError('<farthing-paywall> is not in the page yet, or its offer cannot be read');
    return this.#visit;
  }

  #speakAgain(): void {
    const visit = this.#visit;
    visit?.speak().then(() => {
      if (!visit.busy && !visit.done) return visit.begin();
      return undefined;
    });
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'farthing-paywall': FarthingPaywallElement;
  }
}
