/** What the pocket holds, for its reader: `<farthing-pocket>`, and the same inside of the panel. Loaded when it is opened. */
import { exportPocket, importPocket } from '../copy.js';
import { asFailure } from '../errors.js';
import { here } from '../here.js';
import { mayOpen } from '../link/window.js';
import { type CoreFinder, type CoreSource, laterPart } from '../load.js';
import { money } from '../money.js';
import { openPage } from '../page.js';
import { type Balance, balance } from '../pocket.js';
import { checkReceipt, eraseHistory, exportReceipts, receipts, trust } from '../receipts.js';
import type { KeptGrant } from '../store.js';
import type { Wallet } from '../wallet.js';
import { node } from './panel.js';
import { type PocketSay, pocketWords } from './pocket_words.js';
import type { Purchase } from './purchase.js';
import { css } from './style.js';

const own = `
.pocket{display:grid;gap:8px;justify-items:start}
.pocket ul{margin:0;padding:0;list-style:none}
.pocket details,.pocket .soft{font-size:inherit}
.pocket ul{justify-self:stretch}
.pocket li{padding-block:2px;overflow-wrap:anywhere}
.pocket li input{display:block;inline-size:100%;margin-block:4px}
.pocket input{font:inherit;box-sizing:border-box;max-inline-size:100%;min-block-size:36px;padding:4px 8px;border-radius:var(--_r);border:1px solid var(--_l);background:Field;color:FieldText}
.pocket button{font-size:inherit;font-weight:500;padding:6px 14px;background:none;color:inherit;border-color:var(--_l)}
.pocket .acts{margin-block:8px}
.pocket p:empty{display:none}`;

let sheets: CSSStyleSheet[] | undefined;
const sheetsOf = (): CSSStyleSheet[] =>
  (sheets ??= [css, own].map((text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return sheet;
  }));

const save = (name: string, text: string): void => {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  node('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
};

/** Which part of the view stays open while it is drawn anew. */
type Fold = 'bought' | 'proofs' | 'copy';

export class Holdings {
  readonly body = node('div', { class: 'pocket', part: 'pocket' });
  private readonly view = node('div', {});
  /** One and the same node, so that what it says is read out. */
  private readonly told = node('p', { role: 'status', part: 'status' });
  private readonly broken = new Map<string, string>();
  private readonly unfolded = new Set<Fold>();
  /** Loaded before a press, because a window opens in the press or never. */
  private leaving: typeof import('./leaving.js') | null = null;
  private sure = false;
  private busy = false;

  constructor(private readonly wallet: () => Promise<Wallet>, private readonly say: PocketSay, private readonly language: string, private readonly purse: boolean) {
    this.body.lang = language;
    this.body.append(this.view, this.told);
  }

  private date(at: number): string {
    return new Intl.DateTimeFormat(this.language, { dateStyle: 'long' }).format(at * 1000);
  }

  private sums(of: { currency: string; amount: number }[]): string {
    const sums = new Map<string, number>();
    for (const { currency, amount } of of) sums.set(currency, (sums.get(currency) ?? 0) + amount);
    return new Intl.ListFormat(this.language).format([...sums].map(([currency, amount]) => money(amount, currency, this.language)));
  }

  /** One thing at a time; what goes wrong is said. */
  private act(text: string, work: () => Promise<string | undefined>): HTMLButtonElement {
    const button = node('button', { type: 'button', part: 'button' }, text);
    button.onclick = async () => {
      if (this.busy) return;
      this.busy = true;
      this.view.querySelectorAll('button').forEach((one) => one.setAttribute('aria-disabled', 'true'));
      const said = await work().catch((thrown: unknown) => this.say('failed', { code: asFailure(thrown).code ?? 'internal' }));
      this.busy = false;
      await this.show().catch(() => {});
      this.told.textContent = said ?? '';
    };
    return button;
  }

  private fold(name: Fold, summary: string, ...content: (Node | string)[]): HTMLDetailsElement {
    const details = node('details', { part: name }, node('summary', {}, summary), ...content);
    details.open = this.unfolded.has(name);
    details.addEventListener('toggle', () => (details.open ? this.unfolded.add(name) : this.unfolded.delete(name)));
    return details;
  }

  /** Looks at the store and says what is there. Nothing is asked of anybody. */
  async show(): Promise<void> {
    const { say } = this;
    const wallet = await this.wallet();
    const [held, bought, trusted, windows, purse] = await Promise.all([balance(wallet), receipts(wallet), trust(wallet), this.purse && mayOpen(), this.purse ? laterPart(import('./leaving.js')).catch(() => null) : null]);
    this.leaving = purse;
    const focused = this.view.querySelector<HTMLElement>(':focus')?.textContent;
    const host = (origin: string) => (URL.canParse(origin) ? new URL(origin).host : origin);
    const warnings = trusted.filter(({ fork }) => fork).map(({ issuer, fork }) => node('p', { class: 'wrong', role: 'alert', part: 'warning' }, say('fork', { issuer: host(issuer), date: this.date(fork!) })));
    this.view.replaceChildren(
      ...warnings,
      ...(held.length ? held.map(({ issuer, currency, amount }) => node('p', {}, say('have', { amount: money(amount, currency, this.language), issuer: host(issuer) }))) : [node('p', {}, say('none'))]),
      ...(held.length && this.purse ? [node('div', { class: 'acts', part: 'acts' }, ...held.map((one) => this.back(wallet, one, windows)))] : []),
      bought.length ? this.bought(wallet, bought) : node('p', { class: 'soft' }, say('nothing')),
      this.fold('proofs', say('proofs'), ...trusted.flatMap(({ issuer, n, at, checked, bad }) => [
        ...(checked ? [node('p', {}, say('coins', { n: checked }))] : []),
        ...(bad ? [node('p', { class: 'wrong' }, say('coinsBad', { n: bad }))] : []),
        node('p', {}, say('list', { n: String(n), issuer: host(issuer), date: at ? this.date(at) : '–' })),
      ])),
      this.copy(wallet),
    );
    if (focused) [...this.view.querySelectorAll<HTMLElement>('button,summary')].find(({ textContent }) => textContent === focused)?.focus({ preventScroll: true });
  }

  /** All coins of one issuer and currency, to the reader's purse. */
  private back(wallet: Wallet, { issuer, currency, amount }: Balance, windows: boolean): HTMLButtonElement {
    const text = (micro: number) => money(micro, currency, this.language);
    return this.act(this.say('back', { amount: text(amount) }), async () => this.leaving?.returnAll(wallet, this.say, issuer, currency, windows, text));
  }

  private bought(wallet: Wallet, bought: KeptGrant[]): HTMLElement {
    const { say } = this;
    const line = (one: KeptGrant) => {
      const mark = this.broken.get(one.binding);
      const { price: { currency, amount }, path, at, starter } = one;
      return node('li', {}, node('a', { href: path }, titleOf(wallet, one)), ` · ${starter ? say('free') : money(amount, currency, this.language)} · ${this.date(at)}${mark === undefined ? '' : ' · '}`, ...(mark === undefined ? [] : [node('strong', {}, mark)]));
    };
    return this.fold(
      'bought', say('bought', { n: bought.length }), node('ul', {}, ...bought.map(line)),
      node('div', { class: 'acts', part: 'acts' },
        this.act(say('check'), async () => {
          let bad = 0;
          for (const one of bought) {
            const code = await checkReceipt(wallet, one);
            if (code) bad++;
            this.broken.set(one.binding, code ? say('broken', { code }) : say('holds'));
          }
          return bad ? say('receiptsBroken', { n: bad }) : say('receiptsHold', { n: bought.length });
        }),
        this.act(say('saveReceipts'), async () => {
          save('farthing-receipts.json', await exportReceipts(wallet));
          return undefined;
        }),
        this.act(say(this.sure ? 'eraseSure' : 'erase'), async () => {
          if (!this.sure) {
            this.sure = true;
            return say('eraseSure');
          }
          this.sure = false;
          await eraseHistory(wallet);
          tellOthers();
          return say('erased');
        }),
      ),
    );
  }

  private copy(wallet: Wallet): HTMLElement {
    const { say } = this;
    const passphrase = node('input', { type: 'password', autocomplete: 'off', minlength: '10' });
    const file = node('input', { type: 'file', accept: '.json,application/json', 'aria-label': say('copy') });
    return this.fold(
      'copy', say('copy'), node('p', {}, say('copyNote')), node('label', {}, say('passphrase'), ' ', passphrase),
      node('div', { class: 'acts', part: 'acts' }, this.act(say('saveCopy'), async () => {
        if ([...passphrase.value].length < 10) return say('tooShort');
        save('farthing-pocket.json', await exportPocket(wallet, passphrase.value, location.origin));
        return say('saved');
      })),
      file,
      node('div', { class: 'acts', part: 'acts' }, this.act(say('takeIn'), async () => {
        const chosen = file.files?.[0];
        if (!chosen) return undefined;
        const result = await importPocket(wallet, chosen.size > 64 << 20 ? '' : await chosen.text(), passphrase.value, location.origin);
        if (result.kind !== 'taken') return say(result.kind === 'passphrase' ? 'wrongPassphrase' : result.kind === 'damaged' ? 'damaged' : 'otherSite');
        tellOthers();
        const { tokens, grants, left } = result;
        const came = tokens.length + grants ? say('taken', { amount: this.sums(tokens) || '0', n: grants }) : say('known');
        return left ? `${came} ${say('leftThere')}` : came;
      })),
    );
  }
}

/** From the publisher's signed offer. */
const titleOf = ({ core }: Wallet, { offer, publisherDocument, origin, path, resource }: KeptGrant): string => {
  try {
    return core.Offer.open(offer, publisherDocument, origin, path).view().title || resource;
  } catch {
    return resource;
  }
};

const tellOthers = (): void => {
  const channel = new BroadcastChannel('farthing');
  channel.postMessage('');
  channel.close();
};

/** Inside of the panel. */
export const holdings = async (purchase: Purchase): Promise<HTMLElement> => {
  const { about, visit } = purchase;
  const made = new Holdings(about.open, await pocketWords(visit.language), visit.language, visit.host.hasAttribute('purse'));
  visit.panel.root.adoptedStyleSheets = [...visit.panel.root.adoptedStyleSheets.filter((sheet) => sheet !== sheetsOf()[1]), sheetsOf()[1]!];
  await made.show();
  await laterPart(import('./gifts.js')).then(async ({ giftFold }) => made.body.append(await giftFold(purchase))).catch((thrown: unknown) => console.info(`farthing: ${thrown}`));
  return made.body;
};

// Importable on a server, where there is no HTMLElement.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

/** `<farthing-pocket>`: balance, receipts, proofs and copies of this site's pocket, on a page of the publisher's. */
export class FarthingPocketElement extends Base {
  /** Where the core comes from: needed where it does not lie beside the scripts. The attribute `wasm-url` goes before it. */
  static core: CoreSource | CoreFinder | undefined;
  #shown = false;

  /** Defines the element; a second definition is ignored. */
  static define(name = 'farthing-pocket', registry = globalThis.customElements): void {
    if (registry && !registry.get(name)) registry.define(name, this);
  }

  async connectedCallback(): Promise<void> {
    if (this.#shown) return;
    this.#shown = true;
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = sheetsOf();
    const language = this.closest<HTMLElement>('[lang]')?.lang || 'en';
    const say = await pocketWords(language);
    const core = this.getAttribute('wasm-url') ?? (this.constructor as typeof FarthingPocketElement).core ?? here;
    const made = new Holdings(openPage({ sealed: '', core }).open, say, say.language, this.hasAttribute('purse'));
    const section = node('section', { part: 'panel', 'aria-label': say('pocket') }, made.body);
    root.append(section);
    if (this.hasAttribute('purse')) await laterPart(import('./leaving.js')).then(async ({ goOn }) => goOn(await openPage({ sealed: '', core }).open())).catch(() => {});
    await made.show().catch((thrown: unknown) => {
      console.info(`farthing: ${thrown}`);
      const { code } = asFailure(thrown);
      made.body.append(node('p', { class: 'wrong', role: 'alert' }, code === 'storage_unavailable' ? say('noStorage') : say('failed', { code })));
    });
  }
}
