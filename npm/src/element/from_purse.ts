/** The panel's way to the reader's purse and back: what is missing for an article is filled from there, and the article opens. */
import { asFailure } from '../errors.js';
import { beginFill, dropFill, endFill, endWhichever, type Fill, openFills, questionOf } from '../link/fill.js';
import { goToPurse, mayOpen, openPurse, speak, takeAnswer } from '../link/window.js';
import { keptManifest } from '../manifest.js';
import { announce } from './events.js';
import type { Act } from './panel.js';
import { type PocketSay, pocketWords } from './pocket_words.js';
import type { Purchase } from './purchase.js';

/** A button for the purse, where the publisher says that the issuer has one for its readers. `held` is here already, `wished` is to be added if the pocket may hold so much; in micro. */
export const purseAct = async (purchase: Purchase, held: number, wished: number): Promise<Act | null> => {
  const { about, visit } = purchase;
  const { issuer, currency, amount: price } = visit.price;
  const { host } = visit;
  if (host.getAttribute('purse') === null) return null;
  const [windows, say, wallet] = await Promise.all([mayOpen(), pocketWords(visit.language), about.open()]);
  // A page in a frame cannot leave and come back.
  if (!windows && self !== top) return null;
  const most = (await keptManifest(wallet, issuer))?.view().currencies.find((one) => one.currency === currency)?.pocket_max ?? 0;
  const amount = Math.max(Math.min(wished, most - held), price - held);
  const begun = (await openFills(wallet)).find((one) => one.issuer === issuer && one.currency === currency);
  const text = begun ? say('askPurse') : say('fromPurse', { amount: visit.money(amount, true) });
  return [text, () => {
    if (visit.busy) return;
    // In the press itself, or the browser blocks it.
    const opened = windows ? openPurse(issuer, 'fill') : null;
    visit.run(() => ask(purchase, say, amount, opened));
  }];
};

const ask = async (purchase: Purchase, say: PocketSay, amount: number, opened: Window | null): Promise<void> => {
  const { about, visit } = purchase;
  const { panel, price: { issuer, currency } } = visit;
  const wallet = await about.open();
  const fill = keptManifest(wallet, issuer).then((manifest) => beginFill(wallet, manifest!, currency, amount, { path: location.pathname + location.search, scroll: scrollY }));
  if (!opened && self === top) {
    panel.tell(say('goingToPurse'));
    return goToPurse(issuer, 'fill', questionOf(await fill));
  }
  if (!opened) return panel.tell(say('purseClosed'));
  panel.tell(say('purseOpen'));
  let came: Fill | null = null;
  let refused = false;
  const answered = await speak(opened, issuer, async (message) => {
    if (message.kind === 'ready') return { farthing: 1, kind: 'fill', ...questionOf(await fill) };
    if (message.kind === 'refused') return (refused = !!(await dropFill(wallet, message))) ? 'done' : undefined;
    if (message.kind !== 'filled') return undefined;
    came = await endFill(wallet, issuer, currency, message.evaluations);
    return came ? 'done' : undefined;
  });
  opened.close();
  if (came) return arrived(purchase, came);
  await short(purchase);
  panel.tell(say(refused ? 'purseRefused' : answered ? 'purseWrong' : 'purseClosed'));
};

/** The panel as before, with what can be done now. */
const short = async (purchase: Purchase): Promise<void> => {
  await purchase.visit.look();
  purchase.visit.locked();
};

/** What came is said, and the article that it was asked for opens. */
const arrived = async (purchase: Purchase, { amount, path }: Fill): Promise<void> => {
  const { visit, page } = purchase;
  const { panel, say } = visit;
  visit.tellOthers();
  announce(visit.host, 'farthing:balance', { collected: [{ amount, currency: visit.price.currency }], balance: await page.balance() });
  const seen = await visit.look();
  if (path === location.pathname + location.search && (seen?.balance(visit.price.issuer, visit.price.currency) ?? 0) >= visit.price.amount) return purchase.unlock();
  visit.locked();
  panel.tell(say('arrived', { amount: visit.money(amount) }));
};

/** At a visit after one that asked the purse: takes the answer in that the page was entered with. `true` if the panel has said all. */
export const backFromPurse = async (purchase: Purchase): Promise<boolean> => {
  const { about, visit } = purchase;
  const answer = takeAnswer();
  const wallet = await about.open();
  const open = await openFills(wallet);
  if (!open.length) return false;
  const say = await pocketWords(visit.language);
  const place = open.find(({ path }) => path === location.pathname + location.search);
  if (answer && place) scrollTo({ top: place.scroll, behavior: 'instant' });
  try {
    if (answer?.kind === 'filled') {
      const came = await endWhichever(wallet, answer.evaluations);
      if (came) {
        await arrived(purchase, came);
        return true;
      }
    } else if (answer?.kind === 'refused' && (await dropFill(wallet, answer))) {
      await short(purchase);
      visit.panel.tell(say('purseRefused'));
      return true;
    }
  } catch (thrown) {
    if (asFailure(thrown).fault === 'browser') throw thrown;
  }
  const [fill] = await openFills(wallet);
  await short(purchase);
  if (fill) visit.panel.tell(say(answer?.kind === 'filled' ? 'purseWrong' : 'purseOwes', { amount: visit.money(fill.amount) }));
  return true;
};
