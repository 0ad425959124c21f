// The signed objects and documents, read strictly: sections 1.2, 5, 7, 8 and 10.
import { H, b64u, text, unb64u } from './bytes.mjs';
import { origin, resource } from './address.mjs';
import { jwkOf, pointOf, thumbprint, verify } from './keys.mjs';
import { keysetId } from './token.mjs';
import {
  CURRENCY, MIX, Refused, VERSION, as, distinct, flag, int, many, must, one, point, raw, readJson, shape, trying, utf8, word,
} from './strict.mjs';

const JWS_LIMIT = 16 * 1024;
const DOCUMENT_LIMIT = 256 * 1024;
const DAY = 86_400;

const site = (value) => origin(word()(value));
const jwkMembers = { kty: one('EC'), crv: one('P-256'), x: raw(32), y: raw(32) };

const publicJwk = (value) => {
  shape({ ...jwkMembers, kid: raw(32), alg: one('ES256'), use: one('sig') })(value);
  trying('malformed', () => pointOf(value));
  must(thumbprint(value) === value.kid, 'malformed', 'kid');
};

/** Splits a JWS and reads both halves; the signature is not looked at yet. */
export function parseJws(jws, typ) {
  must(typeof jws === 'string' && jws.length <= JWS_LIMIT, 'malformed', 'length of a JWS');
  const parts = jws.split('.');
  must(parts.length === 3, 'malformed', 'parts of a JWS');
  const [header, payload] = parts.slice(0, 2).map((part) => {
    const bytes = trying('malformed', () => unb64u(part));
    return readJson(trying('malformed', () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)), JWS_LIMIT);
  });
  shape({ alg: one('ES256'), typ: one(typ), kid: raw(32) })(header);
  raw(64)(parts[2]);
  const input = text(`${parts[0]}.${parts[1]}`);
  return { kid: header.kid, payload, input, signature: unb64u(parts[2]), hash: b64u(H(input)) };
}

export function signedBy({ kid, input, signature }, keys) {
  const key = keys.find((candidate) => candidate.kid === kid);
  must(key, 'malformed', 'key of nobody');
  must(trying('malformed', () => verify(pointOf(key), input, signature)), 'malformed', 'signature');
}

export const keysetShape = shape({
  id: raw(16), kind: one('money'), currency: word(CURRENCY), publisher: one(''), denomination: int(1), public_key: point,
  mint_from: int(), mint_until: int(), redeem_until: int(), claim_until: int(),
});

/** R8, R9. */
export function checkKeyset(issuer, unit, keyset) {
  keysetShape(keyset);
  const k = Math.log2(keyset.denomination / unit);
  must(Number.isInteger(k) && k >= 0 && k < 24, 'malformed', 'denomination');
  must(keyset.mint_from < keyset.mint_until && keyset.mint_until <= keyset.redeem_until && keyset.redeem_until <= keyset.claim_until, 'malformed', 'dates');
  must(b64u(keysetId(issuer, unit, keyset)) === keyset.id, 'malformed', 'keyset id');
}

export const termsShape = shape({ version: word(VERSION), sha256: raw(32), url: word(/^https?:\/\/.{1,1016}$/) });

/** Section 5: a body by itself. */
export function parseBody(body) {
  const read = shape({
    iss: site, n: int(1),
    currencies: many(shape({
      currency: word(CURRENCY), unit: int(1), pocket_max: int(),
      mixes: many(shape({ mix: word(MIX), amount: int(1), coins: many(shape({ denomination: int(1), count: int(1, 64) }), 1, 64) }), 0, 8),
    }), 0, 4),
    keysets: many(keysetShape, 0, 256), signing_keys: many(publicJwk, 0, 16),
    sealing_keys: many(shape({ kid: raw(32), public_key: point, seal_until: int(), open_until: int() }), 0, 16), terms: termsShape,
  })(readJson(body, DOCUMENT_LIMIT));
  must(distinct(read.currencies, (each) => each.currency) && distinct(read.keysets, (each) => each.id), 'malformed', 'twice');
  for (const keyset of read.keysets) {
    const currency = read.currencies.find((each) => each.currency === keyset.currency);
    must(currency, 'malformed', 'keyset without currency');
    checkKeyset(read.iss, currency.unit, keyset);
    const rival = read.keysets.find((other) => other !== keyset && other.currency === keyset.currency && other.denomination === keyset.denomination &&
      other.mint_from < keyset.mint_until && keyset.mint_from < other.mint_until);
    must(!rival, 'malformed', 'two mintable keysets of one coin');
  }
  for (const key of read.sealing_keys) must(thumbprint(jwkOf(unb64u(key.public_key))) === key.kid, 'malformed', 'sealing kid');
  return read;
}

/** R14 from a pin or from what is stored: `{ n, hash }` of the newest. */
export function walkHeads({ issuer, now, pin, stored, heads, body }) {
  must(pin || stored, 'pin_unknown', 'first contact without a pin');
  must(!pin || pin.n !== stored?.n || pin.hash === stored.hash, 'pin_unknown', 'beside the stored head');
  const pinned = Boolean(pin) && (!stored || pin.n > stored.n);
  const from = pinned ? pin : stored;
  const parsed = heads.map((jws) => as('manifest_invalid', () => {
    const head = parseJws(jws, 'farthing-manifest+jwt');
    const { n, prev } = shape({ iss: site, n: int(1), prev: raw(32), body: raw(32), iat: int() })(head.payload);
    must(n !== 1 || prev === b64u(new Uint8Array(32)), 'malformed', 'the first head follows one');
    return head;
  }));
  if (parsed.length === 0) throw new Refused(pinned ? 'pin_unknown' : 'manifest_fork', 'no head');
  const read = as('manifest_invalid', () => parseBody(body));
  const stillTrusted = new Set(stored?.kids ?? [parsed[0].kid]);
  if (pinned && parsed[0].hash !== from.hash) throw new Refused('pin_unknown', 'the first head is not the pinned one');

  let last = null;
  for (const [place, head] of parsed.entries()) {
    const { payload, kid, hash } = head;
    as('manifest_invalid', () => {
      must(payload.iss === issuer && payload.iat <= now + 300, 'malformed', 'iss or iat');
    });
    // The body of the newest head vouches for no key of its own head; at the pin the kid itself is what the pin's hash names.
    if (!stillTrusted.has(kid)) throw new Refused('manifest_key_unknown', kid);
    const key = read.signing_keys.find((candidate) => candidate.kid === kid);
    as('manifest_invalid', () => signedBy(head, key ? [key] : []));
    if (place === 0) {
      if (payload.n !== from.n) throw new Refused(payload.n < from.n ? 'manifest_fork' : 'manifest_invalid', 'first number');
      if (hash !== from.hash) throw new Refused('manifest_fork', 'another head of one number');
    } else {
      if (payload.n === last.n && hash !== last.hash) throw new Refused('manifest_fork', 'two heads of one number');
      must(payload.n === last.n + 1, 'manifest_invalid', 'gap');
      must(payload.prev === last.hash, 'manifest_fork', 'prev');
    }
    last = { n: payload.n, hash };
  }
  const { payload } = parsed.at(-1);
  must(b64u(H(text(body))) === payload.body && read.iss === issuer && read.n === payload.n, 'manifest_invalid', 'body');
  return last;
}

/** Section 7.1. */
export function parseDocument(document) {
  return shape({ v: one(1), publisher: site, name: utf8(200), contact: utf8(200), keys: many(publicJwk, 0, 16), issuers: many(site, 0, 16) })(readJson(document, DOCUMENT_LIMIT));
}

const characters = (least, most) => (value) => must(typeof value === 'string' && [...value].length >= least && [...value].length <= most, 'malformed', 'text') && value;
const place = (value) => must(value === 'page' || (/^\/(?!\/)[!-~]*$/.test(value) && !value.includes('\\') && value.length <= 1024), 'malformed', 'place');

/** Section 7: an offer by itself and under its publisher's keys. */
export function parseOffer(jws, document) {
  const { keys, publisher } = as('offer_invalid', () => parseDocument(document));
  const read = as('offer_invalid', () => {
    const parsed = parseJws(jws, 'farthing-offer+jwt');
    signedBy(parsed, keys);
    return parsed;
  });
  const { payload } = read;
  const kind = payload.sold?.kind;
  if (kind === 'uses' || kind === 'pass') throw new Refused('unsupported', kind);
  if (typeof payload.resource === 'string' && payload.resource.includes('?')) throw new Refused('unsupported', 'query');
  as('offer_invalid', () => {
    shape({
      iss: site, iat: int(), exp: int(), resource: word(), version: word(VERSION), title: characters(1, 200), words: int(),
      sold: shape({ kind: one('article') }), access: int(), refund: int(), terms: raw(32),
      content: many(shape({ ct_hash: raw(32), length: int(), media_type: utf8(100), place }), 1, 256), key_commit: raw(32),
      prices: many(shape({ issuer: site, currency: word(CURRENCY), amount: int(1), sealing_kid: raw(32) }), 1, 16),
      pins: many(shape({ issuer: site, n: int(1), hash: raw(32) }), 1, 16), embedders: many(site, 0, 16),
    })(payload);
    must(payload.iss === publisher, 'malformed', 'iss');
    must(resource(payload.resource) === payload.resource, 'malformed', 'resource not in normal form');
    must(payload.exp > payload.iat && payload.exp - payload.iat <= 400 * DAY, 'malformed', 'life');
    must(distinct(payload.prices, (price) => `${price.issuer} ${price.currency}`), 'malformed', 'two prices');
    const issuers = [...new Set(payload.prices.map((price) => price.issuer))].sort().join();
    must(payload.pins.map((pin) => pin.issuer).sort().join() === issuers, 'malformed', 'pins');
  });
  if (payload.content.length > 1) throw new Refused('unsupported', 'parts');
  return { ...payload, hash: read.hash };
}

/** R5, R19: here and now. */
export function checkOffer(offer, { now, clock, page, path }) {
  const late = clock === 'browser' ? DAY : 0;
  must(offer.iat <= now + 300 && now < offer.exp + late, 'offer_expired', 'time');
  if (offer.embedders.includes(page) && page !== offer.iss) return;
  must(page === offer.iss, 'offer_audience', 'origin');
  must(as('offer_audience', () => resource(path.split('?')[0])) === offer.resource, 'offer_audience', 'resource');
}

const grantShape = shape({
  iss: site, aud: site, jti: raw(16), iat: int(), kind: one('article'), subject: raw(32), amount: int(), currency: word(CURRENCY),
  fees: shape({ issuer: int(), tax: int() }), paid: one('money', 'promo'), access_until: int(), refund_until: int(),
  cnf: shape({ jwk: shape(jwkMembers) }), giver: word(),
});

/** R20, R21: a grant under the keys of a verified body, compared with what was asked. */
export function checkGrant(jws, body, expected) {
  return as('grant_invalid', () => {
    const read = parseJws(jws, 'farthing-grant+jwt');
    signedBy(read, body.signing_keys);
    const { cnf, ...grant } = grantShape(read.payload);
    for (const [member, value] of Object.entries({ kind: 'article', paid: 'money', giver: '', iss: body.iss, ...expected.members })) {
      must(grant[member] === value, 'malformed', `${member} is ${grant[member]}`);
    }
    must(thumbprint(cnf.jwk) === thumbprint(jwkOf(unb64u(expected.cnf))), 'malformed', 'cnf');
    return grant;
  });
}

/** Section 10: a disclosure under the keys of a verified body. */
export function checkDisclosure(jws, body) {
  return as('disclosure_invalid', () => {
    const read = parseJws(jws, 'farthing-disclosure+jwt');
    signedBy(read, body.signing_keys);
    const said = shape({
      iss: one(body.iss), iat: int(), exp: int(), quote: raw(16), order: raw(16), moment: one('load'), currency: word(CURRENCY), total: int(), value: int(),
      fees: many(shape({ kind: word(), amount: int() }), 0, 8), tax: int(), terms: termsShape, expiry: word(), cash_out: word(), sandbox: flag,
    })(read.payload);
    const sum = said.fees.reduce((all, fee) => all + fee.amount, said.value + said.tax);
    must(said.total === sum, 'malformed', 'sum');
    return said;
  });
}
