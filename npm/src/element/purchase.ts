/** From the press to the text: what the element does with the page's calls, and what it says meanwhile. */
import { asFailure, type Code, type Fault } from '../errors.js';
import { here } from '../here.js';
import { type Opened, openPage, type Page } from '../page.js';
import type { Glance } from '../peek.js';
import { announce } from './events.js';
import { explainWith } from './explain.js';
import { textNodes } from './insert.js';
import { node } from './panel.js';
import type { Visit } from './visit.js';

export type { Policy } from './insert.js';

/** Whether this device's clock is more than five minutes from that of the page's own server. */
const clockIsWrong = async (): Promise<boolean> => {
  const answer = await fetch(location.href, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
  return Math.abs(Date.parse(answer?.headers.get('date') ?? '') - Date.now()) > 300_000;
};

export class Purchase {
  readonly page: Page;

  constructor(private readonly visit: Visit) {
    this.page = openPage({ sealed: visit.sealed, core: visit.host.core ?? here }).calls;
  }

  prepare(): Promise<void> {
    return this.page.prepare();
  }

  /** Adds the issuer's terms, from its checked list, to the small print. */
  async terms(small: HTMLElement): Promise<void> {
    const { url, version, issuer } = await this.page.terms();
    const link = node('a', { href: url, target: '_blank', rel: 'noopener noreferrer', part: 'terms' }, this.visit.say('terms', { issuer: `${new URL(issuer).host}, ${version}` }));
    if (!small.querySelector('a')) small.append(' ', link, '.');
  }

  async limits(details: HTMLElement): Promise<void> {
    const { limitForm } = await import('./limits.js');
    const form = await limitForm(this.visit, this.page, details.firstElementChild!);
    if (!details.querySelector('select')) details.append(form);
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
    const { panel, say, price: seen } = visit;
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
    if (result.kind === 'insufficient_funds') return automatic ? visit.locked() : this.short(result.balance, result.choices);
    visit.locked();
    if (result.kind === 'not_confirmed') return;
    visit.wrong(result.kind, undefined, result.kind === 'price_changed' ? say('changed', { price: visit.money(result.price.amount) }) : await this.explain(result.kind, 'reader'));
  }

  /** What is out of its time, "of tomorrow" or long ended, may be the sign of a clock that is wrong. */
  private async explain(code: Code, fault: Fault): Promise<string> {
    const { say, language } = this.visit;
    return /expired|_invalid/.test(code) && (await clockIsWrong())
      ? say('clock', { now: new Date().toLocaleString(language, { dateStyle: 'long', timeStyle: 'short' }) })
      : explainWith(say, code, fault);
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
      ? (fault !== 'network' || code === 'answer_invalid' ? explainWith(say, code, fault, true) : visit.sentences(say('unknown'), say('askLater')))
      : !navigator.onLine && fault === 'network' ? say('offline')
      : await this.explain(code, fault);
    visit.wrong(code, thrown, told);
    if (code === 'wasm_blocked') panel.status.append(node('details', {}, node('summary', {}, say('forPublisher')), node('code', {}, detail)));
    console.info(`farthing: ${message}`);
  }

  /** A button that asks for no money: what was sent before is asked about, what is owned is opened. */
  private offer(word: 'again' | 'open'): void {
    const { visit } = this;
    visit.show('', '', [[visit.say(word), () => visit.run((purchase) => (word === 'open' ? purchase.read() : purchase.unlock()))]]);
  }

  async finishEarlier(seen: Glance, tries = 0): Promise<void> {
    const { visit, page } = this;
    const { panel, say } = visit;
    // Somebody who was at the checkout within the hour may just come back from it.
    const fresh = seen.ordered > Date.now() / 1000 - 3600 && tries < 12;
    if (!tries && navigator.onLine) panel.tell(seen.attempts ? say('finishing') : fresh ? say('waiting') : '');
    await page.recover();
    const bought = await page.read();
    if (bought?.kind === 'opened') return this.open(bought, true);
    const collected = await page.collect();
    const arrived = collected.filter(({ state }) => state === 'collected');
    const waiting = fresh && collected.some(({ state }) => state === 'waiting');
    const now = await visit.look();
    if (now?.here) {
      this.offer('again');
      return visit.wrong('issuer_unreachable', undefined, visit.sentences(say('unknown'), say('askLater')));
    }
    if (waiting) setTimeout(() => visit.run(() => this.finishEarlier(seen, tries + 1), true), 300 + 100 * tries ** 2);
    // While nothing changes, the panel is left to the reader.
    if (!tries || arrived.length || !waiting) visit.locked();
    if (arrived.length) {
      panel.tell(say('arrived', { amount: visit.money(arrived.reduce((sum, { amount }) => sum + amount, 0)) }));
      visit.tellOthers();
      announce(visit.host, 'farthing:balance', { collected: arrived, balance: await page.balance() });
    } else if (!waiting && collected.some(({ state }) => state !== 'waiting')) panel.tell(say('declined'));
  }

  private short(held: number, choices: number[]): void {
    const { visit } = this;
    const { say, panel } = visit;
    // What lasts for more than this one article stands first.
    const [first, ...others] = choices.reverse();
    const small = node('p', { class: 'soft', part: 'small' }, say('where'));
    visit.show(
      say('short', { held: visit.money(held), choice: visit.money(first!, true) }), '',
      [first!, ...others].map((amount) => [say('add', { amount: visit.money(amount, true) }), () => this.load(amount)]),
      small,
    );
    panel.state = 'insufficient';
    panel.tell('');
    this.terms(small).catch(() => {});
  }

  private load(amount: number): Promise<void> {
    const { visit, page } = this;
    const { say, panel } = visit;
    return visit.run(async () => {
      panel.tell(say('ordering'));
      const result = await page.load(amount, undefined, visit.price);
      if (result.kind !== 'checkout') return visit.wrong(result.kind, undefined, explainWith(say, result.kind, 'reader'));
      const { checkout, currency, disclosure: { total, value, tax, fees } } = result;
      const go = () => {
        if (!announce(visit.host, 'farthing:load', { amount, currency, checkout })) return;
        if (self === top) return location.assign(checkout);
        // No issuer is paid inside another page: the checkout has a tab of its own, and this one waits.
        open(checkout, '', 'noopener');
        setTimeout(() => visit.begin());
      };
      if (total === value) return go();
      // What is to be paid is more than what comes in: it is said, and agreed to, before the reader leaves.
      const sum = fees.reduce((all, fee) => all + fee.amount, 0);
      visit.show(
        say('total', { total: visit.money(total), value: visit.money(value), fees: visit.money(sum), tax: visit.money(tax) }), '',
        [[say('add', { amount: visit.money(value, true) }), go]],
      );
      panel.state = 'confirming';
      panel.tell('');
    });
  }

  private async open(text: Opened, now: boolean): Promise<void> {
    const { visit, page } = this;
    const { panel, host, say } = visit;
    const { price: { issuer, currency, amount }, at, automatic } = text.bought;
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
      now && automatic ? say('unasked', { price }) : say('receipt', { price, date }), left ? say('left', { amount: visit.money(left.amount) }) : '',
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
      panel.section.append(visit.limits());
    }
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
