/**
 * The coins of a pouch, one keyset after the other with a pause after each: a page stays quick while it makes many.
 */
import type { Core, Manifest, TokenRecord } from './core.js';
import { failure } from './errors.js';
import { readStrict } from './json.js';
import type { PendingDraw } from './store.js';

interface Group { keyset: string }

// A tab in the background lets a timer wait for a second; the scheduler, where there is one, does not.
const pause = (): Promise<unknown> =>
  (globalThis as { scheduler?: { yield?(): Promise<unknown> } }).scheduler?.yield?.() ?? new Promise((done) => setTimeout(done));

/**
 * As `finishDraw`: checks every proof of the issuer's answer and makes the tokens. Each keyset has counters and a proof of its own, so
 * that the core can look at one alone; that all of them are answered, in their order and once, is looked at here.
 */
export const mint = async (
  core: Pick<Core, 'finishDraw'>, manifest: Manifest, seed: Uint8Array, { request, counters }: PendingDraw, response: string,
): Promise<TokenRecord[]> => {
  const asked = JSON.parse(request) as { elements: Group[] };
  const { evaluations } = readStrict(response, { evaluations: 'object' }, 'answer_invalid');
  const keysets = [...new Set(asked.elements.map(({ keyset }) => keyset))];
  if (!Array.isArray(evaluations) || evaluations.length !== keysets.length) throw failure('answer_invalid', 'evaluations');
  const made: TokenRecord[] = [];
  for (const [place, keyset] of keysets.entries()) {
    await pause();
    const elements = asked.elements.filter((element) => element.keyset === keyset);
    made.push(...core.finishDraw(
      manifest, seed, JSON.stringify({ ...asked, elements }), counters, JSON.stringify({ evaluations: [evaluations[place]] }),
    ));
  }
  await pause();
  return made;
};
