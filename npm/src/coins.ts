/** Which of the kept tokens can be spent. */
import type { Attempt, KeptToken, Shelves } from './store.js';
import type { Wallet } from './wallet.js';

/** The tokens that can be spent now, older ones first. Those of an attempt without outcome are held. */
export const spendable = async ({ tokens, attempts }: Shelves, issuer?: string, currency?: string): Promise<KeptToken[]> => {
  const held = new Set((await attempts.all()).filter(isOpen).flatMap(({ inputs }) => inputs));
  return (await tokens.all())
    .filter((token) => !token.bad && !held.has(token.nullifier) && (!issuer || (token.issuer === issuer && token.currency === currency)))
    .sort((a, b) => a.at - b.at || a.counter - b.counter);
};

/** Whether its outcome is unknown. */
export const isOpen = ({ state }: Attempt): boolean => state === 'sent';

/** Neither counted nor spent from now on, for this reason. */
export const setAside = ({ store }: Wallet, nullifier: string, bad: string): Promise<unknown> =>
  store.write(async ({ tokens }) => {
    const token = await tokens.get(nullifier);
    return token && tokens.put({ ...token, bad });
  });
