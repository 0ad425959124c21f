/** Offers: made of an article and its issuers, and kept for as long as they say the same. */
import { Complaint } from './complaint.js';
import type { PublisherCore } from './core.js';
import type { KnownIssuer } from './issuers.js';
import type { ContentKey, KeptOffer } from './secrets.js';

export interface OfferClaims {
  iss: string; iat: number; exp: number; resource: string; version: string; title: string; words: number; sold: { kind: string };
  access: number; refund: number; terms: string;
  content: { ct_hash: string; length: number; media_type: string; place: string }[];
  key_commit: string; prices: { issuer: string; currency: string; amount: number; sealing_kid: string }[];
  pins: { issuer: string; n: number; hash: string }[]; embedders: string[];
}

/** What signs, for whom, until when. */
export interface Shop { core: PublisherCore; secret: Uint8Array; kid: string; issuers: KnownIssuer[]; now: number; days: number; renew: boolean }

export const readClaims = (offer: string): { claims: OfferClaims; kid: string } => {
  const [header, payload] = offer.split('.').map((piece) => Buffer.from(piece, 'base64url').toString('utf8'));
  return { claims: JSON.parse(payload!), kid: JSON.parse(header!).kid };
};

export const pricesAt = (amount: number, currency: string, issuers: readonly KnownIssuer[], file: string, line?: number): OfferClaims['prices'] =>
  issuers.map(({ id, view, sealing }) => {
    const terms = view.currencies.find((one) => one.currency === currency);
    if (!terms) throw new Complaint(`${id} does not deal in ${currency}; it has ${view.currencies.map((one) => one.currency).join(', ')}`, file, line);
    if (amount < terms.unit || amount % terms.unit !== 0) {
      throw new Complaint(`the price has to be a whole number of ${terms.unit / 1e6} ${currency}, the smallest coin of ${id}`, file, line);
    }
    return { issuer: id, currency, amount, sealing_kid: sealing.kid };
  });

/** All that a reader would notice: another of these is another offer. Pins and sealing keys may be older ones. */
const said = ({ iat, exp, pins, prices, ...claims }: OfferClaims, kid: string): string =>
  JSON.stringify({ ...claims, life: exp - iat, kid, prices: prices.map(({ sealing_kid, ...price }) => price) });

/** Whether an offer says what a new one would say, and has half of its time before it. */
const holds = ({ offer, wraps }: Pick<KeptOffer, 'offer' | 'wraps'>, wanted: OfferClaims, { kid, issuers, now }: Shop): boolean => {
  try {
    const { claims, kid: signer } = readClaims(offer);
    return said(claims, signer) === said(wanted, kid)
      && claims.exp - now > (claims.exp - claims.iat) / 2
      && claims.prices.every(({ issuer, sealing_kid }) =>
        issuers.some(({ id, sealable }) => id === issuer && sealable.includes(sealing_kid)) && wraps.some((wrap) => wrap.issuer === issuer && wrap.kid === sealing_kid));
  } catch {
    return false;
  }
};

/** The kept offer if it still holds, else a new one with its wraps, over the same ciphertext (spec R18). */
export const offerFor = (
  about: Omit<OfferClaims, 'iat' | 'exp' | 'pins'>, content: ContentKey, kept: Pick<KeptOffer, 'offer' | 'wraps'> | undefined, shop: Shop,
): { offer: KeptOffer; fresh: boolean } => {
  const { core, secret, issuers, now, days, renew } = shop;
  const { iss, resource } = about;
  const wanted: OfferClaims = {
    iss, iat: now, exp: now + Math.floor(days * 86_400), resource, version: about.version, title: about.title, words: about.words, sold: about.sold,
    access: about.access, refund: about.refund, terms: about.terms, content: about.content, key_commit: about.key_commit, prices: about.prices,
    pins: issuers.map(({ id, pin }) => ({ issuer: id, n: pin.n, hash: pin.hash })), embedders: about.embedders,
  };
  if (kept && !renew && holds(kept, wanted, shop)) return { offer: { publisher: iss, resource, offer: kept.offer, wraps: kept.wraps }, fresh: false };
  const { jws, hash } = core.signOffer(secret, wanted);
  const key = new Uint8Array(Buffer.from(content.key, 'base64url'));
  const wraps = issuers.map(({ id, sealing }) => ({
    issuer: id, kid: sealing.kid,
    wrap: Buffer.from(core.wrapKey(key, { issuer: id, kid: sealing.kid, sealingPublicKey: sealing.publicKey, offerHash: hash })).toString('base64url'),
  }));
  return { offer: { publisher: iss, resource, offer: jws, wraps }, fresh: true };
};
