/** The button under an open text by which it is given back. Loaded where the offer grants an undo and its time is not over. */
import { asFailure } from '../errors.js';
import type { Opened } from '../page.js';
import { loadPurse } from '../purse/load.js';
import type { Holder } from '../purse/wallet.js';
import { finishUndos, givesBack, isUndoing, mayUndo, openUndos, undo } from '../undo.js';
import type { Wallet } from '../wallet.js';
import { announce } from './events.js';
import { node } from './panel.js';
import type { Purchase } from './purchase.js';
import en from './undo/en.js';
import type { UndoWords } from './undo/en.js';
import { type Say, sayer, type Values, type Words } from './words.js';

type UndoSay = (word: keyof typeof en, values?: Values) => string;

const files: Record<string, () => Promise<{ default: UndoWords }>> = {
  de: () => import('./undo/de.js'),
  es: () => import('./undo/es.js'),
  fr: () => import('./undo/fr.js'),
  ja: () => import('./undo/ja.js'),
  ko: () => import('./undo/ko.js'),
};

const undoWords = async (tag: string): Promise<UndoSay> => {
  const code = tag.split('-')[0]!.toLowerCase();
  const words = Object.hasOwn(files, code) ? (await files[code]!()).default : en;
  const say: Say = sayer(words === en ? 'en' : tag, [words as unknown as Partial<Words>]);
  return say as unknown as UndoSay;
};

let sheet: CSSStyleSheet | undefined;
/** A word in the small print, and no second price button. */
const quiet = (): CSSStyleSheet => {
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync('.undo{margin-block:4px 0}.undo button{min-block-size:0;padding:10px 0;border:0;background:none;color:inherit;font-weight:600;text-decoration:underline;text-underline-offset:.2em}');
  return sheet;
};

const holderOf = async (wallet: Wallet, issuer: string): Promise<Holder> => ({ ...wallet, core: await loadPurse(), issuer });

/** What an earlier visit asked to be given back. */
export const finishEarlierUndos = async (wallet: Wallet): Promise<void> => {
  for (const issuer of await openUndos(wallet)) await finishUndos(await holderOf(wallet, issuer));
};

/** Adds the button, if there is something to give it back with. `texts`: what stands in the page because it was bought. */
export const offerUndo = async (purchase: Purchase, { bought, grant, offer }: Opened, texts: ChildNode[]): Promise<void> => {
  const { about, visit } = purchase;
  const { panel } = visit;
  const { issuer } = bought;
  const until = grant.refund_until;
  const wallet = await about.open();
  const begun = await isUndoing(wallet, bought);
  if (!begun && !((await mayUndo(wallet, bought, until)) && navigator.onLine && (await givesBack(wallet, issuer)))) return;
  const say = await undoWords(visit.language);
  const price = visit.money(bought.price.amount);
  const time = new Intl.DateTimeFormat(visit.language, { dateStyle: 'medium', timeStyle: 'short' }).format(until * 1000);
  const button = node('button', { type: 'button', part: 'button' }, say('undo'));
  const fold = node('p', { class: 'soft undo', part: 'undo' }, button, ' ', say('until', { time, price }));
  if (!panel.root.adoptedStyleSheets.includes(quiet())) panel.root.adoptedStyleSheets.push(quiet());
  const press = async (): Promise<void> => {
    if (button.getAttribute('aria-disabled')) return;
    button.setAttribute('aria-disabled', 'true');
    panel.tell(say('undoing'));
    try {
      const end = await undo(await holderOf(wallet, issuer), bought);
      if (end.kind === 'undone') return await undone();
      const known = { refund_over: 'over', refund_budget: 'budget', grant_revoked: 'gone' } as const;
      panel.tell(say(known[end.code as keyof typeof known] ?? 'cannot'), true);
      fold.remove();
    } catch (thrown) {
      console.info(`farthing: ${thrown}`);
      panel.tell(say(asFailure(thrown).fault === 'network' ? 'unknown' : 'cannot'), true);
      button.removeAttribute('aria-disabled');
    }
  };
  const undone = async (): Promise<void> => {
    const focused = panel.root.activeElement;
    fold.remove();
    for (const text of texts) text.remove();
    visit.done = false;
    panel.section.className = '';
    panel.status.part.remove('receipt');
    // They stand in the panel of what is on sale, too.
    for (const line of panel.section.querySelectorAll(':scope > details')) line.remove();
    await visit.look();
    visit.locked();
    panel.tell(say('done', { price }));
    if (focused) panel.body.querySelector('button')?.focus({ preventScroll: true });
    visit.tellOthers();
    announce(visit.host, 'farthing:undo', { offer, grant });
    announce(visit.host, 'farthing:balance', { collected: [], balance: await purchase.page.balance() });
  };
  button.onclick = press;
  panel.status.after(fold);
  if (begun) await press();
};
