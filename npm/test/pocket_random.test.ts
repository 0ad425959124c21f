/**
 * A pocket and a purse under whatever order of things, cut off at whatever step: each run is a random walk of a reader, most of whose steps
 * end in a closed browser or a lost answer. The issuer's books are the model.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { IDBFactory } from 'fake-indexeddb';
import { spendable } from '../src/coins.js';
import { asFailure } from '../src/errors.js';
import { beginFill, dropFill, endFill, openFills, questionOf } from '../src/link/fill.js';
import { beginLeave, dropLeave, dropOldLeaves, leave, openLeaves } from '../src/link/leave.js';
import { walk } from '../src/manifest.js';
import { balance } from '../src/pocket.js';
import type { PurseCore } from '../src/purse/core.js';
import { begin, collect, elementsFor, give, openPurse, orderValue, type Purse, takeReturned, visit } from '../src/purse/purse.js';
import { renew } from '../src/purse/renew.js';
import type { Holder } from '../src/purse/wallet.js';
import { Store } from '../src/store.js';
import { openSwaps, sendSwap } from '../src/swap.js';
import { alone, type Wallet } from '../src/wallet.js';
import { Browser, openShop, origin, Plug, plugged, type Shop, text } from './reader.js';

const at = (path: string) => new URL(`../${path}`, import.meta.url);
const core: PurseCore = await (await import(at('dist/purse/core.js').href)).loadPurse(await readFile(at('dist/purse/farthing_purse_bg.wasm')));
const EUR = 'EUR';

/** How often each thing happens, of all. */
const often = Object.entries({ buy: 6, fill: 5, return: 4, load: 2, loadPurse: 2, renewPocket: 2, renewPurse: 2, visit: 2, visitPurse: 2, newKeys: 1, later: 1 })
  .flatMap(([name, times]) => Array<string>(times).fill(name));

/** Numbers from a seed (mulberry32): a run that fails is run again by its number. */
const dice = (seed: number) => {
  let state = seed * 0x9e3779b9;
  return (sides: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
};

class Walk {
  readonly #roll: (sides: number) => number;
  readonly #purseDisk = new IDBFactory();
  readonly #sealed = new Map<string, string>();
  /** What the reader has agreed to pay for: each of these once. */
  readonly #pressed = new Set<string>();
  readonly #trace: string[] = [];
  closed = 0;
  readonly happened = new Map<string, number>();

  private constructor(readonly seed: number, readonly shop: Shop, readonly browser: Browser) {
    this.#roll = dice(seed);
  }

  static async begin(seed: number): Promise<Walk> {
    const shop = await openShop();
    const made = new Walk(seed, shop, new Browser(shop));
    await begin(await made.#purse());
    // Money on both sides to begin with.
    for (const act of ['load', 'loadPurse', 'loadPurse']) await made.#acts[act]!(new Plug());
    // Whatever is sent or answered may be lost, while the faults are on.
    shop.issuer.before = () => (made.#faulty && made.#roll(12) === 0 ? 'lost' : undefined);
    shop.issuer.after = () => (made.#faulty && made.#roll(8) === 0 ? 'lost' : undefined);
    return made;
  }
  #faulty = false;

  #article(path: string): string {
    let sealed = this.#sealed.get(path);
    if (!sealed) this.#sealed.set(path, (sealed = this.shop.seal({ path, amount: 50_000 + 37_000 * this.#sealed.size })));
    return sealed;
  }

  #network(plug: Plug): Wallet['fetch'] {
    return async (address, init) => {
      plug.step();
      const answer = await this.shop.issuer.fetch(address, init);
      plug.step();
      return answer;
    };
  }

  #purse(plug = new Plug()): Promise<Purse> {
    const { issuer } = this.shop;
    return openPurse({ issuer: issuer.id, core, indexedDB: plugged(this.#purseDisk, plug), now: () => issuer.now, sleep: async () => plug.step(), fetch: this.#network(plug) });
  }

  async #pocket(plug = new Plug()): Promise<Holder> {
    const { issuer } = this.shop;
    return { core, issuer: issuer.id, store: await Store.open(plugged(this.browser.disk as unknown as IDBFactory, plug)), now: () => issuer.now, sleep: async () => plug.step(), fetch: this.#network(plug) };
  }

  /** What a visit does before anything is pressed: what was begun is finished. */
  async #finish(plug = new Plug()): Promise<void> {
    const first = this.#article('/articles/0');
    const page = await this.browser.visit(first, { plug, path: '/articles/0' });
    await page.recover();
    await page.collect();
    const pocket = await this.#pocket(plug);
    for (const { binding } of await openSwaps(pocket)) {
      await alone(async () => {
        const swap = (await openSwaps(pocket)).find((one) => one.binding === binding);
        if (swap) await sendSwap(pocket, swap, ({ keep }) => keep.delete(swap.purpose));
      });
    }
    await dropOldLeaves(pocket);
  }

  readonly #acts: Record<string, (plug: Plug) => Promise<unknown>> = {
    buy: async (plug) => {
      const path = `/articles/${this.#roll(5)}`;
      const sealed = this.#article(path);
      const page = await this.browser.visit(sealed, { plug, path });
      const { kind } = await page.unlock({ confirm: () => !!this.#pressed.add(path) });
      assert.ok(kind === 'opened' || kind === 'insufficient_funds', kind);
      return kind;
    },
    load: async (plug) => {
      const path = '/articles/0';
      const page = await this.browser.visit(this.#article(path), { plug, path });
      const load = await page.load(500_000 * (1 + this.#roll(2)), origin + path);
      assert.ok(load.kind === 'checkout');
      // Some turn back at the checkout.
      if (this.#roll(4)) this.shop.issuer.settle(load.order);
      return page.collect();
    },
    loadPurse: async (plug) => {
      const purse = await this.#purse(plug);
      const { order } = await orderValue(purse, { currency: EUR, amount: 1_000_000 }, `${purse.issuer}/wallet/`);
      if (this.#roll(4)) this.shop.issuer.settle(order);
      return collect(purse);
    },
    fill: async (plug) => {
      const pocket = await this.#pocket(plug);
      const manifest = await walk(pocket, pocket.issuer, this.shop.issuer.pin);
      const question = questionOf(await beginFill(pocket, manifest, EUR, 1000 * (100 + this.#roll(400)), { path: '/', scroll: 0 }));
      const end = await give(await this.#purse(plug), origin, question);
      if (end.kind === 'filled') await endFill(pocket, pocket.issuer, EUR, end.evaluations);
      else await dropFill(pocket, { code: end.code, of: question.outputs[0]!.blinded });
      return end.kind;
    },
    return: async (plug) => {
      const pocket = await this.#pocket(plug);
      const wish = await beginLeave(pocket, pocket.issuer, EUR);
      if (!wish) return 'nothing';
      const purse = await this.#purse(plug);
      const asked = await elementsFor(purse, origin, wish);
      if (asked.kind === 'refused') return dropLeave(pocket, pocket.issuer, EUR);
      const evaluations = await leave(pocket, wish, asked.outputs);
      // The window may be closed before the purse hears of it.
      return this.#roll(3) ? takeReturned(purse, origin, evaluations) : 'unheard';
    },
    renewPocket: async (plug) => renew(await this.#pocket(plug), 16),
    renewPurse: async (plug) => renew(await this.#purse(plug), 16),
    visit: (plug) => this.#finish(plug),
    visitPurse: async (plug) => visit(await this.#purse(plug)),
    newKeys: async () => this.shop.issuer.rotateTokens(),
    later: async () => this.#later(),
  };

  #later(): void {
    this.browser.now = this.shop.issuer.now += 86_400;
  }

  /** What is true after every step, whatever happened in it. */
  async #look(): Promise<void> {
    const { issuer } = this.shop;
    const [pocket, purse] = await Promise.all([this.#pocket(), this.#purse()]);
    let counted = 0;
    for (const { store } of [pocket, purse]) {
      for (const { nullifier, amount } of await store.read((shelves) => spendable(shelves))) {
        assert.ok(!issuer.spent.has(nullifier), 'a coin that is counted was not spent before');
        counted += amount;
      }
    }
    assert.ok(counted <= issuer.settled - issuer.charged, `${counted} are counted, the issuer owes ${issuer.settled - issuer.charged}`);
    assert.ok(issuer.purchases <= this.#pressed.size, 'no article is charged twice, and none that nobody pressed');
  }

  async step(): Promise<void> {
    const name = often[this.#roll(often.length)]!;
    const plug = new Plug(this.#roll(2) ? 1 + this.#roll(60) : Infinity);
    this.#faulty = this.#roll(3) === 0;
    let outcome: string;
    try {
      const came = await this.#acts[name]!(plug);
      outcome = typeof came === 'string' ? came : 'done';
    } catch (thrown) {
      if (thrown instanceof assert.AssertionError) throw thrown;
      const { code, message } = asFailure(thrown);
      // A browser that was closed, or an issuer that is silent, and nothing else.
      assert.ok(plug.pulled || code === 'issuer_unreachable', `${name}: ${code} ${message}`);
      outcome = plug.pulled ? 'closed' : code;
    }
    this.#faulty = false;
    if (plug.pulled) this.closed++;
    this.happened.set(`${name} ${outcome}`, (this.happened.get(`${name} ${outcome}`) ?? 0) + 1);
    this.#trace.push(`${name} ${outcome}`);
    await this.#look();
  }

  /** Everything works again, and the reader comes back to each of the pages. */
  async end(): Promise<void> {
    const { issuer } = this.shop;
    this.#later();
    await this.#finish();
    const purse = await this.#purse();
    const { unfinished } = await visit(purse);
    assert.equal(unfinished, 0);
    const pocket = await this.#pocket();
    for (const fill of await openFills(pocket)) {
      const question = questionOf(fill);
      const end = await give(purse, origin, question);
      if (end.kind === 'filled') assert.ok(await endFill(pocket, fill.issuer, fill.currency, end.evaluations));
      else await dropFill(pocket, { code: end.code, of: question.outputs[0]!.blinded });
    }
    assert.deepEqual([await openSwaps(pocket), await openSwaps(purse), await openFills(pocket)], [[], [], []]);
    const amounts = await Promise.all([pocket, purse].map(async (wallet) => (await balance(wallet)).reduce((sum, { amount }) => sum + amount, 0)));
    assert.equal(amounts[0]! + amounts[1]!, issuer.settled - issuer.charged, 'what was paid in is in the pocket, in the purse, or was spent on an article');
    assert.equal(issuer.outstanding, issuer.settled - issuer.charged, 'and all of it was drawn');
    // The coins are good: what nobody owns yet is bought with them, after old ones have become new ones and what lacks was loaded.
    while (await renew(pocket, 64));
    for (const path of this.#pressed) {
      const sealed = this.#article(path);
      const page = await this.browser.visit(sealed, { path });
      const before = issuer.purchases;
      const owned = await page.read();
      if (!owned) {
        let opened = await page.unlock();
        if (opened.kind === 'insufficient_funds') {
          await this.browser.fill(this.#article('/articles/0'), 500_000).catch(() => {});
          opened = await page.unlock();
        }
        assert.ok(opened.kind === 'opened' && opened.html === text, `${path}: ${opened.kind}`);
        assert.equal(issuer.purchases, before + 1);
      } else assert.ok(owned.kind === 'opened' && owned.html === text);
    }
    assert.equal(issuer.purchases, this.#pressed.size, 'each article that was pressed is paid once');
    const left = await Promise.all([pocket, purse].map(async (wallet) => (await balance(wallet)).reduce((sum, { amount }) => sum + amount, 0)));
    assert.equal(left[0]! + left[1]!, issuer.settled - issuer.charged);
    assert.deepEqual(await openLeaves(pocket), []);
  }

  /** What led to a failure. */
  get story(): string {
    return `run ${this.seed}: ${this.#trace.join(', ')}`;
  }
}

// More of them, or one alone: FARTHING_RUNS=100, FARTHING_RUN=7 FARTHING_RUNS=1.
const runs = Number(process.env.FARTHING_RUNS ?? 4);
const first = Number(process.env.FARTHING_RUN ?? 1);
const steps = 25;

test('whatever a reader does in whatever order, and wherever it breaks off: money is conserved, no article is charged twice, and what was paid for opens', async () => {
  const happened = new Map<string, number>();
  let closed = 0;
  for (let seed = first; seed < first + runs; seed++) {
    const one = await Walk.begin(seed);
    try {
      for (let n = 0; n < steps; n++) await one.step();
      await one.end();
    } catch (thrown) {
      throw new Error(`${(thrown as Error).message} — ${one.story}`, { cause: thrown });
    }
    closed += one.closed;
    for (const [what, times] of one.happened) happened.set(what, (happened.get(what) ?? 0) + times);
  }
  if (process.env.FARTHING_RUNS) console.log([...happened].sort().map(([what, times]) => `${times} ${what}`).join('\n'));
  assert.ok(closed > runs, `browsers were closed in the middle: ${closed}`);
});
