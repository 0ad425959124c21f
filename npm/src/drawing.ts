/** Drawing what was ordered and paid for. Loaded when the journal has an order. */
import { asFailure, codeOf, type FarthingError } from './errors.js';
import { isUndecided } from './issuer.js';
import { keptManifest, walk } from './manifest.js';
import { mint } from './mint.js';
import type { KeptOrder, PendingDraw } from './store.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** What happened to a load since the last look. */
export interface Collected { order: string; currency: string; amount: number; state: 'collected' | 'waiting' | 'declined' | 'expired' | 'closed' }

const isOpen = ({ state }: KeptOrder): boolean => state !== 'drawn' && state !== 'over';

/** Asks about every open order and draws what is settled. Orders whose issuer is silent stay as they are. */
export const collect = async (wallet: Wallet): Promise<Collected[]> => {
  const results: Collected[] = [];
  let silence: FarthingError | undefined;
  for (const { order, currency, amount } of (await wallet.store.read(({ orders }) => orders.all())).filter(isOpen)) {
    try {
      const state = await alone(() => collectOne(wallet, order));
      if (state) results.push({ order, currency, amount, state });
    } catch (thrown) {
      silence = asFailure(thrown);
      if (!isUndecided(silence.code)) throw silence;
    }
  }
  if (silence && !results.length) throw silence;
  return results;
};

const keep = async ({ store }: Wallet, order: KeptOrder): Promise<KeptOrder> => {
  await store.write(({ orders }) => orders.put(order));
  return order;
};

const collectOne = async (wallet: Wallet, id: string): Promise<Collected['state'] | undefined> => {
  const { store } = wallet;
  let kept = await store.read(({ orders }) => orders.get(id));
  if (!kept || !isOpen(kept)) return;
  if (kept.state !== 'settled') {
    const state = await issuerOf(wallet, kept.issuer).orderState(id).catch((thrown: unknown) => {
      if (codeOf(thrown) !== 'order_unknown') throw thrown;
      return undefined;
    });
    if (!state || state === 'quoted') {
      // Nobody pays after a month.
      if (wallet.now() > kept.at + 30 * 86_400) await store.write(({ orders }) => orders.delete(id));
      return state && 'waiting';
    }
    kept = await keep(wallet, { ...kept, state: state === 'settled' ? state : 'over' });
    if (state !== 'settled') return state;
  }
  await drawAll(wallet, kept);
  return 'collected';
};

/** Draws pouch after pouch: each is journalled with its counters before it is sent, and kept with its tokens in one transaction. */
const drawAll = async (wallet: Wallet, settled: KeptOrder): Promise<void> => {
  const { core, store, now } = wallet;
  const { order: id, issuer, currency, claimCounter, claimBranch } = settled;
  const seed = await seedOf(wallet);
  let manifest = (await keptManifest(wallet, issuer)) ?? (await walk(wallet, issuer, null));
  let order = settled;
  for (let refused = 0; order.rest > 0; ) {
    const { rest, pouch, draw = await store.write(async (shelves) => {
      const counters = await countersOf(shelves, issuer);
      const mix = core.planPouches(manifest, currency, rest)[0]!;
      const { request, counters: after } = core.prepareDraw(manifest, seed, { order: id, claimCounter, ...(claimBranch !== undefined && { claimBranch }), pouch, mix, rest, currency, counters, now: now() });
      await raiseCounters(shelves, issuer, after);
      const made: PendingDraw = { request, counters, listed: await shelves.manifests.get(issuer) };
      await shelves.orders.put({ ...order, draw: made });
      return made;
    }) } = order;
    const { draw: _, ...next } = order;
    let response: string;
    try {
      response = await issuerOf(wallet, issuer).draw(id, draw.request);
    } catch (thrown) {
      const { code } = asFailure(thrown);
      if (isUndecided(code) || ++refused > 4) throw thrown;
      // Refused with a code: this pouch is planned anew, with counters that were never used.
      if (/^(keyset_n|mix_|pouch_m)/.test(code)) manifest = await walk(wallet, issuer, null);
      // Another holder of the claim key took this number.
      else if (code === 'pouch_conflict') next.pouch++;
      else if (code !== 'element_reused') throw thrown;
      order = await keep(wallet, next);
      continue;
    }
    const minted = await mint(core, (await keptManifest(wallet, issuer, draw.listed))!, seed, draw, response);
    order = { ...next, pouch: pouch + 1, rest: rest - minted.reduce((sum, { amount }) => sum + amount, 0) };
    const kept = order;
    await store.write(async ({ tokens, orders }) => {
      for (const token of minted) await tokens.put({ ...token, issuer, currency, at: now() });
      await orders.put(kept);
    });
  }
  await keep(wallet, { ...order, state: 'drawn' });
};
