/** From the press to the text: what the element does with the page's calls, and what it says meanwhile. */
import { asFailure, type Code, type Fault } from '../errors.js';
import { here } from '../here.js';
import { laterPart } from '../load.js';
import { type Opened, openPage, type Page } from '../page.js';
import type { Glance } from '../peek.js';
import { announce } from './events.js';
import { explainWith } from './explain.js';
import { textNodes } from './insert.js';
import { node } from './panel.js';
import type { Visit } from './visit.js';

export type { Policy } from './insert.js';

export class Purchase {
  readonly about: ReturnType<typeof openPage>;
  readonly page: Page;

  constructor(readonly visit: Visit) {
    this.about = openPage({ sealed: visit.sealed, core: visit.host.core ?? here });
    this.page = this.about.calls;
  }

  prepare(): Promise<void> {
    const { price, seen } = this.visit;
    // Who has too little will be asked to load.
    if ((seen?.balance(price.issuer, price.currency) ?? 0) < price.amount) import('./shortfall.js').catch(() => {});
    return this.page.prepare();
  }

  /** Adds the issuer's terms, from its checked list, to the small print. */
  async terms(small: HTMLElement): Promise<void> {
    const { url, version, issuer } = await this.page.terms();
    const link = node('a', { href: url, target: '_blank', rel: 'noopener noreferrer', part: 'terms' }, this.visit.say('terms', { issuer: `${new URL(issuer).host}, ${version}` }));
    if (!small.querySelector('a')) small.append(' ', link, '.');
  }

  async limits(details: HTMLElement): Promise<void> {
    const { limitForm } = await laterPart(import('./limits.js'));
    const form = await limitForm(this.visit, this.page, details.firstElementChild!);
    if (!details.querySelector('select')) details.append(form);
  }

  async holdings(details: HTMLElement): Promise<void> {
    const { holdings } = await laterPart(import('./holdings.js'));
    const shown = await holdings(this);
    details.querySelector('.pocket')?.remove();
    details.append(shown);
  }

  /** Coins that lie here for long; nobody waits for it. */
  async renew(): Promise<void> {
    const { renewal } = await laterPart(import('./leaving.js'));
    await renewal(await this.about.open(), this.visit.price.issuer);
  }

  /** An owned text. */
  async read(): Promise<void> {
    const { visit } = this;
    const text = await this.page.read();
    if (text?.kind === 'opened') return this.open(text, false);
    visit.locked();
    visit.panel.tell(explainWith(visit.say, 'grant_expired', 'reader'));
  }

  /** `automatic`: nobody pressed; the price is below the reader's own limit. */
  async unlock(automatic = false): Promise<void> {
    const { visit, page } = this;
    const { panel, say, price: seen, starter } = visit;
    if (starter?.held) return starter.read(this);
    panel.state = 'confirming';
    panel.tell(automatic ? '' : say('checking'));
    const result = await page.unlock({
      seen, automatic,
      confirm: (price, offer) => {
        if (!announce(visit.host, 'farthing:quote', { price, offer, automatic })) return false;
        panel.state = 'paying';
        if (!automatic) panel.tell(say('paying', { price: visit.money(price.amount) }));
        return true;
      },
      waiting: () => panel.tell(visit.sentences(say('unknown'), say('trying'))),
    });
    if (result.kind === 'opened') return this.open(result, true);
    visit.price = result.price;
    await visit.look();
    if (result.kind === 'insufficient_funds') return automatic ? visit.locked() : (await laterPart(import('./shortfall.js'))).short(this, result.balance, result.choices);
    visit.locked();
    if (result.kind === 'not_confirmed') return;
    visit.wrong(result.kind, undefined, result.kind === 'price_changed' ? say('changed', { price: visit.money(result.price.amount) }) : await this.explain(result.kind, 'reader'));
  }

  /** Why nothing was sent or charged. Where not even the words for it come, that is what is said. */
  async explain(code: Code, fault: Fault, sent?: boolean): Promise<string> {
    const { visit } = this;
    try {
      return await (await import('./refused.js')).refused(visit, code, fault, sent);
    } catch {
      return visit.say(navigator.onLine ? 'missing' : 'offline');
    }
  }

  /** Says what went wrong. What was sent and has no answer is never called a failure. */
  async fail(thrown: unknown): Promise<void> {
    const { visit } = this;
    const { panel, say } = visit;
    const { code, fault, detail, message } = asFailure(thrown);
    const seen = await visit.look();
    // An attempt of this page that is still open was sent: the outcome is unknown, and all that is offered is to ask again.
    const unknown = seen?.here;
    if (unknown) this.offer('again');
    // What is owned is not offered for sale once more.
    else if (seen?.owned) this.offer('open');
    else if (!panel.body.querySelector('button')) visit.locked();
    const told = unknown
      ? code === 'storage_unavailable' ? await this.explain(code, fault, true) : (/^[nb]/.test(fault) && code !== 'answer_invalid' ? visit.sentences(say('unknown'), say('askLater')) : explainWith(say, code, fault, true))
      : !navigator.onLine && fault === 'network' ? say('offline')
      : await this.explain(code, fault);
    visit.wrong(code, thrown, told);
    if (code === 'wasm_blocked') panel.status.append(node('details', {}, node('summary', {}, visit.say('forPublisher')), node('code', {}, detail)));
    console.info(`farthing: ${message}`);
  }

  /** A button that asks for no money: what was sent before is asked about, what is owned is opened. */
  offer(word: 'again' | 'open'): void {
    const { visit } = this;
    visit.show('', '', [[visit.say(word), () => visit.run((purchase) => (word === 'open' ? purchase.read() : purchase.unlock()))]]);
  }

  async finishEarlier(part: Promise<typeof import('./unfinished.js')>, seen: Glance): Promise<void> {
    await (await laterPart(part)).finishEarlier(this, seen);
  }

  async open(text: Opened, now: boolean): Promise<void> {
    const { visit, page } = this;
    const { panel, host, say } = visit;
    const { price: { issuer, currency, amount }, at, automatic, starter } = text.bought;
    const hadFocus = panel.root.activeElement;
    const held = now ? await page.balance() : [];
    const left = held.find((one) => one.issuer === issuer && one.currency === currency);
    visit.price = text.bought.price;
    visit.done = true;
    panel.fade(false);
    panel.state = 'unlocked';
    const mine = announce(host, 'farthing:unlock', { html: text.html, offer: text.offer, grant: text.grant, bought: now, automatic: !!automatic, newer: text.newer });
    const nodes = mine ? textNodes(text.html, document, host.policy) : document.createDocumentFragment();
    const first = nodes.firstElementChild as HTMLElement | null;
    const texts = [...nodes.childNodes];
    // Taken out and put in again, the element is new to the layout: nothing that a reader sees moves.
    host.replaceWith(nodes, host);
    // Pictures of the text are held for as long as it stands in the page.
    visit.leaving?.signal.addEventListener('abort', () => first?.isConnected || text.release());
    panel.lines.remove();
    panel.section.className = 'open';
    panel.section.removeAttribute('aria-label');
    const price = visit.money(amount);
    const date = new Intl.DateTimeFormat(visit.language, { dateStyle: 'long' }).format(at * 1000);
    const receipt = visit.sentences(
      ...(starter ? [] : [now && automatic ? say('unasked', { price }) : say('receipt', { price, date }), left ? say('left', { amount: visit.money(left.amount) }) : '']),
      text.newer ? say('newer') : '',
    );
    // A new receipt is news, and read out; an old one only stands there.
    panel.body.replaceChildren(...(now ? [] : [node('p', { class: 'soft', part: 'receipt' }, receipt)]));
    panel.tell(now ? receipt : '');
    if (now) {
      panel.status.part.add('receipt');
      panel.status.classList.add('soft');
    }
    if (now || automatic) {
      await visit.look();
      panel.section.append(visit.limits(), visit.holdings());
    }
    if (text.grant.refund_until) import('./undo.js').then(({ offerUndo }) => offerUndo(this, text, texts)).catch(() => {});
    if (hadFocus && first) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
    }
    if (now) {
      visit.tellOthers();
      navigator.storage?.persist?.().catch(() => {});
      announce(host, 'farthing:balance', { collected: [], balance: held });
    }
  }
}
