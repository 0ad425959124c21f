/** A scripted issuer: real tokens, keys and books by docs/spec.md, in memory, with faults on demand. It shares no code with our core. */
import { p256_oprf } from '@noble/curves/nist.js';
import { b64u, be32, be64, binding, gcmSeal, hkdf, hmac, hpkeSeal, jwsHash, jwsPayload, lp, sha256, SealingKey, SigningKey, unb64u, uncompressed } from './crypto.js';

const { voprf } = p256_oprf;
const EUR = Buffer.from('EUR');

class Refusal extends Error {
  constructor(readonly status: number, readonly code: string, readonly members: object = {}) {
    super(code);
  }
}

interface Keyset { id: Buffer; denomination: number; secretKey: Uint8Array; publicKey: Uint8Array; json: object }
interface Order { id: string; claim: Buffer; amount: number; binding: string; state: string; pouches: { binding: string; answer: string; value: number }[] }
interface WireToken { keyset: string; nonce: string; mac: string }
interface Blinded { keyset: string; blinded: string }

/** A redemption's packed answer (section 9). */
const packed = (cek: Buffer, grant: string): Buffer => {
  const [header, , signature] = grant.split('.') as [string, string, string];
  const { kid } = JSON.parse(unb64u(header).toString()) as { kid: string };
  const said = jwsPayload(grant) as Record<string, any>;
  const { amount, fees, iat, access_until, refund_until } = said;
  return Buffer.concat([
    Uint8Array.of(1), cek, unb64u(kid), unb64u(signature), unb64u(said.subject), Buffer.from(said.currency),
    ...[amount, fees.issuer, fees.tax, iat, access_until, refund_until].map(number), Buffer.from(said.aud),
  ]);
};

/** Seven bits a byte, the lowest first. */
const number = (n: number): Buffer => (n < 128 ? Buffer.from([n]) : Buffer.concat([Buffer.from([(n % 128) + 128]), number(Math.floor(n / 128))]));

/** What happens to a request: it may be refused, garbled or lost, before or after it took effect. */
export type Fault = (path: string, body: string) => Response | 'lost' | undefined;

export class ScriptedIssuer {
  /** Signs; further ones are shown in the manifest before they do. */
  signing = new SigningKey();
  readonly signingKeys = [this.signing];
  readonly sealing = new SealingKey();
  readonly keysets = new Map<string, Keyset>();
  readonly heads: string[] = [];
  readonly bodies = new Map<string, string>();
  readonly orders = new Map<string, Order>();
  readonly spent = new Map<string, { binding: string; lead: string; value: number; keyset: string }>();
  readonly answers = new Map<string, Buffer>();
  readonly requests: { path: string; body: string }[] = [];
  charged = 0;
  purchases = 0;
  settled = 0;
  swaps = 0;
  /** Of an order from any page: this issuer believes every Origin. */
  orderMax = 2_000_000;
  terms = { version: '2026-11-01', sha256: b64u(sha256('terms')), url: '' };
  before: Fault = () => undefined;
  after: Fault = () => undefined;

  constructor(readonly id: string, public now: number) {
    this.terms.url = `${id}/terms`;
    for (let k = 0; k < 12; k++) this.addKeyset(1000 * 2 ** k);
    this.publish();
  }

  private addKeyset(denomination: number): void {
    const { secretKey, publicKey } = voprf.generateKeyPair();
    const dates = { mint_from: this.now - 86_400, mint_until: this.now + 86_400 * 100, redeem_until: this.now + 86_400 * 300, claim_until: this.now + 86_400 * 900 };
    const id = sha256(
      'farthing/v1/keyset', lp(this.id), EUR, be64(1000), be64(denomination), Uint8Array.of(0), lp(''),
      be64(dates.mint_from), be64(dates.mint_until), be64(dates.redeem_until), be64(dates.claim_until), publicKey,
    ).subarray(0, 16);
    const json = { id: b64u(id), kind: 'money', currency: 'EUR', publisher: '', denomination, public_key: b64u(publicKey), ...dates };
    this.keysets.set(b64u(id), { id, denomination, secretKey, publicKey, json });
  }

  /** A new manifest; `fork` replaces the newest one by another of the same number. */
  publish({ fork = false } = {}): void {
    if (fork) this.heads.pop();
    const n = this.heads.length + 1;
    const coins = (amount: number) => this.split(amount).reverse().reduce<{ denomination: number; count: number }[]>((list, denomination) => {
      const last = list.at(-1);
      if (last?.denomination === denomination) last.count++;
      else list.push({ denomination, count: 1 });
      return list;
    }, []);
    const body = JSON.stringify({
      iss: this.id, n,
      currencies: [{ currency: 'EUR', unit: 1000, pocket_max: 2_000_000, mixes: [{ mix: '0.50', amount: 500_000, coins: coins(500_000) }, { mix: '2.00', amount: 2_000_000, coins: coins(2_000_000) }] }],
      keysets: [...this.keysets.values()].filter(({ id }) => !this.retired.has(b64u(id))).map(({ json }) => json),
      signing_keys: this.signingKeys.map(({ jwk }) => jwk),
      sealing_keys: [{ kid: this.sealing.kid, public_key: b64u(this.sealing.publicKey), seal_until: this.now + 86_400 * 365, open_until: this.now + 86_400 * 1500 }],
      terms: this.terms,
    });
    const hash = b64u(sha256(body));
    this.bodies.set(hash, body);
    const prev = this.heads.length ? b64u(jwsHash(this.heads.at(-1)!)) : b64u(Buffer.alloc(32));
    this.heads.push(this.signing.jws('farthing-manifest+jwt', { iss: this.id, n, prev, body: hash, iat: this.now + (fork ? 1 : 0) }));
  }

  /** A new signing key, shown in one manifest and used from the next on. */
  rotateSigning(): void {
    const next = new SigningKey();
    this.signingKeys.push(next);
    this.publish();
    this.signing = next;
    this.publish();
  }

  get pin(): { n: number; hash: string } {
    return { n: this.heads.length, hash: b64u(jwsHash(this.heads.at(-1)!)) };
  }

  /** Canonical split (spec R25), largest first. */
  private split(amount: number): number[] {
    const largest = 1000 * 2 ** 11;
    const list: number[] = [];
    let rest = amount;
    while (rest >= 2 * largest) {
      list.push(largest);
      rest -= largest;
    }
    for (let denomination = largest; denomination >= 1000; denomination /= 2) {
      if (rest >= denomination) {
        list.push(denomination);
        rest -= denomination;
      }
    }
    return list;
  }

  /** The reader paid at the checkout. */
  settle(order: string): void {
    const kept = this.orders.get(order);
    if (!kept || kept.state !== 'quoted') throw new Error('no such order to settle');
    kept.state = 'settled';
    this.settled += kept.amount;
  }

  /** What tokens are worth that are out and not spent. */
  get outstanding(): number {
    const drawn = [...this.orders.values()].flatMap(({ pouches }) => pouches).reduce((sum, { value }) => sum + value, 0);
    return drawn - this.charged;
  }

  /** As the wallet's network: `fetch(address, init)`. */
  readonly fetch = async (address: string, init: RequestInit = {}): Promise<Response> => {
    const path = address.slice(this.id.length);
    const body = String(init.body ?? '');
    this.requests.push({ path, body });
    const early = this.before(path, body);
    if (early) return early === 'lost' ? Promise.reject(new TypeError('network lost')) : early;
    let answer: Response;
    try {
      const text = this.handle(path, body);
      answer = new Response(text, { status: path === '/v1/orders' ? 201 : 200, headers: { 'content-type': 'application/json' } });
    } catch (thrown) {
      if (!(thrown instanceof Refusal)) throw thrown;
      const { status, code, members } = thrown;
      answer = Response.json({ type: `https://farthing.example/problems/${code}`, title: code, status, code, ...members }, { status });
    }
    const late = this.after(path, body);
    if (late) return late === 'lost' ? Promise.reject(new TypeError('answer lost')) : late;
    return answer;
  };

  private handle(path: string, body: string): string {
    const [, manifests] = /^\/v1\/manifests\?from=(\d+)$/.exec(path) ?? [];
    if (manifests) return JSON.stringify({ heads: this.heads.slice(Number(manifests) - 1, Number(manifests) + 199) });
    const [, hash] = /^\/v1\/manifests\/bodies\/(.+)$/.exec(path) ?? [];
    if (hash) return this.bodies.get(hash) ?? this.refuse(404, 'manifest_unknown');
    if (path === '/v1/orders') return this.order(JSON.parse(body));
    const [, drawn] = /^\/v1\/orders\/([\w-]{22})\/draw$/.exec(path) ?? [];
    if (drawn) return this.draw(drawn, JSON.parse(body));
    const [, asked] = /^\/v1\/orders\/([\w-]{22})$/.exec(path) ?? [];
    if (asked) return JSON.stringify({ state: this.orders.get(asked)?.state ?? this.refuse(404, 'order_unknown') });
    if (path === '/v1/redemptions') return this.redeem(JSON.parse(body));
    if (path === '/v1/answers') return this.answer(JSON.parse(body));
    if (path === '/v1/swaps') return this.swap(JSON.parse(body));
    if (path === '/v1/restore') return this.restore(JSON.parse(body));
    if (path === '/.well-known/farthing-issuer.json') return JSON.stringify({ v: 1, issuer: this.id, kinds: ['article'], wallet: [{ currency: 'EUR', order_max: this.orderMax }] });
    if (path === '/v1/orders/find') return this.find(JSON.parse(body));
    const [, listed, prefix] = /^\/v1\/keysets\/([\w-]{22})\/spent\/(all|[01]+)$/.exec(path) ?? [];
    if (listed) return this.spentList(listed, prefix!);
    const [, one] = /^\/v1\/keysets\/([\w-]{22})$/.exec(path) ?? [];
    if (one) return JSON.stringify(this.keysets.get(one)?.json ?? this.refuse(404, 'keyset_unknown'));
    return this.refuse(404, 'not_found');
  }

  private refuse(status: number, code: string, members = {}): never {
    throw new Refusal(status, code, members);
  }

  private order({ currency, amount, terms, claim }: { currency: string; amount: number; terms: string; claim: string }): string {
    const key = unb64u(claim);
    const id = b64u(sha256('farthing/v1/order-id', lp(this.id), key).subarray(0, 16));
    const bound = b64u(binding('order', this.id, key, Buffer.from(currency), be64(amount), unb64u(terms)));
    const kept = this.orders.get(id);
    if (kept && kept.binding !== bound) this.refuse(409, 'order_conflict');
    if (terms !== this.terms.sha256) this.refuse(409, 'terms_changed');
    if (amount > this.orderMax) this.refuse(422, 'pocket_limit');
    if (amount % 1000 !== 0 || amount < 500_000) this.refuse(422, 'amount_invalid');
    if (!kept) this.orders.set(id, { id, claim: key, amount, binding: bound, state: 'quoted', pouches: [] });
    const disclosure = this.signing.jws('farthing-disclosure+jwt', {
      iss: this.id, iat: this.now, exp: this.now + 3600, quote: id, order: id, moment: 'load', currency, total: amount, value: amount, fees: [], tax: 0,
      terms: this.terms, expiry: 'none', cash_out: 'none', sandbox: true,
    });
    return JSON.stringify({ order: id, state: this.orders.get(id)!.state, disclosure, checkout: `${this.id}/checkout/${id}` });
  }

  /** What a purse gets that swaps coins of its own for these elements. */
  evaluated(elements: Blinded[]): { keyset: string; evaluated: string[]; proof: string }[] {
    return this.evaluate(elements, sha256(JSON.stringify(elements)));
  }

  private evaluate(elements: Blinded[], bound: Buffer): { keyset: string; evaluated: string[]; proof: string }[] {
    const groups = new Map<string, Uint8Array[]>();
    for (const { keyset, blinded } of elements) groups.set(keyset, [...(groups.get(keyset) ?? []), unb64u(blinded)]);
    return [...groups].map(([keyset, blinded]) => {
      const { id, secretKey, publicKey } = this.keysets.get(keyset)!;
      // Equal bytes for a repeated request (spec R12).
      const random = (length = 32) => new Uint8Array(hkdf(secretKey, id, bound, length));
      const { evaluated, proof } = voprf.blindEvaluateBatch(secretKey, publicKey, blinded, random as never);
      return { keyset, evaluated: evaluated.map(b64u), proof: b64u(proof) };
    });
  }

  private readonly issued = new Map<string, string>();
  private issue(elements: Blinded[], bound: Buffer): void {
    const reused = elements.flatMap(({ blinded }, place) => (this.issued.has(blinded) && this.issued.get(blinded) !== b64u(bound) ? [place] : []));
    if (reused.length) this.refuse(409, 'element_reused', { elements: reused });
    for (const { blinded } of elements) this.issued.set(blinded, b64u(bound));
  }

  private draw(id: string, { manifest, pouch, mix, elements }: { manifest: number; pouch: number; mix: string; elements: Blinded[] }): string {
    const order = this.orders.get(id) ?? this.refuse(404, 'order_unknown');
    if (order.state !== 'settled') this.refuse(409, 'order_not_settled');
    const list = elements.map(({ keyset, blinded }) => Buffer.concat([unb64u(keyset), unb64u(blinded)]));
    const bound = binding('draw', this.id, be64(manifest), unb64u(id), be32(pouch), lp(mix), be32(list.length), ...list);
    const kept = order.pouches[pouch];
    if (kept) return kept.binding === b64u(bound) ? kept.answer : this.refuse(409, 'pouch_conflict');
    if (pouch > order.pouches.length) this.refuse(409, 'pouch_unavailable');
    const value = this.value(elements);
    const left = order.amount - order.pouches.reduce((sum, one) => sum + one.value, 0);
    const wanted = mix === '' ? left : { '0.50': 500_000, '2.00': 2_000_000 }[mix];
    if (value !== wanted || value > left) this.refuse(422, 'pouch_mismatch');
    this.issue(elements, bound);
    const answer = JSON.stringify({ evaluations: this.evaluate(elements, bound) });
    order.pouches.push({ binding: b64u(bound), answer, value });
    return answer;
  }

  private value(elements: { keyset: string }[]): number {
    return elements.reduce((sum, { keyset }) => sum + (this.keysets.get(keyset)?.denomination ?? this.refuse(422, 'keyset_unknown')), 0);
  }

  private nullifier({ keyset, nonce }: WireToken): Buffer {
    return sha256('farthing/v1/nullifier', lp(this.id), unb64u(keyset), unb64u(nonce));
  }

  /** y of a token, after its mac was checked. */
  private y({ keyset, nonce, mac }: WireToken, bound: Buffer): Buffer {
    const { id, secretKey, publicKey } = this.keysets.get(keyset) ?? this.refuse(422, 'keyset_unknown');
    // By the client's way: the library has no direct one for this mode.
    const input = Buffer.concat([lp(this.id), id, unb64u(nonce)]);
    const { blind, blinded } = voprf.blind(input);
    const { evaluated, proof } = voprf.blindEvaluate(secretKey, publicKey, blinded);
    const y = Buffer.from(voprf.finalize(input, blind, evaluated, blinded, publicKey, proof));
    if (b64u(hmac(hkdf(y, Buffer.alloc(0), 'farthing/v1/mac', 32), bound)) !== mac) this.refuse(422, 'token_invalid', { index: 0 });
    return y;
  }

  private redeem(request: {
    manifest: number; offer: string; price: { issuer: string; currency: string; amount: number; sealing_kid: string }; wrap: string;
    inputs: WireToken[]; outputs: Blinded[]; cnf: string; sealing: string; salt: string; kind_data: string;
  }): string {
    const { manifest, offer, price, wrap, inputs, outputs, cnf, sealing, salt } = request;
    const offerHash = jwsHash(offer);
    const bound = binding(
      'redeem', this.id, be64(manifest), offerHash, lp(price.issuer), Buffer.from(price.currency), be64(price.amount), lp(price.sealing_kid), sha256(unb64u(wrap)),
      be32(inputs.length), ...inputs.flatMap(({ keyset, nonce }) => [unb64u(keyset), unb64u(nonce)]),
      be32(outputs.length), ...outputs.flatMap(({ keyset, blinded }) => [unb64u(keyset), unb64u(blinded)]),
      unb64u(cnf), unb64u(sealing), unb64u(salt), lp(unb64u(request.kind_data)),
    );
    const ys = inputs.map((input) => this.y(input, bound));
    const nullifiers = inputs.map((input) => this.nullifier(input));
    for (let i = 1; i < nullifiers.length; i++) if (Buffer.compare(nullifiers[i - 1]!, nullifiers[i]!) >= 0) this.refuse(422, 'inputs_order');
    const spent = nullifiers.flatMap((one, place) => (this.spent.has(b64u(one)) ? [place] : []));
    if (spent.length) {
      if (spent.length === inputs.length && nullifiers.every((one) => this.spent.get(b64u(one))!.binding === b64u(bound))) return this.opened.get(b64u(bound))!;
      this.refuse(409, 'token_spent', { spent });
    }
    const claims = jwsPayload(offer) as Record<string, any>;
    if (price.amount !== claims.prices[0].amount || price.issuer !== this.id) this.refuse(422, 'price_mismatch');
    if (this.value(inputs) !== price.amount + this.value(outputs)) this.refuse(422, 'unbalanced');
    let cek: Buffer;
    try {
      cek = this.sealing.open(Buffer.concat([Buffer.from('farthing/v1/wrap'), lp(this.id), lp(price.sealing_kid), offerHash]), unb64u(wrap));
    } catch {
      return this.refuse(422, 'wrap_invalid');
    }
    if (b64u(sha256('farthing/v1/cek', cek)) !== claims.key_commit) this.refuse(422, 'key_mismatch');
    this.issue(outputs, bound);
    const key = uncompressed(unb64u(cnf));
    const grant = this.signing.jws('farthing-grant+jwt', {
      iss: this.id, aud: claims.iss, jti: b64u(sha256('farthing/v1/grant', bound).subarray(0, 16)), iat: this.now, kind: 'article',
      subject: b64u(sha256('farthing/v1/subject', unb64u(salt), lp(claims.resource), lp(claims.version), offerHash, unb64u(claims.key_commit))),
      amount: price.amount, currency: price.currency, fees: { issuer: Math.floor(price.amount / 10), tax: 0 }, paid: 'money',
      access_until: claims.access ? this.now + claims.access : 0, refund_until: claims.refund ? this.now + claims.refund : 0,
      cnf: { jwk: { kty: 'EC', crv: 'P-256', x: b64u(key.subarray(1, 33)), y: b64u(key.subarray(33)) } }, giver: '',
    });
    const released = hpkeSeal(unb64u(sealing), Buffer.concat([Buffer.from('farthing/v1/key'), bound]), cek);
    const answer = JSON.stringify({ grant, key: b64u(released), change: this.evaluate(outputs, bound) });
    const lead = b64u(nullifiers[0]!);
    inputs.forEach((input, place) => this.spent.set(b64u(nullifiers[place]!), { binding: b64u(bound), lead, value: this.keysets.get(input.keyset)!.denomination, keyset: input.keyset }));
    this.answers.set(b64u(bound), gcmSeal(hkdf(ys[0]!, bound, 'farthing/v1/answer', 32), Buffer.alloc(12), packed(cek, grant)));
    this.opened.set(b64u(bound), answer);
    this.charged += price.amount;
    this.purchases++;
    return answer;
  }
  private readonly opened = new Map<string, string>();

  private swap({ manifest, inputs, groups }: { manifest: number; inputs: (WireToken & { blind: string })[]; groups: { outputs: Blinded[] }[] }): string {
    const bound = binding(
      'swap', this.id, be64(manifest), be32(inputs.length), ...inputs.flatMap(({ keyset, nonce, blind }) => [unb64u(keyset), unb64u(nonce), lp(unb64u(blind))]),
      be32(groups.length), ...groups.flatMap(({ outputs }) => [be32(outputs.length), ...outputs.flatMap(({ keyset, blinded }) => [unb64u(keyset), unb64u(blinded)])]),
    );
    const ys = inputs.map((input) => this.y(input, bound));
    const nullifiers = inputs.map((input) => b64u(this.nullifier(input)));
    const spent = nullifiers.flatMap((one, place) => (this.spent.has(one) ? [place] : []));
    if (spent.length) {
      if (nullifiers.every((one) => this.spent.get(one)?.binding === b64u(bound))) return this.opened.get(b64u(bound))!;
      this.refuse(409, 'token_spent', { spent });
    }
    const outputs = groups.flatMap((group) => group.outputs);
    if (outputs.some(({ keyset }) => this.retired.has(keyset))) this.refuse(409, 'keyset_not_mintable', { manifest: this.heads.length });
    if (this.value(inputs) !== this.value(outputs)) this.refuse(422, 'unbalanced');
    this.issue(outputs, bound);
    const answer = JSON.stringify({ groups: groups.map((group) => ({ evaluations: this.evaluate(group.outputs, bound) })) });
    inputs.forEach((input, place) => this.spent.set(nullifiers[place]!, { binding: b64u(bound), lead: nullifiers[0]!, value: this.keysets.get(input.keyset)!.denomination, keyset: input.keyset }));
    this.answers.set(b64u(bound), gcmSeal(hkdf(ys[0]!, bound, 'farthing/v1/answer', 32), Buffer.alloc(12), Buffer.from([2])));
    this.opened.set(b64u(bound), answer);
    this.swaps++;
    return answer;
  }

  private restore({ keyset, elements }: { keyset: string; elements: string[] }): string {
    const known = elements.filter((blinded) => this.issued.has(blinded));
    const evaluations = known.length ? this.evaluate(known.map((blinded) => ({ keyset, blinded })), sha256('restore', JSON.stringify(elements))) : [];
    return JSON.stringify({ issued: elements.map((blinded) => (known.includes(blinded) ? '1' : '0')).join(''), evaluations });
  }

  private find({ claim }: { claim: string }): string {
    const id = b64u(sha256('farthing/v1/order-id', lp(this.id), unb64u(claim)).subarray(0, 16));
    const { state, amount, pouches } = this.orders.get(id) ?? this.refuse(404, 'order_unknown');
    const unminted = state === 'settled' ? amount - pouches.reduce((sum, { value }) => sum + value, 0) : 0;
    return JSON.stringify({ order: id, state, currency: 'EUR', value: amount, unminted, pouches: pouches.length, disclosure: 'e30.e30.AA' });
  }

  private spentList(keyset: string, prefix: string): string {
    if (prefix !== 'all') this.refuse(422, 'prefix_length', { bits: 0 });
    const gone = [...this.spent].filter(([, { keyset: of }]) => of === keyset).map(([nullifier]) => unb64u(nullifier)).sort(Buffer.compare);
    const head = this.signing.jws('farthing-spent+jwt', {
      iss: this.id, iat: this.now - (this.now % 3600), keyset, prefix, spent: b64u(sha256('farthing/v1/spent', be32(gone.length), ...gone)),
    });
    return JSON.stringify({ head, spent: b64u(Buffer.concat(gone)) });
  }

  /** Replaces every keyset: the old ones are in no list any more, and mint nothing. */
  readonly retired = new Set<string>();
  rotateTokens(): void {
    for (const id of this.keysets.keys()) this.retired.add(id);
    for (let k = 0; k < 12; k++) this.addKeyset(1000 * 2 ** k);
    this.publish();
  }

  private answer(token: WireToken): string {
    this.y(token, binding('answer', this.id, unb64u(token.keyset), unb64u(token.nonce)));
    const kept = this.spent.get(b64u(this.nullifier(token))) ?? this.refuse(404, 'answer_unknown');
    return JSON.stringify({ operation: 'redeem', binding: kept.binding, lead: kept.lead, answer: b64u(this.answers.get(kept.binding)!) });
  }
}
