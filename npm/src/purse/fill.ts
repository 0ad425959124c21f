/** Filling a page's pocket from the purse: a swap of which one group is the pocket's (spec 10.1, R38). */
import { asFailure, type Code, failure } from '../errors.js';
import type { Evaluation, Messages, Output } from '../link/messages.js';
import { balance } from '../pocket.js';
import { beginSwap, chosen, groupOf, type KeptSwap, mostInputs, openSwaps, sendSwap, type SwapEnd } from '../swap.js';
import type { KeptToken, Shelves } from '../store.js';
import { alone } from '../wallet.js';
import { note } from './events.js';
import { type Given, leftToday, usedOf } from './limits.js';
import { unlisted } from './renew.js';
import { current, newest, type Purse } from './wallet.js';

type Question = Messages['fill'];

/** A fill from before its swap is sent; kept for as long as the page may ask for it again. */
export interface KeptFill extends Given {
  /** The elements as they were asked for. */
  outputs: string;
  /** Once the issuer has answered. */
  evaluations?: Evaluation[];
}

const nameOf = (outputs: Output[]): string => `filled ${outputs[0]!.blinded}`;

/** What a page asks for, as the reader is to be told it before a press. */
export type FillLook =
  /** `before`: what this page had of the purse within the last day. */
  | { kind: 'ask'; origin: string; currency: string; amount: number; before: number; balance: number }
  /** The purse holds `missing` too little. */
  | { kind: 'short'; origin: string; currency: string; amount: number; balance: number; missing: number }
  /** The reader's own limit allows no more than `left` today. */
  | { kind: 'limited'; origin: string; currency: string; amount: number; left: number }
  /** It was answered before: the same answer, without asking. */
  | { kind: 'filled'; evaluations: Evaluation[] }
  /** It was confirmed before and has no outcome: `give` sends it again. */
  | { kind: 'begun'; origin: string; currency: string; amount: number }
  | { kind: 'refused'; code: Code };

const keptFill = async ({ keep }: Shelves, outputs: Output[]): Promise<KeptFill | undefined> => (await keep.get(nameOf(outputs)))?.value as KeptFill | undefined;

/** Looks a question over. Nothing is spent, and nothing is sent but what every visit asks. */
export const lookAtFill = async (purse: Purse, origin: string, question: Question): Promise<FillLook> => {
  const { core, store, now } = purse;
  const { issuer, currency, amount, outputs } = question;
  if (issuer !== purse.issuer) return { kind: 'refused', code: 'unsupported' };
  const before = await store.read((shelves) => keptFill(shelves, outputs));
  if (before) {
    if (before.outputs !== JSON.stringify(outputs) || before.origin !== origin) return { kind: 'refused', code: 'element_reused' };
    if (before.evaluations) return { kind: 'filled', evaluations: before.evaluations };
    return { kind: 'begun', origin, currency: before.currency, amount: before.amount };
  }
  let manifest = await current(purse);
  const worth = () => core.worthOf(manifest, { currency, outputs, now: now() });
  try {
    let value: number;
    try {
      value = worth();
    } catch {
      // The page may know a newer list of keys.
      manifest = await newest(purse);
      value = worth();
    }
    if (value !== amount) return { kind: 'refused', code: 'unbalanced' };
  } catch (thrown) {
    const { code, fault } = asFailure(thrown);
    if (fault === 'network') throw thrown;
    return { kind: 'refused', code };
  }
  const most = manifest.view().currencies.find((one) => one.currency === currency)?.pocket_max ?? 0;
  if (amount > most) return { kind: 'refused', code: 'pocket_limit' };
  const left = await store.read((shelves) => leftToday(shelves, origin, currency, now()));
  if (left !== null && amount > left) return { kind: 'limited', origin, currency, amount, left };
  const held = (await balance(purse)).find((one) => one.currency === currency)?.amount ?? 0;
  if (held < amount) return { kind: 'short', origin, currency, amount, balance: held, missing: amount - held };
  const used = await store.read((shelves) => usedOf(shelves, origin, currency, now()));
  return { kind: 'ask', origin, currency, amount, before: used.site, balance: held };
};

/** Ends the journal's entry with the swap, in the same transaction. */
export const endFill = (purse: Purse, swap: KeptSwap) => {
  const name = swap.purpose;
  return async (shelves: Shelves, end: SwapEnd, evaluations: Evaluation[] | null): Promise<void> => {
    const kept = (await shelves.keep.get(name))?.value as KeptFill | undefined;
    if (!kept) return;
    if (end.kind === 'refused' || !evaluations) {
      await shelves.keep.delete(name);
      return;
    }
    await shelves.keep.put({ name, value: { ...kept, evaluations } satisfies KeptFill });
    const { origin, currency, amount } = kept;
    await note(shelves, { id: swap.binding, kind: 'filled', at: purse.now(), currency, amount, origin });
  };
};

/** Sends a journalled fill. */
export const sendFill = async (purse: Purse, swap: KeptSwap): Promise<SwapEnd> => {
  const end = endFill(purse, swap);
  let evaluations: Evaluation[] | null = null;
  return sendSwap(purse, swap, async (shelves, outcome) => end(shelves, outcome, evaluations), async (response) => {
    evaluations = await groupOf(purse, swap, 0, response);
  });
};

/** So many small coins that one swap cannot take them: the smallest become larger ones first. */
const gather = async (purse: Purse, currency: string, amount: number): Promise<void> => {
  for (let tries = 0; tries < 5; tries++) {
    const manifest = await current(purse);
    const choose = (tokens: KeptToken[]) => (chosen(purse.core, tokens, amount).length < mostInputs ? [] : [...tokens].sort((a, b) => a.amount - b.amount).slice(0, mostInputs));
    const swap = await beginSwap(purse, manifest, { currency, purpose: 'divided', keysets: await unlisted(purse, manifest), choose });
    if (!swap) return;
    await sendSwap(purse, swap);
  }
};

/** What became of a fill that the reader has confirmed. */
export type FillEnd = { kind: 'filled'; evaluations: Evaluation[] } | { kind: 'refused'; code: Code };

/**
 * Gives a page what it asked for. To be called at the reader's press, or for one that is `begun`.
 *
 * @throws FarthingError of fault `network`: no outcome yet; the same call sends the same bytes.
 */
export const give = (purse: Purse, origin: string, question: Question): Promise<FillEnd> =>
  alone(async () => {
    const { core, now } = purse;
    const { currency, amount, outputs } = question;
    const name = nameOf(outputs);
    for (let tries = 0; tries < 5; tries++) {
      const look = await lookAtFill(purse, origin, question);
      if (look.kind === 'filled' || look.kind === 'refused') return look;
      if (look.kind === 'limited') return { kind: 'refused', code: 'pocket_limit' };
      if (look.kind === 'short') return { kind: 'refused', code: 'insufficient_funds' };
      let swap = look.kind === 'begun' ? (await openSwaps(purse)).find(({ purpose }) => purpose === name) : null;
      if (look.kind === 'ask') {
        await gather(purse, currency, amount);
        const manifest = await current(purse);
        swap = await beginSwap(purse, manifest, {
          currency, purpose: name, given: [outputs], keysets: await unlisted(purse, manifest), choose: (tokens) => chosen(core, tokens, amount),
          also: ({ keep }) => keep.put({ name, value: { origin, currency, amount, at: now(), outputs: JSON.stringify(outputs) } satisfies KeptFill }),
        });
      }
      if (!swap) throw failure('internal', 'a fill without its swap');
      const end = await sendFill(purse, swap);
      // Elements of this page that cannot be evaluated now never will be by this request.
      if (end.kind === 'refused' && !/^(token_|keyset_expired|keyset_frozen)/.test(end.code)) return end;
    }
    return { kind: 'refused', code: 'token_spent' };
  });
