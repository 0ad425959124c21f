/** What stands in the pocket, for its reader to look at: receipts, the proofs of coins, the key lists that were seen. */
import { asFailure, type Code } from './errors.js';
import { keptManifest } from './manifest.js';
import { kept } from './offline/kept.js';
import { read } from './read.js';
import type { KeptGrant, KeptToken } from './store.js';
import { seedOf, type Wallet } from './wallet.js';

/** Receipts, newest first. */
export const receipts = ({ store }: Wallet): Promise<KeptGrant[]> => store.read(async ({ grants }) => (await grants.all()).sort((a, b) => b.at - a.at));

/** Checks one from what is kept: signatures, prices, keys and the text itself. `null`: it holds. A time that is over is no fault. */
export const checkReceipt = async (wallet: Wallet, bought: KeptGrant): Promise<Code | null> => {
  try {
    (await read(wallet, bought)).release();
    return null;
  } catch (thrown) {
    const { code } = asFailure(thrown);
    return code === 'grant_expired' ? null : code;
  }
};

/** Receipts for others: what was paid, with the signatures that show it. Without texts and keys; nobody can read or spend with it. */
export const exportReceipts = async (wallet: Wallet): Promise<string> => {
  const { manifests, grants } = await wallet.store.read(async (shelves) => ({ manifests: await shelves.manifests.all(), grants: await shelves.grants.all() }));
  return JSON.stringify({
    farthing: 'receipts', v: 1,
    receipts: grants.sort((a, b) => a.at - b.at).map(({ grant, offer, publisherDocument, issuer, publisher, resource, price: { currency, amount }, at }) => ({
      at: new Date(at * 1000).toISOString(), publisher, resource, issuer, currency, amount, grant, offer, publisherDocument: new TextDecoder().decode(publisherDocument),
    })),
    manifests: manifests.map(({ issuer, head, body }) => ({ issuer, head, body: new TextDecoder().decode(body) })),
  }, null, 1);
};

/** One issuer, as far as this pocket knows it. `checked` coins of which the proof holds, `bad` of which it does not. */
export interface Trusted { issuer: string; n: number; at: number | undefined; checked: number; bad: number; fork: number | undefined }

/** Checks the proof of every coin against the kept list of its issuer; no network. */
export const trust = async (wallet: Wallet): Promise<Trusted[]> => {
  const { manifests, tokens, keep } = await wallet.store.read(async (shelves) => ({
    manifests: await shelves.manifests.all(), tokens: await shelves.tokens.all(), keep: await shelves.keep.all(),
  }));
  const all: Trusted[] = [];
  for (const { issuer, trust: { n }, at } of manifests) {
    const manifest = await keptManifest(wallet, issuer);
    let [checked, bad] = [0, 0];
    for (const token of tokens.filter((one) => one.issuer === issuer && (!one.bad || one.bad === 'leaving'))) (await proofHolds(wallet, manifest!, token)) ? checked++ : bad++;
    all.push({ issuer, n, at, checked, bad, fork: (keep.find(({ name }) => name === `fork ${issuer}`)?.value as { at: number } | undefined)?.at });
  }
  return all;
};

const proofHolds = async (wallet: Wallet, manifest: Parameters<Wallet['core']['checkToken']>[0], token: KeptToken): Promise<boolean> => {
  const seed = await seedOf(wallet, token.of);
  try {
    wallet.core.checkToken(manifest, seed, token);
    return true;
  } catch {
    return false;
  }
};

/** Forgets what was bought and refused. Coins, and what is still without outcome, stay. */
export const eraseHistory = async ({ store }: Wallet): Promise<number> => {
  // Which pages were kept for reading offline says what was bought, too.
  await globalThis.caches?.delete(kept).catch(() => {});
  return store.write(async ({ grants, attempts, texts, orders }) => {
    const open = new Set<string>();
    for (const { binding, state } of await attempts.all()) state === 'sent' ? open.add(binding) : await attempts.delete(binding);
    const bought = await grants.all();
    for (const { binding } of bought) await grants.delete(binding);
    for (const { binding } of await texts.all()) if (!open.has(binding)) await texts.delete(binding);
    for (const { order, state } of await orders.all()) if (/^(drawn|over)$/.test(state)) await orders.delete(order);
    return bought.length;
  });
};
