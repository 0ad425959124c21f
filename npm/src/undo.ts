/**
 * Giving a purchase back (spec section 14): a right is drawn when the first one is wanted, and spent by a refund. Every step is journalled
 * before it is sent; after silence the same bytes are sent again.
 */
import type { Counters, TokenRecord } from './core.js';
import { asFailure, type Code, failure } from './errors.js';
import { isUndecided } from './issuer.js';
import { directory, refund } from './issuer_calls.js';
import { type Listed } from './manifest.js';
import { mint } from './mint.js';
import type { PurseManifest } from './purse/core.js';
import { type Holder, newest } from './purse/wallet.js';
import { listedNow, manifestOf } from './swap.js';
import type { KeptGrant, KeptOrder, PendingDraw, Shelves } from './store.js';
import { alone, countersOf, issuerOf, raiseCounters, seedOf, type Wallet } from './wallet.js';

/** A right that was drawn and not spent. */
interface KeptRight { issuer: string; currency: string; token: TokenRecord }

/** Where the rights of a load stand: asked for, or had. */
interface RightsOf { draw?: Omit<PendingDraw, 'listed'> & { listed: Listed }; pouch: number; had?: true }

/** A refund from before its request is sent until its answer is kept. */
interface KeptUndo { binding: string; issuer: string; currency: string; amount: number; right: string; request: string; counters: Counters; listed: Listed; at: number }

const right = 'right ';
const rightsOf = 'rights ';
const undoing = 'undo ';

const allOf = async <T>({ keep }: Shelves, prefix: string): Promise<T[]> => (await keep.all()).filter(({ name }) => name.startsWith(prefix)).map(({ value }) => value as T);

/** Whether the issuer gives purchases back. */
export const givesBack = async (wallet: Wallet, issuer: string): Promise<boolean> => {
  const { refunds } = JSON.parse(await directory(issuerOf(wallet, issuer))) as { refunds?: unknown };
  return Array.isArray(refunds) && refunds.includes('undo');
};

/** Loads of this issuer and currency whose rights were not had yet, older ones first. */
const owing = async (shelves: Shelves, { issuer, price: { currency } }: Pick<KeptGrant, 'issuer' | 'price'>): Promise<KeptOrder[]> => {
  const had = new Set((await shelves.keep.all()).filter(({ name, value }) => name.startsWith(rightsOf) && (value as RightsOf).had).map(({ name }) => name.slice(rightsOf.length)));
  return (await shelves.orders.all()).filter((one) => one.state === 'drawn' && one.issuer === issuer && one.currency === currency && !had.has(one.order)).sort((a, b) => a.at - b.at);
};

/** Whether there is a right to give this back with, as far as is known without asking. What came in a copy of another pocket is that pocket's to give back. */
export const mayUndo = ({ store, now }: Wallet, bought: KeptGrant, until: number): Promise<boolean> =>
  store.read(async (shelves) => {
    if (bought.of || bought.starter || until <= now()) return false;
    const { issuer, price: { currency } } = bought;
    const rights = await allOf<KeptRight>(shelves, right);
    return rights.some((one) => one.issuer === issuer && one.currency === currency) || !!(await owing(shelves, bought)).length;
  });

/** Whether this was asked to be given back, and the outcome is unknown. */
export const isUndoing = ({ store }: Wallet, { binding }: KeptGrant): Promise<boolean> => store.read(async ({ keep }) => !!(await keep.get(undoing + binding)));

/** Draws the rights of one load, its last pouch (R55). To be called while `alone`. */
const drawRights = async (holder: Holder, manifest: PurseManifest, order: KeptOrder): Promise<void> => {
  const { core, store, now } = holder;
  const { issuer, currency, amount, claimCounter, claimBranch } = order;
  const name = rightsOf + order.order;
  const seed = await seedOf(holder);
  const had = () => store.write(({ keep }) => keep.put({ name, value: { pouch: 0, had: true } satisfies RightsOf }));
  if (!core.rightsOf(manifest).some((one) => one.currency === currency)) return;
  for (let tries = 0; tries < 4; tries++) {
    const state = ((await store.read(({ keep }) => keep.get(name)))?.value as RightsOf | undefined) ?? { pouch: order.pouch };
    const { pouch, draw = await store.write(async (shelves) => {
      const counters = await countersOf(shelves, issuer);
      const { request, counters: after } = core.prepareDraw(manifest, seed, {
        order: order.order, claimCounter, ...(claimBranch !== undefined && { claimBranch }), pouch, mix: 'rights', rest: amount, currency, counters, now: now(),
      });
      await raiseCounters(shelves, issuer, after);
      const made = { request, counters, listed: await listedNow(shelves, issuer) };
      await shelves.keep.put({ name, value: { pouch, draw: made } satisfies RightsOf });
      return made;
    }) } = state;
    let response: string;
    try {
      response = await issuerOf(holder, issuer).draw(order.order, draw.request);
    } catch (thrown) {
      const { code } = asFailure(thrown);
      if (isUndecided(code)) throw thrown;
      // Another holder of the claim key drew a pouch of this number, or the keys were replaced: planned anew.
      if (/^(pouch_conflict|keyset_not_mintable|element_reused)$/.test(code)) {
        if (code === 'keyset_not_mintable') manifest = await newest(holder);
        await store.write(({ keep }) => keep.put({ name, value: { pouch: pouch + Number(code === 'pouch_conflict') } satisfies RightsOf }));
        continue;
      }
      await had();
      return;
    }
    const { listed, ...pending } = draw;
    const tokens = await mint(core, await manifestOf(holder, issuer, listed), seed, pending, response);
    await store.write(async ({ keep }) => {
      for (const token of tokens) await keep.put({ name: right + token.nullifier, value: { issuer, currency, token } satisfies KeptRight });
      await keep.put({ name, value: { pouch, had: true } satisfies RightsOf });
    });
    return;
  }
};

const rightFor = ({ store }: Wallet, { issuer, price: { currency } }: KeptGrant): Promise<KeptRight | undefined> =>
  store.read(async (shelves) => {
    const used = new Set((await allOf<KeptUndo>(shelves, undoing)).map((one) => one.right));
    return (await allOf<KeptRight>(shelves, right)).find((one) => one.issuer === issuer && one.currency === currency && !used.has(one.token.nullifier));
  });

/** How it ended: the price is in the pocket again, or the purchase stays as it was and why. */
export type UndoEnd = { kind: 'undone'; amount: number } | { kind: 'refused'; code: Code };

const send = async (holder: Holder, kept: KeptUndo): Promise<UndoEnd> => {
  const { core, store, now } = holder;
  const { binding, issuer, currency, amount, request, counters } = kept;
  let response: string;
  try {
    response = await refund(issuerOf(holder, issuer), request);
  } catch (thrown) {
    const { code } = asFailure(thrown);
    if (isUndecided(code)) throw thrown;
    await store.write(async ({ keep }) => {
      await keep.delete(undoing + binding);
      if (/^(token_|keyset_expired)/.test(code)) await keep.delete(right + kept.right);
    });
    return { kind: 'refused', code };
  }
  const tokens = core.finishRefund(await manifestOf(holder, issuer, kept.listed), await seedOf(holder), request, counters, response);
  await store.write(async (shelves) => {
    for (const token of tokens) await shelves.tokens.put({ ...token, issuer, currency, at: now() });
    await shelves.keep.delete(undoing + binding);
    await shelves.keep.delete(right + kept.right);
    await shelves.grants.delete(binding);
    await shelves.texts.delete(binding);
  });
  return { kind: 'undone', amount };
};

/** What a new plan may mend: another right, newer keys. */
const mendable = /^(token_spent|token_invalid|keyset_|element_reused)/;

/**
 * Gives a purchase back, or asks again about what was begun.
 *
 * @throws FarthingError of fault `network`: no outcome; the same call sends the same bytes.
 */
export const undo = (holder: Holder, bought: KeptGrant): Promise<UndoEnd> =>
  alone(async () => {
    const { core, store, now, issuer } = holder;
    const { binding, price: { currency }, grant, lead } = bought;
    for (let tries = 0; ; tries++) {
      let kept = (await store.read(({ keep }) => keep.get(undoing + binding)))?.value as KeptUndo | undefined;
      if (!kept) {
        if (!(await store.read(({ grants }) => grants.get(binding)))) throw failure('grant_revoked', 'not kept');
        const manifest = await newest(holder);
        let spent = await rightFor(holder, bought);
        for (const order of spent ? [] : await store.read((shelves) => owing(shelves, bought))) {
          await drawRights(holder, manifest, order);
          if ((spent = await rightFor(holder, bought))) break;
        }
        if (!spent) return { kind: 'refused', code: 'unsupported' };
        const { token } = spent;
        const seed = await seedOf(holder);
        kept = await store.write(async (shelves) => {
          const counters = await countersOf(shelves, issuer);
          const { request, amount, counters: after } = core.prepareRefund(manifest, seed, { grant, lead, right: token, counters, now: now() });
          await raiseCounters(shelves, issuer, after);
          const value: KeptUndo = { binding, issuer, currency, amount, right: token.nullifier, request, counters, listed: await listedNow(shelves, issuer), at: now() };
          await shelves.keep.put({ name: undoing + binding, value });
          return value;
        });
      }
      const end = await send(holder, kept);
      if (end.kind === 'undone' || tries > 3 || !mendable.test(end.code)) return end;
    }
  });

/** The issuers that were asked to give something back, and did not answer. */
export const openUndos = ({ store }: Wallet): Promise<string[]> => store.read(async (shelves) => [...new Set((await allOf<KeptUndo>(shelves, undoing)).map(({ issuer }) => issuer))]);

/** Asks again, with the same bytes. */
export const finishUndos = async (holder: Holder): Promise<void> => {
  for (const { binding, issuer } of await holder.store.read((shelves) => allOf<KeptUndo>(shelves, undoing))) {
    if (issuer !== holder.issuer) continue;
    await alone(async () => {
      const kept = (await holder.store.read(({ keep }) => keep.get(undoing + binding)))?.value as KeptUndo | undefined;
      if (kept) await send(holder, kept);
    });
  }
};
