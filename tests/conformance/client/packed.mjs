// Section 9: the packed answer, and the grant made again from it.
import { H, b64u, text } from './bytes.mjs';
import { jwkOf } from './keys.mjs';
import { origin } from './address.mjs';

const LARGEST = 2n ** 53n - 1n;

export class Reader {
  constructor(bytes) {
    this.bytes = bytes;
  }

  take(count) {
    if (this.bytes.length < count) throw new Error('cut off');
    const taken = this.bytes.slice(0, count);
    this.bytes = this.bytes.slice(count);
    return taken;
  }

  /** be32 and as many bytes, as text. */
  text() {
    const [a, b, c, d] = this.take(4);
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(((a << 24) | (b << 16) | (c << 8) | d) >>> 0));
  }

  /** Seven bits a byte, the lowest first, all but the last with the high bit; no longer than needed. */
  number() {
    let value = 0n;
    for (let place = 0n; ; place += 7n) {
      const [byte] = this.take(1);
      value += BigInt(byte & 0x7f) << place;
      if (value > LARGEST || place > 49n) throw new Error('number too large');
      if (byte < 0x80) {
        if (byte === 0 && place > 0n) throw new Error('number longer than needed');
        return Number(value);
      }
    }
  }
}

/** The members of a packed answer: `swap`, or key and grant of a redemption. */
export function unpack(bytes) {
  const reader = new Reader(bytes);
  const [form] = reader.take(1);
  if (form === 2 && reader.bytes.length === 0) return { operation: 'swap' };
  if (form !== 1) throw new Error(`form ${form}`);
  return { operation: 'redeem', cek: reader.take(32), ...unpackGrant(reader) };
}

/** What is kept of a grant: all that is left. */
export function unpackGrant(reader) {
  const packed = { kid: reader.take(32), signature: reader.take(64), subject: reader.take(32) };
  packed.currency = Buffer.from(reader.take(3)).toString('latin1');
  if (!/^[A-Z]{3}$/.test(packed.currency)) throw new Error(`currency ${packed.currency}`);
  for (const name of ['amount', 'issuerFee', 'tax', 'iat', 'accessUntil', 'refundUntil']) packed[name] = reader.number();
  packed.publisher = Buffer.from(reader.bytes).toString('utf8');
  origin(packed.publisher, true);
  return packed;
}

/** The grant's text: members in the order of section 8, no white space. */
export function grantOf(packed, { issuer, binding, cnf, giver = '' }) {
  const { x, y } = jwkOf(cnf);
  const header = { alg: 'ES256', typ: 'farthing-grant+jwt', kid: b64u(packed.kid) };
  const payload = {
    iss: issuer, aud: packed.publisher, jti: b64u(H('farthing/v1/grant', binding).slice(0, 16)), iat: packed.iat, kind: 'article',
    subject: b64u(packed.subject), amount: packed.amount, currency: packed.currency, fees: { issuer: packed.issuerFee, tax: packed.tax },
    paid: 'money', access_until: packed.accessUntil, refund_until: packed.refundUntil,
    cnf: { jwk: { crv: 'P-256', kty: 'EC', x, y } }, giver,
  };
  return [header, payload].map((part) => b64u(text(JSON.stringify(part)))).concat(b64u(packed.signature)).join('.');
}
