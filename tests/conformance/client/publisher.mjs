// A publisher from the specification: keys, document, sealed article, offer and wrap.
import { randomBytes } from 'node:crypto';
import { p256 } from '@noble/curves/nist.js';
import { b64u, join, lp, text, unb64u } from './bytes.mjs';
import * as content from './content.mjs';
import { sealKey } from './hpke.mjs';
import { hash, make } from './jws.mjs';
import { jwkOf, publicPoint, thumbprint } from './keys.mjs';

const random = (length) => new Uint8Array(randomBytes(length));

export class Publisher {
  constructor(origin, issuers) {
    this.origin = origin;
    this.issuers = issuers;
    this.secret = p256.utils.randomSecretKey();
  }

  /** Section 7.1. */
  document() {
    const jwk = jwkOf(publicPoint(this.secret));
    return {
      v: 1, publisher: this.origin, name: 'The Conformance Courier', contact: 'mailto:courier@publisher.example',
      keys: [{ ...jwk, kid: thumbprint(jwk), alg: 'ES256', use: 'sig' }], issuers: this.issuers,
    };
  }

  /** Seals a text and makes the offer; `change` alters the claims before they are signed. */
  async article(manifest, { resource, version = '1', html, amount, now, change = {}, cek = random(32) }) {
    const plaintext = text(html);
    const { part, ctHash } = await content.seal({ publisher: this.origin, resource, version, salt: random(32) }, plaintext, cek);
    const sealing = manifest.sealing_keys.find((key) => now < key.seal_until);
    const claims = {
      iss: this.origin, iat: now, exp: now + 30 * 86_400, resource, version, title: 'A letter by return of post', words: 12,
      sold: { kind: 'article' }, access: 0, refund: 0, terms: b64u(random(32)),
      content: [{ ct_hash: b64u(ctHash), length: plaintext.length, media_type: 'text/html', place: 'page' }],
      key_commit: b64u(content.keyCommit(cek)),
      prices: [{ issuer: manifest.iss, currency: 'EUR', amount, sealing_kid: sealing.kid }],
      pins: [{ issuer: manifest.iss, n: manifest.n, hash: manifest.hash }], embedders: [], ...change,
    };
    const offer = this.offer(claims);
    return { offer, claims, part, cek, price: claims.prices[0], wrap: await this.wrap(manifest, sealing, offer, cek), html };
  }

  offer(claims) {
    return make('farthing-offer+jwt', this.secret, claims);
  }

  wrap(manifest, sealing, offer, cek) {
    const info = join('farthing/v1/wrap', lp(manifest.iss), lp(sealing.kid), hash(offer));
    return sealKey(unb64u(sealing.public_key, 33), info, cek);
  }
}
