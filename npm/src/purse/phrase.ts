/** The recovery phrase (spec section 4.1): made once, shown, and asked back for. */
import { alone } from '../wallet.js';
import type { Purse } from './wallet.js';

/** `new`: no phrase yet. `restoring`: a phrase whose coins are still looked for. `locked`: a passkey has to open it. `ready`: it can be used. */
export type PurseState = 'new' | 'restoring' | 'locked' | 'ready';

export const stateOf = ({ store }: Purse): Promise<PurseState> =>
  store.read(async ({ keep }) => ((await keep.get('seed')) ? 'ready' : (await keep.get('lock')) ? 'locked' : (await keep.get('restoring')) ? 'restoring' : 'new'));

/** Makes a phrase and its seed, both kept in one transaction; one that is there already stays. */
export const begin = ({ core, store }: Purse): Promise<void> =>
  alone(() => store.write(async ({ keep }) => {
    if ((await keep.get('phrase')) || (await keep.get('lock')) || (await keep.get('restoring'))) return;
    const phrase = core.newPhrase();
    await keep.put({ name: 'phrase', value: phrase });
    await keep.put({ name: 'seed', value: core.phraseSeed(phrase) });
  }));

/** The twelve words, in their order; `null` where there is no phrase or a passkey locks it. */
export const words = async ({ core, store }: Purse): Promise<string[] | null> => {
  const kept = await store.read(({ keep }) => keep.get('phrase'));
  return kept ? core.phraseWords(kept.value as Uint8Array) : null;
};

/** Whether the reader has shown that the words are written down. */
export const isWrittenDown = ({ store }: Purse): Promise<boolean> => store.read(async ({ keep }) => (await keep.get('written'))?.value === true);

/** Two places, from 0, to be asked for. */
export const placesToAsk = (random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes)): [number, number] => {
  const [one, two] = random(new Uint8Array(2));
  const first = one! % 12;
  const second = (first + 1 + (two! % 11)) % 12;
  return first < second ? [first, second] : [second, first];
};

/** Whether these are the words at these places; if so it is remembered. */
export const confirmWords = async (purse: Purse, places: readonly number[], said: readonly string[]): Promise<boolean> => {
  const right = await words(purse);
  const same = !!right && places.length > 0 && places.every((place, index) => right[place] === said[index]?.trim().toLowerCase());
  if (same) await purse.store.write(({ keep }) => keep.put({ name: 'written', value: true }));
  return same;
};
