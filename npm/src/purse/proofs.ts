/** What a purse can check by itself, without network: the proof of every coin, and which list of keys it was checked against. */
import { seedOf } from '../wallet.js';
import type { Keyset } from './core.js';
import { current, type Purse } from './wallet.js';

/** `checked` coins of which the proof holds, `bad` of which it does not. `n` and `at`: the newest list and when it was seen to be that. */
export interface Checked { checked: number; bad: number; n: number; at: number | undefined; fork: number | undefined }

export const checkProofs = async (purse: Purse): Promise<Checked> => {
  const { core, store, issuer } = purse;
  const manifest = await current(purse);
  const { tokens, known, at, fork } = await store.read(async (shelves) => {
    const all = await shelves.keep.all();
    return {
      tokens: (await shelves.tokens.all()).filter(({ bad }) => !bad || bad === 'leaving'), at: (await shelves.manifests.get(issuer))?.at,
      known: new Map(all.filter(({ name }) => name.startsWith('keyset ')).map(({ value }) => [(value as Keyset).id, value as Keyset])),
      fork: (all.find(({ name }) => name === `fork ${issuer}`)?.value as { at: number } | undefined)?.at,
    };
  });
  let [checked, bad] = [0, 0];
  for (const token of tokens) {
    const seed = await seedOf(purse, token.of);
    try {
      const keyset = known.get(token.keyset);
      keyset ? core.checkTokenOf(manifest, keyset, seed, token) : core.checkToken(manifest, seed, token);
      checked++;
    } catch {
      bad++;
    }
  }
  return { checked, bad, n: manifest.trust().n, at, fork };
};
