/** Filling a pocket from the purse. The elements are journalled before they leave; tokens come of nothing but these (spec R13). */
import type { Counters, Manifest } from '../core.js';
import { failure } from '../errors.js';
import { keptManifest } from '../manifest.js';
import { mint } from '../mint.js';
import type { KeptManifest } from '../store.js';
import { alone, countersOf, raiseCounters, seedOf, type Wallet } from '../wallet.js';
import type { Evaluation, Messages } from './messages.js';

/** A fill from before the purse hears of it until its tokens are kept. One at a time of an issuer and currency. */
export interface Fill {
  issuer: string; currency: string; amount: number; at: number;
  /** The elements, and the counters before them. */
  request: string; counters: Counters;
  /** The list they were made with: by the time of the answer the newest may not name their keysets. */
  listed?: KeptManifest | undefined;
  /** Where the reader stood, to be there again. */
  path: string; scroll: number;
}

const nameOf = (issuer: string, currency: string): string => `fill ${issuer} ${currency}`;

/** The fills without answer. */
export const openFills = ({ store }: Wallet): Promise<Fill[]> =>
  store.read(async ({ keep }) => (await keep.all()).filter(({ name }) => name.startsWith('fill ')).map(({ value }) => value as Fill));

/**
 * Journals a fill, or gives the one that has no answer yet: it is asked again with the same bytes, whatever amount was wished for.
 * The elements are those of a draw that is never sent.
 */
export const beginFill = async (wallet: Wallet, manifest: Manifest, currency: string, amount: number, place: { path: string; scroll: number }): Promise<Fill> => {
  const { core, store, now } = wallet;
  const seed = await seedOf(wallet);
  const issuer = manifest.view().iss;
  return alone(() => store.write(async (shelves) => {
    const name = nameOf(issuer, currency);
    const begun = (await shelves.keep.get(name))?.value as Fill | undefined;
    if (begun) return begun;
    const counters = await countersOf(shelves, issuer);
    const { request, counters: after } = core.prepareDraw(manifest, seed, {
      order: 'A'.repeat(22), claimCounter: 0, pouch: 0, mix: '', rest: amount, currency, counters, now: now(),
    });
    await raiseCounters(shelves, issuer, after);
    const value: Fill = { issuer, currency, amount, at: now(), request, counters, listed: await shelves.manifests.get(issuer), ...place };
    await shelves.keep.put({ name, value });
    return value;
  }));
};

/** What the purse is told: no secret, and nothing of what is read. */
export const questionOf = ({ issuer, currency, amount, request }: Fill): Messages['fill'] =>
  ({ issuer, currency, amount, outputs: (JSON.parse(request) as { elements: Messages['fill']['outputs'] }).elements });

/**
 * Checks every proof as in a draw, and keeps the tokens. `null` if nobody asked for these evaluations, or they were kept before.
 *
 * @throws what does not hold; the fill stays, to be asked again.
 */
export const endFill = async (wallet: Wallet, issuer: string, currency: string, evaluations: Evaluation[]): Promise<Fill | null> => {
  const { core, store, now } = wallet;
  return alone(async () => {
    const name = nameOf(issuer, currency);
    const fill = (await store.read(({ keep }) => keep.get(name)))?.value as Fill | undefined;
    if (!fill) return null;
    const manifest = await keptManifest(wallet, issuer, fill.listed);
    if (!manifest) throw failure('manifest_unknown', 'not kept');
    const minted = await mint(core, manifest, await seedOf(wallet), fill, JSON.stringify({ evaluations }));
    await store.write(async ({ tokens, keep }) => {
      for (const token of minted) await tokens.put({ ...token, issuer, currency, at: now() });
      await keep.delete(name);
    });
    return fill;
  });
};

/** Whichever open fill these evaluations belong to; `null` if none. */
export const endWhichever = async (wallet: Wallet, evaluations: Evaluation[]): Promise<Fill | null> => {
  for (const { issuer, currency } of await openFills(wallet)) {
    const ended = await endFill(wallet, issuer, currency, evaluations).catch((thrown: unknown) => {
      // The answer to another one, or none that holds: what was asked stays asked.
      if ((thrown as { fault?: string }).fault === 'browser') throw thrown;
      return null;
    });
    if (ended) return ended;
  }
  return null;
};

/** The purse has spent nothing for it and never will: its counters stay used, and another may be asked for. */
export const dropFill = async (wallet: Wallet, refused: Messages['refused']): Promise<Fill | null> => {
  const fill = (await openFills(wallet)).find((one) => questionOf(one).outputs[0]!.blinded === refused.of);
  if (fill) await wallet.store.write(({ keep }) => keep.delete(nameOf(fill.issuer, fill.currency)));
  return fill ?? null;
};
