/** One element's visit to its page: what is seen, shown and said before the reader presses. What follows is in purchase.ts, loaded then. */
import type { Code } from '../errors.js';
import { money } from '../money.js';
import type { PageOptions } from '../page.js';
import { type Glance, glance } from '../peek.js';
import type { Shown } from './claims.js';
import { announce } from './events.js';
import { spoken } from './languages.js';
import { type Act, fold, node, type Panel } from './panel.js';
import type { Policy, Purchase } from './purchase.js';
import type { Starter } from './starter.js';
import { first, type Say, sayer, type Words } from './words.js';

/** The element, as far as a visit needs to know it. */
export interface Host extends HTMLElement {
  words: unknown;
  readonly policy: Policy | undefined;
  readonly core: PageOptions['core'];
}

export class Visit {
  price!: Shown['prices'][number];
  seen: Glance | null = null;
  /** Free reads of the publisher, where the page says that there are some. */
  starter: Starter | undefined;
  /** The fragment of a gift's link that this page was opened with. */
  gift = '';
  busy = false;
  done = false;
  language = 'en';
  say: Say = sayer('en', [first]);
  private own: Partial<Words>[] = [];
  private later: Partial<Words>[] = [];
  private complete = false;
  private watching = false;
  private looking: Promise<void> | undefined;
  private purchase: Purchase | undefined;
  private channel: BroadcastChannel | undefined;
  leaving: AbortController | undefined;

  constructor(readonly host: Host, readonly panel: Panel, readonly sealed: string, readonly shown: Shown) {
    this.price = shown.prices[0]!;
  }

  /** Listens to other tabs, to the way back from the checkout, and to the network. */
  async arrive(): Promise<void> {
    // Whoever has it can take the gift: it stays neither in the address nor in the history.
    [, this.gift = ''] = /^#(farthing-gift=[\w-]+)$/.exec(location.hash) ?? [];
    if (this.gift) history.replaceState(history.state, '', location.pathname + location.search);
    const { signal } = (this.leaving = new AbortController());
    const again = () => this.busy || this.done || this.begin();
    addEventListener('pageshow', ({ persisted }) => {
      // Back from the checkout: the page was frozen in the middle of going there.
      if (persisted) {
        this.busy = false;
        again();
      }
    }, { signal });
    addEventListener('online', again, { signal });
    addEventListener('offline', again, { signal });
    this.channel = new BroadcastChannel('farthing');
    this.channel.onmessage = again;
    await this.speak();
    await this.begin();
  }

  leave(): void {
    this.leaving?.abort();
    this.channel?.close();
  }

  /** Chooses the words; called again when the page changes its language. */
  async speak(): Promise<void> {
    const { host } = this;
    const { language, dictionaries, complete } = await spoken(host.closest<HTMLElement>('[lang]')?.lang ?? '', host.words ?? host.getAttribute('words'));
    this.language = language;
    this.own = dictionaries;
    this.complete = complete;
    this.later = [];
    if (this.purchase) await this.speakOn();
    this.say = sayer(language, [...dictionaries, first, ...this.later]);
    this.panel.section.lang = language;
  }

  /** The English words for what comes after the press; a language of the package has them already. */
  private async speakOn(): Promise<void> {
    if (this.later.length || this.complete) return;
    this.learn((await import('./words/en.js')).default);
  }

  /** More words, said where there are no others. */
  learn(words: Partial<Words>): void {
    this.later = [...this.later, words];
    this.say = sayer(this.language, [...this.own, first, ...this.later]);
  }

  tellOthers(): void {
    this.channel?.postMessage('');
  }

  money(amount: number, short = false): string {
    return money(amount, this.price.currency, this.language, short);
  }

  /** Sentences one after another, as the language sets them. */
  sentences(...parts: string[]): string {
    return parts.filter(Boolean).join(/^(ja|zh)/.test(this.language) ? '' : ' ');
  }

  async look(fresh = true): Promise<Glance | null> {
    return (this.seen = await glance(this.shown.publisher, this.shown.resource, fresh));
  }

  /** What buys and opens, loaded at first use. */
  async engine(): Promise<Purchase> {
    const [{ Purchase }] = await Promise.all([import('./engine.js'), this.speakOn()]);
    return (this.purchase ??= new Purchase(this));
  }

  async begin(): Promise<void> {
    const seen = await this.look(false);
    const { prices, length } = this.shown;
    if (this.busy || this.done || (this.watching && !seen?.owned)) return;
    const affordable = prices.find(({ issuer, currency, amount }) => (seen?.balance(issuer, currency) ?? 0) >= amount);
    this.price = affordable ?? prices[0]!;
    if (seen?.owned) {
      this.panel.reserve(length, Infinity);
      return this.run((purchase) => purchase.read());
    }
    if ((seen?.kept(`claimed ${this.shown.publisher}${this.shown.resource}`) as { grant?: string } | undefined)?.grant) return this.run(async (purchase) => (await import('./gifts.js')).showClaimed(purchase));
    if (this.host.hasAttribute('starter')) {
      this.starter = await import('./starter.js').then(({ starter }) => starter(this, seen)).catch(() => undefined);
      if (this.busy || this.done) return;
    }
    const limit = affordable && seen?.limit(affordable.currency);
    if (seen && limit && affordable.amount <= limit.each && !seen.attempts && navigator.onLine) {
      // No panel. Paid is what a person has before the eyes, not what a browser fetched ahead.
      this.panel.reserve(length, innerHeight);
      this.engine().then((purchase) => purchase.prepare()).catch(() => {});
      this.watching = true;
      await onScreen(this.host, this.leaving!.signal);
      this.watching = false;
      return this.run((purchase) => purchase.unlock(true));
    }
    this.locked();
    if (this.gift) return this.run(async (purchase) => (await import('./gifts.js')).offerGift(purchase, this.gift));
    if (seen && seen.attempts + seen.orders + seen.fills) {
      // Asked for beside the scripts that buy, not after them.
      const part = import('./unfinished.js');
      part.catch(() => {});
      await this.run((purchase) => purchase.finishEarlier(part, seen));
    }
    if (seen?.old) this.engine().then((purchase) => purchase.renew()).catch(() => {});
  }

  get size(): string {
    const { words } = this.shown;
    const { say } = this;
    return words ? say('size', { words: say('words', { n: words }), minutes: say('minutes', { n: Math.ceil(words / 230) }) }) : say('rest');
  }

  /** Price and terms, and the button. */
  locked(): void {
    const { say, panel, price: { amount, issuer, currency }, shown: { refund, access, publisher, length }, seen, starter } = this;
    const price = this.money(amount);
    const held = seen?.balance(issuer, currency) ?? 0;
    const host = (origin: string) => URL.canParse(origin) ? new URL(origin).host : origin;
    const small = node('p', {}, this.sentences(
      access ? say('days', { n: Math.ceil(access / 86_400) }) : say('ever'), refund ? say('hours', { n: Math.floor(refund / 3600) }) : say('noUndo'),
      say('paidTo', { publisher: host(publisher), issuer: host(issuer) }),
    ));
    const details = fold('small', say('small'), small);
    // The issuer's own terms are known once its list is checked.
    details.addEventListener('toggle', () => this.engine().then((purchase) => purchase.terms(small)).catch(() => {}));
    this.show(
      say('price', { price }), seen?.used ? '' : say('account'),
      [...(starter?.acts ?? []), ...(starter?.held ? [] : [[say('pay', { price }), () => this.unlock(), say('tax')] as Act])],
      node('p', { class: 'soft', part: 'remains' }, held < amount ? '' : say('remains', { held: this.money(held), left: this.money(held - amount) })),
      details, ...(seen?.used ? [this.limits(), this.holdings()] : []),
    );
    panel.reserve(length, innerHeight, '');
    panel.fade(true);
    panel.state = navigator.onLine ? 'locked' : 'offline';
    panel.tell(navigator.onLine ? '' : say('offline'));
    announce(this.host, 'farthing:show', { price: this.price });
  }

  /** The reader's own limit, in one line that opens in place. */
  limits(): HTMLElement {
    const { say } = this;
    const limit = this.seen?.limit(this.price.currency);
    const details = fold('limit', limit ? say('upTo', { each: this.money(limit.each), day: this.money(limit.day) }) : say('askEach'));
    details.addEventListener('toggle', () => this.engine().then((purchase) => purchase.limits(details)).catch(() => {}));
    return details;
  }

  /** What this site's pocket holds, opened in place. */
  holdings(): HTMLElement {
    const details = fold('holdings', this.say('pocket'));
    details.addEventListener('toggle', () => details.open && this.engine().then((purchase) => purchase.holdings(details)).catch(() => {}));
    return details;
  }

  show(lead: string, note: string, acts: Act[], ...more: Node[]): void {
    // The reader is about to press: fetch what the press will need. A failure is met again then.
    const prepare = () => this.engine().then((purchase) => purchase.prepare()).catch(() => {});
    this.panel.show(this.size, lead, note, acts, () => this.busy || prepare(), ...more);
  }

  /**
   * One thing at a time; whatever goes wrong is said in the panel. `quiet`: a look that nobody asked for; a press waits for it and is
   * not lost, unless the panel has become another meanwhile.
   */
  async run(work: (purchase: Purchase) => Promise<unknown>, quiet = false): Promise<void> {
    const pressed = this.panel.body.firstChild;
    if (!quiet && this.looking) await this.looking;
    if (this.busy || this.done || (!quiet && pressed !== this.panel.body.firstChild)) return;
    this.busy = true;
    if (!quiet) this.panel.wait(true);
    const doing = this.engine().then(
      (purchase) => work(purchase).catch((thrown: unknown) => purchase.fail(thrown)),
      (thrown: unknown) => this.missing(thrown),
    );
    const ended = doing.catch((thrown: unknown) => this.missing(thrown)).then(() => {
      this.busy = false;
      this.looking = undefined;
      this.panel.wait(false);
    });
    if (quiet) this.looking = ended;
    await ended;
  }

  /** Buys, or finishes what was begun; what the button does. */
  async unlock(): Promise<void> {
    if ((this.busy && !this.looking) || this.done || !announce(this.host, 'farthing:beforespend', { price: this.price })) return;
    await this.run((purchase) => purchase.unlock());
  }

  /** The scripts that buy did not come; nothing can have been sent. */
  private missing(thrown: unknown): void {
    if (this.panel.state === 'loading') this.locked();
    console.info(`farthing: ${thrown}`);
    this.wrong('wasm_unavailable', thrown, this.say(navigator.onLine ? 'missing' : 'offline'));
  }

  wrong(code: Code, error: unknown, text: string): void {
    this.panel.state = navigator.onLine ? 'error' : 'offline';
    if (announce(this.host, 'farthing:error', { code, error })) this.panel.tell(text, true);
  }
}

/** Kept when a person can see the element. */
const onScreen = (host: Element, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (document.visibilityState !== 'visible' || !entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(host);
    document.addEventListener('visibilitychange', () => {
      observer.unobserve(host);
      observer.observe(host);
    }, { signal });
    signal.addEventListener('abort', () => observer.disconnect());
  });
