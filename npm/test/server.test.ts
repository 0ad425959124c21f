import assert from 'node:assert/strict';
import { createECDH, createPrivateKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { test } from 'node:test';
import { createVerifier, type Granted, type Refused, type VerifierOptions } from '../src/server/index.js';
import { normalPath } from '../src/server/resource.js';
import { b64u, be32, hkdf, jwsHash, jwsPayload, lp, sha256, unb64u } from './crypto.js';
import { Browser, kindOf, openShop, origin, type Shop } from './reader.js';

const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;

/** What a reader's device holds after a purchase, worked out from seed and specification alone. */
interface Held { grant: string; opening: string; key: KeyObject; kid: string }

const buy = async (shop: Shop, options: Parameters<Shop['seal']>[0] = {}): Promise<Held> => {
  const sealed = shop.seal(options);
  const browser = new Browser(shop);
  const path = options.path ?? '/articles/one';
  const page = await browser.visit(sealed, { path });
  const load = await page.load(2_000_000, origin);
  assert.ok(load.kind === 'checkout');
  shop.issuer.settle(load.order);
  await page.collect();
  assert.equal((await page.unlock()).kind, 'opened');
  const [kept] = await kindOf(browser, 'grants') as { grant: string; offer: string; lead: { keyset: string; nonce: string } }[];
  const seed = (await kindOf(browser, 'keep')).find(({ name }) => name === 'seed')!.value as Uint8Array;
  const { grant, offer, lead } = kept!;
  const info = (label: string) => Buffer.concat([Buffer.from(label), lp(shop.issuer.id), unb64u(lead.keyset), unb64u(lead.nonce)]);
  const scalar = BigInt(`0x${hkdf(seed, Buffer.alloc(0), info('farthing/v1/cnf'), 48).toString('hex')}`) % N;
  const d = Buffer.from(scalar.toString(16).padStart(64, '0'), 'hex');
  const ecdh = createECDH('prime256v1');
  ecdh.setPrivateKey(d);
  const point = ecdh.getPublicKey();
  const [x, y] = [b64u(point.subarray(1, 33)), b64u(point.subarray(33))];
  const claims = jwsPayload(offer) as unknown as { resource: string; version: string; key_commit: string };
  const opening = {
    salt: b64u(hkdf(seed, Buffer.alloc(0), info('farthing/v1/salt'), 32)), resource: claims.resource, version: claims.version,
    offer_hash: b64u(jwsHash(offer)), key_commit: claims.key_commit,
  };
  return {
    grant, opening: b64u(Buffer.from(JSON.stringify(opening))), key: createPrivateKey({ key: { kty: 'EC', crv: 'P-256', d: b64u(d), x, y }, format: 'jwk' }),
    kid: b64u(sha256(`{"crv":"P-256","kty":"EC","x":"${x}","y":"${y}"}`)),
  };
};

const signed = ({ key, kid }: Held, claims: object, header: object = {}): string => {
  const input = [{ alg: 'ES256', typ: 'farthing-proof+jwt', kid, ...header }, claims].map((part) => b64u(Buffer.from(JSON.stringify(part)))).join('.');
  return `${input}.${b64u(sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }))}`;
};

const address = `${origin}/articles/one`;
const claimsOf = (held: Held, now: number, more: object = {}) => ({ htm: 'GET', htu: address, iat: now, jti: b64u(randomBytes(16)), ath: b64u(jwsHash(held.grant)), ...more });

const ask = (held: Held, now: number, { claims = {}, header = {}, headers = {}, url = address, method = 'GET' } = {}): Request => new Request(url, {
  method,
  headers: { authorization: `Farthing ${held.grant}`, 'farthing-opening': held.opening, 'farthing-proof': signed(held, claimsOf(held, now, claims), header), ...headers },
});

const serverOf = (shop: Shop, more: Partial<VerifierOptions> = {}) => {
  const state = { now: shop.issuer.now, asked: 0, down: false };
  const verify = createVerifier({
    publisher: origin, issuers: [shop.issuer.id], now: () => state.now,
    fetch: async (place) => {
      state.asked += 1;
      assert.equal(place, `${shop.issuer.id}/.well-known/jwks.json`);
      if (state.down) throw new TypeError('down');
      return Response.json({ keys: shop.issuer.signingKeys.map(({ jwk }) => jwk) });
    },
    ...more,
  });
  return { state, verify };
};
const code = (answer: Granted | Refused) => (answer.kind === 'granted' ? 'granted' : `${answer.code} ${answer.status}`);

test('a grant that was bought, with its opening and a fresh proof of the reader’s key, lets in; each proof once', async () => {
  const shop = await openShop();
  const held = await buy(shop);
  const { state, verify } = serverOf(shop);
  const request = ask(held, state.now);
  const granted = await verify(request);
  assert.ok(granted.kind === 'granted');
  const { jti, iat } = jwsPayload(held.grant) as unknown as { jti: string; iat: number };
  assert.deepEqual(granted, { kind: 'granted', id: jti, issuer: shop.issuer.id, resource: '/articles/one', version: '1', amount: 200_000, currency: 'EUR', at: iat, access_until: 0 });
  assert.equal(code(await verify(request)), 'holder_repeated 401');
  assert.equal(code(await verify(ask(held, state.now))), 'granted');
  assert.equal(state.asked, 1, 'the issuer’s keys are asked for once');
});

test('what does not fit is refused with a code', async () => {
  const shop = await openShop();
  const held = await buy(shop);
  const other = await buy(shop, { path: '/articles/two' });
  const { state: { now }, verify } = serverOf(shop);
  const grantOf = (change: object) => shop.issuer.signing.jws('farthing-grant+jwt', { ...jwsPayload(held.grant), ...change });
  const wrong = (grant: string): Held => ({ ...held, grant });
  const flipped = held.grant.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  const stranger = await openShop();
  const cases: [string, Request, string][] = [
    ['no headers', new Request(address), 'grant_missing 401'],
    ['no proof', ask(held, now, { headers: { 'farthing-proof': '' } }), 'grant_missing 401'],
    ['not a grant', ask(held, now, { headers: { authorization: 'Farthing a.b.c' } }), 'grant_invalid 401'],
    ['a changed signature', ask(wrong(flipped), now), 'grant_invalid 401'],
    ['another publisher’s', ask(wrong(grantOf({ aud: 'https://other.example' })), now), 'grant_invalid 401'],
    ['another issuer’s', ask(wrong(grantOf({ iss: 'https://other.example' })), now), 'grant_invalid 401'],
    ['an issuer’s name under a stranger’s key', ask(wrong(stranger.issuer.signing.jws('farthing-grant+jwt', jwsPayload(held.grant))), now), 'grant_invalid 401'],
    ['another kind of signed text', ask(wrong(shop.issuer.signing.jws('farthing-disclosure+jwt', jwsPayload(held.grant))), now), 'grant_invalid 401'],
    ['a gift that nobody has claimed', ask(wrong(grantOf({ giver: held.kid })), now), 'grant_invalid 401'],
    ['a member too many', ask(wrong(grantOf({ more: 1 })), now), 'grant_invalid 401'],
    ['access that is over', ask(wrong(grantOf({ access_until: now })), now), 'grant_expired 403'],
    ['another grant’s opening', ask(held, now, { headers: { 'farthing-opening': other.opening } }), 'opening_invalid 401'],
    ['an opening that is no JSON', ask(held, now, { headers: { 'farthing-opening': 'e30x' } }), 'opening_invalid 401'],
    ['another article', ask(other, now, { claims: { htu: address } }), 'opening_invalid 403'],
    ['another’s key', ask({ ...held, key: other.key }, now), 'holder_invalid 401'],
    ['another’s key under its own name', ask({ ...held, key: other.key, kid: other.kid }, now), 'holder_invalid 401'],
    ['a proof for another grant', ask(held, now, { claims: { ath: b64u(jwsHash(other.grant)) } }), 'holder_invalid 401'],
    ['a proof for another method', ask(held, now, { method: 'DELETE' }), 'holder_invalid 401'],
    ['a proof for another address', ask(held, now, { claims: { htu: `${address}0` } }), 'holder_invalid 401'],
    ['a proof with a key in its header', ask(held, now, { header: { jwk: {} } }), 'holder_invalid 401'],
    ['a proof of another algorithm', ask(held, now, { header: { alg: 'none' } }), 'holder_invalid 401'],
    ['a proof of a minute ago', ask(held, now, { claims: { iat: now - 61 } }), 'holder_stale 401'],
    ['a proof of tomorrow', ask(held, now, { claims: { iat: now + 61 } }), 'holder_stale 401'],
    ['rubbish for a proof', ask(held, now, { headers: { 'farthing-proof': 'x' } }), 'holder_invalid 401'],
  ];
  for (const [name, request, wanted] of cases) assert.equal(code(await verify(request)), wanted, name);
  assert.equal(code(await verify(ask(held, now, { claims: { iat: now - 60 } }))), 'granted');
});

test('the query is nobody’s business, and .html is the same article; behind a proxy the server says what was asked', async () => {
  const shop = await openShop();
  const held = await buy(shop);
  const { state: { now }, verify } = serverOf(shop);
  assert.equal(code(await verify(ask(held, now, { url: `${address}?from=feed` }))), 'granted');
  assert.equal(code(await verify(ask(held, now, { url: `${address}.html`, claims: { htu: `${address}.html` } }))), 'granted');
  const inside = new Request('http://10.0.0.7:8080/render', { headers: ask(held, now).headers });
  assert.equal(code(await verify(inside)), 'opening_invalid 403');
  assert.equal(code(await verify(new Request('http://10.0.0.7:8080/render', { headers: ask(held, now).headers }), { url: address })), 'granted');
  const picture = new Request(`${origin}/pictures/1.webp`, { headers: ask(held, now, { claims: { htu: `${origin}/pictures/1.webp` } }).headers });
  assert.equal(code(await verify(picture, { resource: '/articles/one' })), 'granted');
});

test('keys: a new one is found, a revoked one lets nobody in, and an issuer that is silent is not for ever believed', async () => {
  const shop = await openShop();
  const held = await buy(shop);
  const { state, verify } = serverOf(shop);
  assert.equal(code(await verify(ask(held, state.now))), 'granted');
  shop.issuer.rotateSigning();
  const newer = await buy(shop);
  state.now += 11;
  assert.equal(code(await verify(ask(newer, state.now))), 'granted');
  assert.equal(state.asked, 2);

  const strange = { ...held, grant: (await openShop()).issuer.signing.jws('farthing-grant+jwt', jwsPayload(held.grant)) };
  for (let i = 0; i < 20; i++) assert.equal(code(await verify(ask(strange, state.now))), 'grant_invalid 401');
  assert.equal(state.asked, 2, 'made-up keys ask the issuer for nothing');

  state.down = true;
  state.now += 400;
  assert.equal(code(await verify(ask(held, state.now))), 'granted', 'the last list counts for a while');
  state.now += 3600;
  assert.equal(code(await verify(ask(held, state.now))), 'issuer_unreachable 503');
  state.down = false;
  shop.issuer.signingKeys.shift();
  assert.equal(code(await verify(ask(held, state.now))), 'grant_invalid 401', 'revoked');
  assert.equal(code(await verify(ask(newer, state.now))), 'granted');
});

test('several servers share what they have seen', async () => {
  const shop = await openShop();
  const held = await buy(shop);
  const seen = new Set<string>();
  const remember = async (jti: string, until: number) => {
    assert.ok(until > shop.issuer.now);
    return !seen.has(jti) && Boolean(seen.add(jti));
  };
  const [one, two] = [serverOf(shop, { remember }), serverOf(shop, { remember })];
  const request = ask(held, shop.issuer.now);
  assert.equal(code(await one.verify(request)), 'granted');
  assert.equal(code(await two.verify(request)), 'holder_repeated 401');
});

test('options that are not origins are a mistake of the programmer', () => {
  assert.throws(() => createVerifier({ publisher: `${origin}/`, issuers: [] }), TypeError);
  assert.throws(() => createVerifier({ publisher: origin, issuers: ['issuer.example'] }), TypeError);
});

test('the normal form of a path is that of the specification', () => {
  for (const [path, normal] of [
    ['/', '/'], ['/index.html', '/'], ['/a/index.html', '/a'], ['/a.html', '/a'], ['/a/', '/a'], ['/a.html/', '/a'], ['/%7ea', '/~a'], ['/%c3%a9', '/%C3%A9'], ['/a"b', '/a%22b'],
    ['', null], ['a', null], ['//a', null], ['/a/../b', null], ['/./a', null], ['/%2e', null], ['/a%2Fb', null], ['/a%5cb', null], ['/a\\b', null], ['/%zz', null], ['/é', null], ['/a#b', null],
    ['/..html', null], ['/a?b', null], [`/${'a'.repeat(1024)}`, null],
  ] as const) assert.equal(normalPath(path), normal, path);
});

/** One page of the issuer's list of grants that were given up. */
const listed = (shop: Shop, ids: Buffer[], { after = '', more = false, iss = shop.issuer.id, key = shop.issuer.signing } = {}): string => {
  const bytes = Buffer.concat(ids.sort(Buffer.compare));
  const hash = b64u(sha256('farthing/v1/revoked', be32(ids.length), bytes));
  return JSON.stringify({ head: key.jws('farthing-revoked+jwt', { iss, iat: shop.issuer.now, after, more, revoked: hash }), revoked: b64u(bytes) });
};

test('a purchase that was given back lets nobody in: the issuer’s signed list is read to its end, at most every five minutes, and only where there was an undo', async () => {
  const shop = await openShop();
  const held = await buy(shop, { claims: { refund: 3600 } });
  const jti = unb64u((jwsPayload(held.grant) as unknown as { jti: string }).jti);
  const state = { now: shop.issuer.now, asked: [] as string[], pages: {} as Record<string, string>, down: false };
  const verify = createVerifier({
    publisher: origin, issuers: [shop.issuer.id], now: () => state.now,
    fetch: async (place) => {
      if (state.down) throw new TypeError('down');
      const { pathname, search } = new URL(place);
      if (pathname === '/.well-known/jwks.json') return Response.json({ keys: shop.issuer.signingKeys.map(({ jwk }) => jwk) });
      assert.equal(pathname, '/v1/revocations');
      state.asked.push(search);
      return new Response(state.pages[search] ?? '', { status: search in state.pages ? 200 : 404 });
    },
  });
  const come = async () => code(await verify(ask(held, state.now)));
  // No list, and lists that are not the issuer's, or are for another place, let nobody in.
  assert.equal(await come(), 'issuer_unreachable 503');
  const stranger = await openShop();
  const others = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
  for (const page of [
    listed(shop, others, { key: stranger.issuer.signing }), listed(shop, others, { iss: 'https://other.example' }), listed(shop, others, { after: b64u(others[0]!) }),
    listed(shop, others).replace(/"revoked":"\w/, '"revoked":"B'), listed(shop, [], { more: true }), '{}', '',
  ]) {
    state.pages = { '': page };
    assert.equal(await come(), 'issuer_unreachable 503', page);
  }
  state.pages = { '': listed(shop, others) };
  state.asked = [];
  assert.equal(await come(), 'granted');
  assert.equal(await come(), 'granted');
  assert.deepEqual(state.asked, ['']);
  // It is given back now, and stands on the second page.
  state.now += 301;
  state.pages = { '': listed(shop, others, { more: true }), [`?after=${b64u(others[1]!)}`]: listed(shop, [jti], { after: b64u(others[1]!) }) };
  assert.equal(await come(), 'grant_revoked 403');
  assert.deepEqual(state.asked, ['', '', `?after=${b64u(others[1]!)}`]);
  // A silent issuer: what was known counts for an hour.
  state.down = true;
  state.now += 3000;
  assert.equal(await come(), 'grant_revoked 403');
  state.now += 3000;
  assert.equal(await come(), 'issuer_unreachable 503');
  // A grant without undo is never asked about.
  const plain = await buy(shop, { path: '/articles/two' });
  state.down = false;
  state.pages = {};
  assert.equal(code(await verify(ask(plain, state.now, { url: `${origin}/articles/two`, claims: { htu: `${origin}/articles/two` } }))), 'granted');
});
