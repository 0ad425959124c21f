/** Coins that go back to the reader's purse: a swap into elements of the purse (spec 10.1). */
import { failure } from '../errors.js';
import { spendable } from '../coins.js';
import type { KeptToken } from '../store.js';
import { beginSwap, chosen, groupOf, mostInputs, openSwaps, sendSwap } from '../swap.js';
import { unlisted } from '../purse/renew.js';
import type { Holder } from '../purse/wallet.js';
import { newest } from '../purse/wallet.js';
import { alone, type Wallet } from '../wallet.js';
import type { Evaluation, Output } from './messages.js';

/** A return from the press until its coins have gone. One at a time of an issuer and currency. */
export interface Leave {
  issuer: string; currency: string; amount: number; at: number;
  /** Stands in the address that the purse answers to: elements that come by another address are somebody else's, and get nothing. */
  nonce: string;
}

const nameOf = (issuer: string, currency: string): string => `leave ${issuer} ${currency}`;

/** The returns without outcome. */
export const openLeaves = ({ store }: Wallet): Promise<Leave[]> =>
  store.read(async ({ keep }) => (await keep.all()).filter(({ name }) => name.startsWith('leave ')).map(({ value }) => value as Leave));

const most = (tokens: KeptToken[]): KeptToken[] => [...tokens].sort((a, b) => b.amount - a.amount).slice(0, mostInputs);

/** Journals what is to go back: all that one swap can take. A return that is under way stays as it is. `null`: there is nothing. */
export const beginLeave = ({ store, now }: Wallet, issuer: string, currency: string): Promise<Leave | null> =>
  alone(() => store.write(async (shelves) => {
    const name = nameOf(issuer, currency);
    const begun = (await shelves.keep.get(name))?.value as Leave | undefined;
    if (begun && (await shelves.keep.all()).some(({ name: one, value }) => one.startsWith('swap ') && (value as { purpose: string }).purpose === name)) return begun;
    const amount = most(await spendable(shelves, issuer, currency)).reduce((sum, token) => sum + token.amount, 0);
    if (!amount) {
      await shelves.keep.delete(name);
      return null;
    }
    const value: Leave = { issuer, currency, amount, at: now(), nonce: crypto.randomUUID() };
    await shelves.keep.put({ name, value });
    return value;
  }));

/**
 * Swaps the coins into the purse's elements, or finishes the swap that was begun: the evaluations are what the purse takes. They are not
 * kept here: a purse that never gets them learns of them from the issuer.
 *
 * @throws FarthingError of fault `network`: no outcome yet, the same call sends the same bytes; `unbalanced`: the elements are worth another amount.
 */
export const leave = (holder: Holder, { currency, amount }: Leave, outputs: Output[]): Promise<Evaluation[]> =>
  alone(async () => {
    const { core, issuer, now } = holder;
    const name = nameOf(issuer, currency);
    const manifest = await newest(holder);
    const begun = (await openSwaps(holder)).find(({ purpose }) => purpose === name);
    if (!begun && core.worthOf(manifest, { currency, outputs, now: now() }) !== amount) throw failure('unbalanced', 'elements');
    const swap = begun ?? (await beginSwap(holder, manifest, { currency, purpose: name, given: [outputs], keysets: await unlisted(holder, manifest), choose: (tokens) => chosen(core, tokens, amount) }));
    if (!swap) throw failure('insufficient_funds', 'nothing to return');
    let evaluations: Evaluation[] = [];
    const end = await sendSwap(holder, swap, ({ keep }) => keep.delete(name), async (response) => {
      evaluations = await groupOf(holder, swap, 0, response);
    });
    if (end.kind === 'refused') throw failure(end.code);
    return evaluations;
  });

/** Gives a return up that has not sent anything. */
export const dropLeave = ({ store }: Wallet, issuer: string, currency: string): Promise<void> =>
  alone(() => store.write(async ({ keep }) => {
    const name = nameOf(issuer, currency);
    if (!(await keep.all()).some(({ name: one, value }) => one.startsWith('swap ') && (value as { purpose: string }).purpose === name)) await keep.delete(name);
  }));

/** Gives up the returns that nobody came back from for an hour: until then the reader may be at the purse. */
export const dropOldLeaves = async (wallet: Wallet): Promise<void> => {
  for (const { issuer, currency, at } of await openLeaves(wallet)) if (at < wallet.now() - 3600) await dropLeave(wallet, issuer, currency);
};
