/** Coins that come back from a page: it swaps them into elements of the purse (spec 10.1). */
import type { Counters } from '../core.js';
import { asFailure, type Code } from '../errors.js';
import { restore } from '../issuer_calls.js';
import { readStrict } from '../json.js';
import type { Evaluation, Messages, Output } from '../link/messages.js';
import type { Listed } from '../manifest.js';
import { listedNow, manifestOf } from '../swap.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf } from '../wallet.js';
import type { PurseManifest } from './core.js';
import { note } from './events.js';
import { newest, type Purse } from './wallet.js';

/** Elements of the purse that a page was given, until their coins are here. */
export interface KeptTake {
  origin: string; currency: string; amount: number; at: number;
  outputs: Output[];
  /** Before the elements. */
  counters: Counters;
  listed: Listed;
}

const prefix = 'take ';
/** Of one page and amount there is one: whoever asks again gets the same elements. */
const nameOf = (origin: string, currency: string, amount: number): string => `${prefix}${origin} ${currency} ${amount}`;

/** What was promised to pages and is not here yet. */
export const openTakes = ({ store }: Purse): Promise<{ name: string; take: KeptTake }[]> =>
  store.read(async ({ keep }) => (await keep.all()).filter(({ name }) => name.startsWith(prefix)).map(({ name, value }) => ({ name, take: value as KeptTake })));

/** Whether the issuer still makes coins of these elements. */
const isMade = ({ core, now }: Purse, manifest: PurseManifest, { currency, outputs }: KeptTake): boolean => {
  try {
    return core.worthOf(manifest, { currency, outputs, now: now() }) > 0;
  } catch {
    return false;
  }
};

/** Elements for a page that would give `amount` back; journalled with their counters before anybody sees them (R13). */
export const elementsFor = (purse: Purse, origin: string, { issuer, currency, amount }: Messages['return']): Promise<{ kind: 'elements'; outputs: Output[] } | { kind: 'refused'; code: Code }> =>
  alone(async () => {
    if (issuer !== purse.issuer) return { kind: 'refused', code: 'unsupported' };
    const { core, store, now } = purse;
    const manifest = await newest(purse);
    const seed = await seedOf(purse);
    try {
      return await store.write(async (shelves) => {
        const name = nameOf(origin, currency, amount);
        const begun = (await shelves.keep.get(name))?.value as KeptTake | undefined;
        if (begun) {
          if (isMade(purse, manifest, begun)) return { kind: 'elements', outputs: begun.outputs };
          // The issuer has replaced their keys. They may have been evaluated before that, and are waited for as well.
          await shelves.keep.put({ name: `${name} ${begun.outputs[0]!.blinded}`, value: begun });
        }
        const counters = await countersOf(shelves, issuer);
        const { outputs, counters: after } = core.askElements(manifest, seed, { currency, amount, counters, now: now() });
        await raiseCounters(shelves, issuer, after);
        const value: KeptTake = { origin, currency, amount, at: now(), outputs, counters, listed: await listedNow(shelves, issuer) };
        await shelves.keep.put({ name, value });
        return { kind: 'elements', outputs };
      });
    } catch (thrown) {
      const { code, fault } = asFailure(thrown);
      if (fault === 'browser') throw thrown;
      return { kind: 'refused', code };
    }
  });

const keep = async (purse: Purse, name: string, { origin, currency, amount, outputs, counters, listed }: KeptTake, evaluations: Evaluation[]): Promise<number> => {
  const { core, store, issuer, now } = purse;
  const manifest = await manifestOf(purse, issuer, listed);
  const came = core.receiveElements(manifest, await seedOf(purse), outputs, counters, evaluations);
  await store.write(async (shelves) => {
    if (!(await shelves.keep.get(name))) return;
    for (const token of came) await shelves.tokens.put({ ...token, issuer, currency, at: now() });
    await shelves.keep.delete(name);
    await note(shelves, { id: `take ${outputs[0]!.blinded}`, kind: 'returned', at: now(), currency, amount, origin });
  });
  return came.reduce((sum, token) => sum + token.amount, 0);
};

/** Takes evaluations in that a page handed over; `null` if they are for nothing that this purse waits for from it. Every proof is checked. */
export const takeReturned = (purse: Purse, origin: string, evaluations: Evaluation[]): Promise<{ currency: string; amount: number } | null> =>
  alone(async () => {
    for (const { name, take } of await openTakes(purse)) {
      if (take.origin !== origin) continue;
      try {
        return { currency: take.currency, amount: await keep(purse, name, take, evaluations) };
      } catch (thrown) {
        // For another one of its questions, or for none.
        const { code, fault } = asFailure(thrown);
        if (code !== 'answer_invalid' && /^(network|browser)$/.test(fault)) throw thrown;
      }
    }
    return null;
  });

/**
 * A page that swapped and then could not say so: the issuer tells what it made of these elements (R35), so nothing depends on the page.
 * Elements that nobody has had evaluated for a month are given up.
 */
export const lookForReturned = async (purse: Purse): Promise<{ currency: string; amount: number }[]> => {
  const came: { currency: string; amount: number }[] = [];
  for (const { name, take } of await openTakes(purse)) {
    const amount = await alone(async () => {
      const groups = [...new Set(take.outputs.map(({ keyset }) => keyset))];
      const evaluations: Evaluation[] = [];
      for (const keyset of groups) {
        const elements = take.outputs.filter((output) => output.keyset === keyset).map(({ blinded }) => blinded);
        const answer = await restore(issuerOf(purse, purse.issuer), JSON.stringify({ keyset, elements }));
        const { issued, evaluations: made } = readStrict(answer, { issued: 'string', evaluations: 'object' }, 'answer_invalid');
        if (issued !== '1'.repeat(elements.length)) break;
        evaluations.push(...(made as Evaluation[]));
      }
      if (evaluations.length === groups.length) return keep(purse, name, take, evaluations);
      if (take.at < purse.now() - 30 * 86_400) await purse.store.write(({ keep: kept }) => kept.delete(name));
      return 0;
    });
    if (amount) came.push({ currency: take.currency, amount });
  }
  return came;
};
