/** A reader's browser for tests: the real core, a real IndexedDB in memory, the scripted issuer, and a plug that can be pulled. */
import { readFile } from 'node:fs/promises';
import { IDBFactory } from 'fake-indexeddb';
import 'fake-indexeddb/auto';
import { type PublisherCore, publisherCore } from '../cli/core.js';
import type { Core } from '../src/core.js';
import { loadCore } from '../src/load.js';
import type { PageOptions } from '../src/page.js';
import { createPaywall, type Paywall } from '../src/paywall.js';
import { ScriptedIssuer } from './issuer.js';

export const origin = 'https://post.example';
export const text = `<p>${'The rest of the article, which somebody paid for. '.repeat(40)}</p>`;

export const browserCore = async (): Promise<Core> => loadCore(await readFile(new URL('../wasm/farthing_bg.wasm', import.meta.url)));

export interface Shop {
  issuer: ScriptedIssuer; publisher: PublisherCore; secret: Uint8Array; document: string;
  seal(options?: { path?: string; amount?: number; html?: string; exp?: number; access?: number; claims?: object; key?: Uint8Array }): string;
}

/** A publisher with an issuer; `seal` gives what stands in the page's script. */
export const openShop = async (now = 1_800_000_000): Promise<Shop> => {
  const publisher = await publisherCore();
  const issuer = new ScriptedIssuer('https://issuer.example', now);
  const { secret, jwk } = publisher.generateOfferKey();
  const document = JSON.stringify({ v: 1, publisher: origin, name: 'The Post', contact: 'post@post.example', keys: [jwk], issuers: [issuer.id] });
  return {
    issuer, publisher, secret, document,
    seal({ path = '/articles/one', amount = 200_000, html = text, exp = now + 86_400 * 30, access = 0, claims = {}, key = publisher.newContentKey() } = {}) {
      const { part, ct_hash } = publisher.sealPart({ publisher: origin, resource: path, version: '1' }, new TextEncoder().encode(html), key);
      const { jws, hash } = publisher.signOffer(secret, {
        iss: origin, iat: now, exp, resource: path, version: '1', title: 'An article', words: 320, sold: { kind: 'article' }, access, refund: 0,
        terms: issuer.terms.sha256, content: [{ ct_hash, length: new TextEncoder().encode(html).length, media_type: 'text/html', place: 'page' }],
        key_commit: publisher.keyCommit(key), prices: [{ issuer: issuer.id, currency: 'EUR', amount, sealing_kid: issuer.sealing.kid }],
        pins: [{ issuer: issuer.id, ...issuer.pin }], embedders: [], ...claims,
      });
      const wrap = publisher.wrapKey(key, { issuer: issuer.id, kid: issuer.sealing.kid, sealingPublicKey: issuer.sealing.publicKey.toString('base64url'), offerHash: hash });
      return JSON.stringify({ v: 1, offer: jws, wraps: [{ issuer: issuer.id, kid: issuer.sealing.kid, wrap: Buffer.from(wrap).toString('base64url') }], part: Buffer.from(part).toString('base64url') });
    },
  };
};

/** The browser was closed here. Nothing of the page runs on after it. */
export class Closed extends Error {}

/** Counts what touches network or disk, and closes the browser at the given place. */
export class Plug {
  steps = 0;
  constructor(private readonly last = Infinity) {}
  /** Kept promises from before are not; a closed page's promises never settle, so tests see an error at once and nothing after. */
  step(): void {
    if (++this.steps > this.last) throw new Closed();
  }
  get pulled(): boolean {
    return this.steps > this.last;
  }
}

/** The store as the page sees it, each transaction a step before it is made and a step after it stands. */
export const plugged = (factory: IDBFactory, plug: Plug): globalThis.IDBFactory =>
  new Proxy(factory, {
    get: (target, name) => {
      const value = Reflect.get(target, name);
      if (name !== 'open') return typeof value === 'function' ? value.bind(target) : value;
      return (...given: [string, number]) => {
        plug.step();
        const opening = target.open(...given);
        const result = () => {
          const database = opening.result;
          const transaction = database.transaction.bind(database);
          database.transaction = ((names: string[], mode: IDBTransactionMode, options: IDBTransactionOptions) => {
            plug.step();
            return transaction(names, mode, options);
          }) as typeof database.transaction;
        };
        opening.addEventListener('success', result);
        return opening;
      };
    },
  }) as unknown as globalThis.IDBFactory;

export class Browser {
  readonly disk = new IDBFactory();
  now: number;
  constructor(readonly shop: Shop) {
    this.now = shop.issuer.now;
  }

  /** Opens the page; `plug` may close the browser in the middle. `network` false: nothing can be reached. */
  async visit(
    sealed: string,
    { plug = new Plug(), path = '/articles/one', network = true, open = createPaywall, core }: {
      plug?: Plug; path?: string; network?: boolean; open?: (options: PageOptions) => Paywall; core?: Uint8Array<ArrayBuffer>;
    } = {},
  ): Promise<Paywall> {
    const { issuer, document } = this.shop;
    return open({
      sealed, page: { origin, path }, core: core ?? await readFile(new URL('../wasm/farthing_bg.wasm', import.meta.url)),
      indexedDB: plugged(this.disk, plug), now: () => this.now, sleep: async () => plug.step(),
      fetch: async (address, init) => {
        plug.step();
        if (!network) throw new TypeError('no network');
        const answer = address.startsWith(issuer.id) ? await issuer.fetch(address, init) : new Response(document);
        plug.step();
        return answer;
      },
    });
  }

  /** Loads and collects, as a reader does who pays at the checkout. */
  async fill(sealed: string, amount = 2_000_000): Promise<void> {
    const page = await this.visit(sealed);
    const load = await page.load(amount, `${origin}/articles/one`);
    if (load.kind !== 'checkout') throw new Error(load.kind);
    this.shop.issuer.settle(load.order);
    await page.collect();
  }
}

const openDisk = (disk: IDBFactory): Promise<IDBDatabase> =>
  new Promise((resolve, reject) => {
    const opening = disk.open('farthing', 1) as unknown as IDBOpenDBRequest;
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });

/** Everything in one of the stores, past the wallet. */
export const kindOf = async (browser: Browser, name: string): Promise<Record<string, unknown>[]> => {
  const database = await openDisk(browser.disk);
  const request = database.transaction(name).objectStore(name).getAll();
  return new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
};

/** A second copy of a pocket, as from a backup of the browser's profile. */
export const copyDisk = async (from: Browser, to: Browser): Promise<void> => {
  await (await to.visit(from.shop.seal())).balance();
  for (const name of [...(await openDisk(to.disk)).objectStoreNames]) await keepIn(to, name, await kindOf(from, name));
};

/** Puts values into one of the stores, past the wallet. */
export const keepIn = async (browser: Browser, name: string, values: object[]): Promise<void> => {
  const transaction = (await openDisk(browser.disk)).transaction(name, 'readwrite');
  for (const value of values) transaction.objectStore(name).put(value);
  await new Promise((resolve) => (transaction.oncomplete = resolve));
};
