import type { GrantView, OfferView } from './core.js';
import { asFailure, type Code, failure } from './errors.js';
import { keptManifest } from './manifest.js';
import { guarded, openPage, type Page, type PageOptions } from './page.js';
import { type Balance, balance } from './pocket.js';
import { seedOf } from './wallet.js';

export type Status =
  | { kind: 'owned'; newer: boolean; balance: Balance[] }
  | { kind: 'unfinished'; attempts: number; orders: number; balance: Balance[] }
  | { kind: 'locked'; balance: Balance[] };

export interface Paywall extends Page {
  /** What the store knows about this page; no network. */
  status(): Promise<Status>;
  /** Checks offer, audience, content and date. Rejects with the code of what does not hold. */
  verifyOffer(): Promise<OfferView>;
  /** Checks every coin in the pocket once more, from the evidence kept of its issue; no network. `bad` names those that fail. */
  verifyTokens(): Promise<{ checked: number; bad: { nullifier: string; code: Code }[] }>;
  /** Checks a grant of this page's issuer for this page's publisher. */
  verifyGrant(grant: string): Promise<GrantView>;
}

/**
 * The paywall of one page without its looks. Nothing is loaded before the first call.
 *
 * @throws TypeError if the options are not what they say.
 */
export const createPaywall = (options: PageOptions): Paywall => {
  const { calls, open, owned, isNewer, verified, sale, manifestFor } = openPage(options);
  return {
    ...calls,
    status: guarded(async () => {
      const wallet = await open();
      const bought = await owned();
      const held = await balance(wallet);
      if (bought) return { kind: 'owned', newer: await isNewer(bought), balance: held };
      const [attempts, orders] = await wallet.store.read(async (shelves) => [
        (await shelves.attempts.all()).filter(({ state }) => state === 'sent').length,
        (await shelves.orders.all()).filter(({ state }) => state !== 'drawn' && state !== 'over').length,
      ] as const);
      return attempts + orders ? { kind: 'unfinished', attempts, orders, balance: held } : { kind: 'locked', balance: held };
    }),
    verifyOffer: guarded(async () => {
      const { offer, view } = await verified();
      offer.checkTime((await open()).now());
      return view;
    }),
    verifyTokens: guarded(async () => {
      const wallet = await open();
      const tokens = await wallet.store.read((shelves) => shelves.tokens.all());
      const bad: { nullifier: string; code: Code }[] = [];
      for (const issuer of new Set(tokens.map((token) => token.issuer))) {
        const manifest = await keptManifest(wallet, issuer);
        if (!manifest) throw failure('manifest_unknown', issuer);
        for (const token of tokens.filter((one) => one.issuer === issuer)) {
          try {
            wallet.core.checkToken(manifest, await seedOf(wallet, token.of), token);
          } catch (thrown) {
            bad.push({ nullifier: token.nullifier, code: asFailure(thrown).code });
          }
        }
      }
      return { checked: tokens.length, bad };
    }),
    verifyGrant: guarded(async (grant) => {
      const wallet = await open();
      const what = await sale();
      const manifest = (await keptManifest(wallet, what.price.issuer)) ?? (await manifestFor(what));
      return wallet.core.verifyGrant(manifest, grant, what.view.publisher, wallet.now());
    }),
  };
};
