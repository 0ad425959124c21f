/** The pocket's way back: coins return to the reader's purse, and coins of old keys become coins of new ones. Loaded when one of them is wanted. */
import { beginLeave, dropLeave, dropOldLeaves, leave, openLeaves } from '../link/leave.js';
import { goToPurse, openPurse, speak, takeAnswer } from '../link/window.js';
import { loadPurse } from '../purse/load.js';
import { renew } from '../purse/renew.js';
import type { Holder } from '../purse/wallet.js';
import { openSwaps, sendSwap } from '../swap.js';
import { alone, type Wallet } from '../wallet.js';
import type { PocketSay } from './pocket_words.js';

const parameter = 'farthing-return';

const holderOf = async (wallet: Wallet, issuer: string): Promise<Holder> => ({ ...wallet, core: await loadPurse(), issuer });

/** To be called in the press itself. `windows`: this page can speak with one that it opens. Gives what is to be said. */
export const returnAll = async (wallet: Wallet, say: PocketSay, issuer: string, currency: string, windows: boolean, text: (amount: number) => string): Promise<string> => {
  const opened = windows ? openPurse(issuer, 'return') : null;
  const wish = await beginLeave(wallet, issuer, currency);
  if (!wish) {
    opened?.close();
    return '';
  }
  const { amount } = wish;
  if (!opened) {
    const back = new URL(location.href.split('#')[0]!);
    back.searchParams.set(parameter, wish.nonce);
    goToPurse(issuer, 'return', { issuer, currency, amount }, back.href);
    return say('goingToPurse');
  }
  // Fetched while the reader looks at the purse.
  const holder = holderOf(wallet, issuer);
  holder.catch(() => {});
  let gone = false;
  let refused = false;
  await speak(opened, issuer, async (message) => {
    if (message.kind === 'ready') return gone ? undefined : { farthing: 1, kind: 'return', issuer, currency, amount };
    if (message.kind === 'refused') {
      refused = true;
      await dropLeave(wallet, issuer, currency);
      return 'done';
    }
    if (message.kind !== 'elements' || gone) return undefined;
    const evaluations = await leave(await holder, wish, message.outputs);
    gone = true;
    // The purse says what came; it is the reader who closes its window.
    opened.postMessage({ farthing: 1, kind: 'returned', evaluations }, new URL(issuer).origin);
    return 'done';
  });
  return gone ? say('backDone', { amount: text(amount) }) : say(refused ? 'purseRefused' : 'purseClosed');
};

/** What came back in this page's address, or was interrupted. `true`: this page is leaving for the purse. */
export const goOn = async (wallet: Wallet): Promise<boolean> => {
  const address = new URL(location.href);
  const nonce = address.searchParams.get(parameter);
  const answer = nonce === null ? null : takeAnswer();
  if (nonce !== null) {
    address.searchParams.delete(parameter);
    address.hash = '';
    history.replaceState(history.state, '', address.href);
  }
  const wish = (await openLeaves(wallet)).find((one) => one.nonce === nonce);
  if (wish && answer?.kind === 'elements') {
    const evaluations = await leave(await holderOf(wallet, wish.issuer), wish, answer.outputs);
    goToPurse(wish.issuer, 'returned', { evaluations });
    return true;
  }
  if (wish && answer?.kind === 'refused') await dropLeave(wallet, wish.issuer, wish.currency);
  await finishSwaps(wallet);
  await dropOldLeaves(wallet);
  return false;
};

/** Swaps without outcome: the same bytes again. A purse whose coins went learns of them by itself. */
export const finishSwaps = async (wallet: Wallet): Promise<void> => {
  for (const { binding, issuer, purpose } of await openSwaps(wallet)) {
    const holder = await holderOf(wallet, issuer);
    await alone(async () => {
      const swap = (await openSwaps(wallet)).find((one) => one.binding === binding);
      if (swap) await sendSwap(holder, swap, ({ keep }) => keep.delete(purpose));
    });
  }
};

/** A few coins of keys that end, or of keys that no list names any more, become new ones. `0`: there are none. */
export const renewal = async (wallet: Wallet, issuer: string, most?: number): Promise<number> => renew(await holderOf(wallet, issuer), most);
