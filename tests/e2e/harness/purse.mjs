// A purse for tests of the pocket: its page stands in for the purse's, served by the issuer under its own rules; its coins and its
// swaps are real ones.
import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { IDBFactory } from '../../../npm/node_modules/fake-indexeddb/build/esm/index.js';
import '../../../npm/node_modules/fake-indexeddb/auto/index.mjs';
import { createPaywall } from '../../../npm/dist/inline.js';
import { press } from '../../harness/checkout.mjs';
import { servesPurse } from './purse_pages.mjs';

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const be32 = (n) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(n); return bytes; };
const be64 = (n) => { const bytes = Buffer.alloc(8); bytes.writeBigUInt64BE(BigInt(n)); return bytes; };
const lp = (text) => Buffer.concat([be32(Buffer.byteLength(text)), Buffer.from(text)]);
const b64u = (bytes) => Buffer.from(bytes).toString('base64url');
const un = (text) => Buffer.from(text, 'base64url');
const list = (items) => Buffer.concat([be32(items.length), ...items]);

const page = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>Purse</title><script defer src="purse.js"></script><p id="who"></p><button id="give" disabled>Give</button><button id="lose">Lose</button><button id="refuse">Refuse</button>`;
const script = `let question, answer;
const asked = (message, from, send) => { question = message; answer = send; who.textContent = from + ' ' + message.amount; give.disabled = false; };
addEventListener('message', ({ data, origin, source }) => { if (data.kind === 'fill') asked(data, origin, (said) => source.postMessage(said, origin)); });
const [, text] = /^#fill=(.+)$/.exec(location.hash) ?? [];
const toB64u = (value) => btoa(JSON.stringify(value)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
if (text) {
  const { return: back, ...message } = JSON.parse(atob(text.replaceAll('-', '+').replaceAll('_', '/')));
  asked(message, new URL(back).origin, (said) => location.assign(back + '#farthing-' + said.kind + '=' + toB64u(said)));
} else opener?.postMessage({ farthing: 1, kind: 'ready' }, '*');
give.onclick = async () => answer({ farthing: 1, kind: 'filled', evaluations: await swapped(question.outputs) });
lose.onclick = async () => { await swapped(question.outputs); close(); };
refuse.onclick = () => answer({ farthing: 1, kind: 'refused', code: 'insufficient_funds', of: question.outputs[0].blinded });`;

/** What the issuer of the tests must serve: its readers' purse is this page. */
export const standIn = servesPurse({ 'index.html': page, 'purse.js': script });

export class Purse {
  /** With 2 € in it, loaded at the real issuer. */
  static async open(paper, article) {
    const purse = new Purse(paper);
    const page = await (await fetch(paper.origin + article.path)).text();
    const sealed = /<script type="application\/farthing\+json">(.*?)<\/script>/s.exec(page)[1];
    const disk = new IDBFactory();
    const paywall = createPaywall({ sealed, page: { origin: paper.origin, path: article.path }, indexedDB: disk });
    const load = await paywall.load(2_000_000, paper.origin + article.path);
    await press(load.checkout.split('#')[0], /approve|pay/i);
    await paywall.collect();
    const database = await new Promise((resolve, reject) => Object.assign(disk.open('farthing', 1), { onsuccess() { resolve(this.result); }, onerror: reject }));
    const all = (name) => new Promise((resolve) => Object.assign(database.transaction(name).objectStore(name).getAll(), { onsuccess() { resolve(this.result); } }));
    purse.tokens = await all('tokens');
    [purse.manifest] = await all('manifests');
    return purse;
  }

  constructor(paper) {
    this.issuer = paper.issuer.origin;
    this.asked = [];
    this.swaps = 0;
  }

  async serve(context) {
    await context.exposeFunction('swapped', (outputs) => this.swapped(outputs));
  }

  /** All its coins for these elements, by `POST /v1/swaps` as docs/spec.md says; the same elements are sent as the same bytes. */
  async swapped(outputs) {
    this.asked.push(JSON.stringify(outputs));
    const coins = this.tokens.map(({ token, nullifier }) => ({ keyset: token.subarray(1, 17), nonce: token.subarray(17, 49), y: token.subarray(49, 81), nullifier: un(nullifier) }))
      .sort((a, b) => Buffer.compare(a.nullifier, b.nullifier));
    const n = this.manifest.trust.n;
    const bound = sha256(
      'farthing/v1/', 'swap', Uint8Array.of(0), lp(this.issuer), be64(n), list(coins.map(({ keyset, nonce }) => Buffer.concat([keyset, nonce, lp('')]))),
      list([list(outputs.map(({ keyset, blinded }) => Buffer.concat([un(keyset), un(blinded)])))]),
    );
    const mac = (y) => createHmac('sha256', Buffer.from(hkdfSync('sha256', y, new Uint8Array(), 'farthing/v1/mac', 32))).update(bound).digest();
    const body = JSON.stringify({
      manifest: n, inputs: coins.map(({ keyset, nonce, y }) => ({ keyset: b64u(keyset), nonce: b64u(nonce), blind: '', mac: b64u(mac(y)) })), groups: [{ outputs }],
    });
    const answer = await fetch(`${this.issuer}/v1/swaps`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`swap ${answer.status}: ${text}`);
    this.swaps++;
    return JSON.parse(text).groups[0].evaluations;
  }
}
