/** What was begun and not ended, and what the issuer says was spent already. Loaded when a journal or an answer has such a thing. */
import type { Manifest } from './core.js';
import { asFailure, codeOf } from './errors.js';
import { keptManifest, walk } from './manifest.js';
import { finish, isOpen, openAttempts, send, setAside, Undecided } from './redeem.js';
import type { Attempt, KeptGrant } from './store.js';
import { alone, issuerOf, type Wallet } from './wallet.js';

/** The issuer says that tokens are spent: it must know for what. The attempt of that binding is sent again and finished. */
export const reclaim = async (wallet: Wallet, { issuer }: Attempt, manifest: Manifest, spent: string[]): Promise<void> => {
  const { core, store } = wallet;
  for (const nullifier of spent) {
    const all = await store.read(({ tokens }) => tokens.all());
    const token = all.find((one) => one.nullifier === nullifier);
    if (!token) continue; // Reclaimed with the one before.
    const opened = await issuerOf(wallet, issuer).answer(core.prepareAnswer(issuer, token.token))
      .then((response) => core.openAnswer(all.map((one) => one.token), issuer, response))
      .catch((thrown: unknown) => {
        if (codeOf(thrown) !== 'answer_expired') throw thrown;
      });
    const journalled = opened && (await store.read(({ attempts }) => attempts.get(opened.binding)));
    if (journalled) await finish(wallet, journalled, manifest, await issuerOf(wallet, issuer).redeem(journalled.request));
    else await setAside(wallet, nullifier, 'token_spent');
  }
};

/** Finishes what earlier visits began, for whatever page. What stays without outcome stays in the journal. */
export const recover = async (wallet: Wallet): Promise<{ finished: KeptGrant[]; open: number }> => {
  const finished: KeptGrant[] = [];
  for (const { binding, issuer } of await openAttempts(wallet)) {
    await alone(async () => {
      const attempt = await wallet.store.read(({ attempts }) => attempts.get(binding));
      if (!attempt || !isOpen(attempt)) return; // Another tab was quicker.
      const bought = await send(wallet, attempt, (await keptManifest(wallet, issuer)) ?? (await walk(wallet, issuer, null)));
      if (bought) finished.push(bought);
    }).catch((thrown: unknown) => {
      // Silence and refusals are for another time; a store that fails is not.
      if (!(thrown instanceof Undecided) && asFailure(thrown).fault === 'browser') throw thrown;
    });
  }
  return { finished, open: (await openAttempts(wallet)).length };
};
