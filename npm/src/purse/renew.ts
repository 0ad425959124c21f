/** Quiet swaps: coins whose keyset ends soon or was replaced, and small change that has become too much. */
import { asFailure } from '../errors.js';
import { keyset as askKeyset } from '../issuer_calls.js';
import { beginSwap, sendSwap } from '../swap.js';
import type { KeptToken } from '../store.js';
import { spendable } from '../coins.js';
import { alone, issuerOf } from '../wallet.js';
import type { Keyset, PurseManifest } from './core.js';
import { newest, type Purse } from './wallet.js';

/** Tokens are renewed when they have less time left than this, in seconds. */
const within = 60 * 86_400;
/** At most so many at a time: a whole purse at once would show the issuer what belongs together. */
const few = 16;

/** Keysets of the purse's coins that the list names no longer, as the issuer tells them; the id proves each. Kept, because they never change but for being frozen. */
export const unlisted = async (purse: Purse, manifest: PurseManifest): Promise<Keyset[]> => {
  const listed = new Set(manifest.keysets().map(({ id }) => id));
  const held = await purse.store.read(async ({ tokens }) => new Set((await tokens.all()).map(({ keyset }) => keyset)));
  const found: Keyset[] = [];
  for (const id of held) {
    if (listed.has(id)) continue;
    const name = `keyset ${id}`;
    let told = (await purse.store.read(({ keep }) => keep.get(name)))?.value as Keyset | undefined;
    if (!told) {
      told = JSON.parse(await askKeyset(issuerOf(purse, purse.issuer), id)) as Keyset;
      const value = told;
      await purse.store.write(({ keep }) => keep.put({ name, value }));
    }
    found.push(told);
  }
  return found;
};

/** Swaps a few of the coins that ask for it. `0`: nothing was to be done. To be called once at a visit, and not awaited by anything that the reader waits for. */
export const renew = async (purse: Purse, most = few): Promise<number> => {
  const { core, store, issuer, now } = purse;
  const manifest = await newest(purse);
  const keysets = await unlisted(purse, manifest);
  let swapped = 0;
  for (const { currency } of manifest.view().currencies) {
    swapped += await alone(async () => {
      const places = (tokens: KeptToken[]): number[] => {
        // Coins that no list names can pay for nothing: first of all, whenever they end.
        const replaced = tokens.flatMap(({ keyset }, place) => (keysets.some(({ id }) => id === keyset) ? [place] : []));
        return replaced.length
          ? replaced.slice(0, most)
          : core.tokensToRenew(manifest, { currency, tokens: tokens.map(({ keyset, amount }) => ({ keyset, amount })), now: now(), within, most });
      };
      const tokens = await store.read((shelves) => spendable(shelves, issuer, currency));
      if (!places(tokens).length) return 0;
      const swap = await beginSwap(purse, manifest, { currency, purpose: 'renewed', keysets, choose: (all) => places(all).map((place) => all[place]!) });
      return swap && (await sendSwap(purse, swap)).kind === 'swapped' ? swap.inputs.length : 0;
    });
  }
  return swapped;
};

/** `renew` for a visit: what goes wrong is tried again at the next. */
export const renewQuietly = (purse: Purse): Promise<number> =>
  renew(purse).catch((thrown: unknown) => {
    if (asFailure(thrown).fault === 'browser') throw thrown;
    return 0;
  });
