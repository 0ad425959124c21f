/** A purse again from its twelve words (spec R35, R36, R37): what the issuer ever made of its elements, without what was spent. */
import { codeOf, failure } from '../errors.js';
import { findOrder, restore as ask, spent as askSpent } from '../issuer_calls.js';
import type { KeptToken } from '../store.js';
import { alone, issuerOf } from '../wallet.js';
import type { Keyset, PurseManifest } from './core.js';
import { note } from './events.js';
import { newest, type Purse } from './wallet.js';

/** Counters asked after at a time, and after how many in a row without an element a keyset ends (R35). */
const batch = 50;
const gapOfTokens = 100;
/** Claim keys in a row without an order (R36). */
const gapOfOrders = 20;

/** Where a restore stands; kept after every answer, so that it goes on after a reload. */
interface Restoring {
  phrase: Uint8Array;
  branch: number;
  /** Place in the list of keysets; after the last one come the orders. */
  keyset: number;
  from: number;
  /** Counters in a row without anything. */
  gap: number;
  /** Whether anything was on this branch. */
  any: boolean;
  /** How many coins were found, spent ones among them. */
  found: number;
}

/** `looking`: more is to come. */
export type Progress = { kind: 'looking'; found: number; branch: number } | Restored;

/** `nothing`: these words never were a purse's at this issuer. They are not kept, so that others can be typed. */
export type Restored = { kind: 'done'; amounts: { currency: string; amount: number }[]; spent: number } | { kind: 'nothing' };

/**
 * Takes the words of a purse to be restored.
 *
 * @throws `phrase_invalid`, as the core's types say; nothing was changed then.
 */
export const beginRestore = async (purse: Purse, text: string): Promise<void> => {
  const value: Restoring = { phrase: purse.core.phraseFromWords(text), branch: 0, keyset: 0, from: 0, gap: 0, any: false, found: 0 };
  await purse.store.write(async ({ keep }) => {
    if ((await keep.get('seed')) || (await keep.get('lock'))) throw failure('internal', 'a purse is here already');
    await keep.put({ name: 'restoring', value });
  });
};

/** Every keyset that was in any list; a keyset's id is computed again where it is used. */
const everyKeyset = async (purse: Purse): Promise<Keyset[]> => {
  const client = issuerOf(purse, purse.issuer);
  const all = new Map<string, Keyset>();
  const bodies = new Set((await client.heads(1)).map((head) => purse.core.headInfo(head).body));
  for (const hash of bodies) {
    const { keysets } = JSON.parse(new TextDecoder().decode(await client.body(hash))) as { keysets: Keyset[] };
    for (const keyset of keysets) if (keyset.kind === 'money') all.set(keyset.id, keyset);
  }
  return [...all.values()];
};

const nameOfSeed = (branch: number): string => `seed ${branch}`;

/**
 * Goes on with a restore until it is done. Each step stands before the next is asked for; between requests it waits a little.
 * Found coins count once all is looked through, because what was spent is sorted out at the end.
 *
 * @throws FarthingError of fault `network` where the issuer is silent, `AbortError` where `signal` says so: the same call goes on.
 */
export const restore = async (purse: Purse, told: (progress: Progress) => void, signal?: AbortSignal): Promise<Restored> => {
  const { core, store, issuer, now } = purse;
  const manifest = await newest(purse);
  const client = issuerOf(purse, issuer);
  const keysets = await everyKeyset(purse);
  for (;;) {
    signal?.throwIfAborted();
    const at = (await store.read(({ keep }) => keep.get('restoring')))?.value as Restoring | undefined;
    if (!at) throw failure('internal', 'no restore was begun');
    told({ kind: 'looking', found: at.found, branch: at.branch });
    const seed = core.onBranch(core.phraseSeed(at.phrase), at.branch);
    const keyset = keysets[at.keyset];
    if (keyset) {
      const request = core.prepareRestore(issuer, seed, { keyset: keyset.id, from: at.from, count: batch });
      const tokens = core.finishRestore(manifest, seed, { keyset, from: at.from, request }, await ask(client, request));
      const last = tokens.reduce((most, { counter }) => Math.max(most, counter), -1);
      const gap = last < 0 ? at.gap + batch : at.from + batch - 1 - last;
      const ended = gap >= gapOfTokens;
      await store.write(async (shelves) => {
        for (const token of tokens) {
          await shelves.tokens.put({ ...token, issuer, currency: keyset.currency, at: now(), bad: 'restoring', of: nameOfSeed(at.branch) });
        }
        const next: Restoring = {
          ...at, any: at.any || tokens.length > 0, found: at.found + tokens.length,
          ...(ended ? { keyset: at.keyset + 1, from: 0, gap: 0 } : { from: at.from + batch, gap }),
        };
        await shelves.keep.put({ name: 'restoring', value: next });
      });
    } else if (at.gap < gapOfOrders) {
      const order = await find(purse, seed, at.from);
      await store.write(async (shelves) => {
        if (order && order.state === 'settled' && order.unminted > 0) {
          await shelves.orders.put({
            order: order.order, issuer, currency: order.currency, amount: order.value, claimCounter: at.from, claimBranch: at.branch, request: '', at: now(), state: 'settled',
            disclosure: order.disclosure, pouch: order.pouches, rest: order.unminted,
          });
        }
        await shelves.keep.put({ name: 'restoring', value: { ...at, any: at.any || !!order, from: at.from + 1, gap: order ? 0 : at.gap + 1 } satisfies Restoring });
      });
    } else if (at.any) {
      await store.write(async (shelves) => {
        await shelves.keep.put({ name: nameOfSeed(at.branch), value: seed });
        await shelves.keep.put({ name: 'restoring', value: { ...at, branch: at.branch + 1, keyset: 0, from: 0, gap: 0, any: false } satisfies Restoring });
      });
      continue;
    } else {
      // One word in sixteen that is wrong still makes twelve that belong together.
      const done: Restored = at.branch ? await settle(purse, manifest, keysets, at, seed) : await forget(purse);
      told(done);
      return done;
    }
    await purse.sleep(30 + Math.random() * 90);
  }
};

const forget = async ({ store }: Purse): Promise<Restored> => {
  await store.write(({ keep }) => keep.delete('restoring'));
  return { kind: 'nothing' };
};

const find = async (purse: Purse, seed: Uint8Array, counter: number) => {
  const { core, issuer } = purse;
  try {
    return core.finishFind(issuer, seed, counter, await findOrder(issuerOf(purse, issuer), core.prepareFind(issuer, seed, counter)));
  } catch (thrown) {
    if (codeOf(thrown) === 'order_unknown') return null;
    throw thrown;
  }
};

/** Which of these are spent, by the issuer's signed lists: none of them is named (R37). */
const spentOf = async (purse: Purse, manifest: PurseManifest, keyset: string, tokens: KeptToken[]): Promise<Set<string>> => {
  const { core, issuer, now } = purse;
  const client = issuerOf(purse, issuer);
  const gone = new Set<string>();
  let bits = 0;
  for (let tries = 0; ; tries++) {
    const groups = new Map<string, string[]>();
    for (const { nullifier } of tokens) {
      const prefix = core.spentPrefix(nullifier, bits);
      groups.set(prefix, [...(groups.get(prefix) ?? []), nullifier]);
    }
    try {
      for (const [prefix, nullifiers] of groups) {
        const list = core.lookUpSpent(manifest, { keyset, prefix, nullifiers, now: now() }, await askSpent(client, keyset, prefix));
        nullifiers.forEach((one, place) => list.spent[place] && gone.add(one));
      }
      return gone;
    } catch (thrown) {
      const { code, members } = thrown as { code?: string; members?: { bits?: unknown } };
      // The list has grown: the issuer says how much of a nullifier it wants to be asked with.
      if (code !== 'prefix_length' || !Number.isSafeInteger(members?.bits) || tries > 4) throw thrown;
      bits = members!.bits as number;
    }
  }
};

/** Sorts out what was spent, and begins on the first branch that nobody has used. */
const settle = async (purse: Purse, manifest: PurseManifest, keysets: Keyset[], { phrase, branch }: Restoring, seed: Uint8Array): Promise<Restored> => {
  const { store, now } = purse;
  const found = (await store.read(({ tokens }) => tokens.all())).filter(({ bad }) => bad === 'restoring');
  const gone = new Set<string>();
  for (const { id } of keysets) {
    const mine = found.filter(({ keyset }) => keyset === id);
    if (mine.length) for (const one of await spentOf(purse, manifest, id, mine)) gone.add(one);
  }
  return alone(() => store.write(async (shelves) => {
    const sums = new Map<string, number>();
    for (const { bad: _, ...token } of found) {
      if (gone.has(token.nullifier)) {
        await shelves.tokens.delete(token.nullifier);
        continue;
      }
      await shelves.tokens.put(token);
      sums.set(token.currency, (sums.get(token.currency) ?? 0) + token.amount);
    }
    const amounts = [...sums].map(([currency, amount]) => ({ currency, amount }));
    for (const { currency, amount } of amounts) await note(shelves, { id: `restore ${currency} ${now()}`, kind: 'restored', at: now(), currency, amount });
    await shelves.keep.put({ name: 'phrase', value: phrase });
    await shelves.keep.put({ name: 'written', value: true });
    await shelves.keep.put({ name: 'seed', value: seed });
    await shelves.keep.put({ name: 'branch', value: branch });
    await shelves.keep.delete('restoring');
    return { kind: 'done', amounts, spent: gone.size };
  }));
};

