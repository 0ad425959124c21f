/** The doctor's look at the offer: signature, dates, ciphertext, issuers and their keys. */
import { asFailure } from '../src/errors.js';
import type { Visit } from './doctor.js';
import { meetIssuer } from './issuers.js';
import { Complaint } from './complaint.js';

const day = 86_400;
const soon = 30 * day;
const date = (time: number): string => new Date(time * 1000).toISOString().slice(0, 10);

export const checkOffer = async (visit: Visit): Promise<void> => {
  const { core, get, findings, url, page, envelope, claims, now } = visit;
  const before = findings.all.length;
  const add = findings.add.bind(findings);
  if (claims.exp <= now) add('wrong', 'offer_expired', page.address, `the offer ended on ${date(claims.exp)}; seal again`);
  else if (claims.exp - now < soon) add('soon', 'offer_ends_soon', page.address, `the offer ends on ${date(claims.exp)}; seal again before`);
  const document = await get(`${claims.iss}/.well-known/farthing.json`).catch(() => null);
  if (document?.status === 200) {
    try {
      const offer = core.Offer.open(envelope.offer, document.bytes, url.origin, url.pathname);
      await checkPart(visit, (part) => offer.checkPart(part));
    } catch (thrown) {
      const { code } = asFailure(thrown);
      const why: Record<string, string> = {
        offer_audience: `the offer is for ${claims.iss}${claims.resource}, and this is ${url.origin}${url.pathname}; browsers refuse it here`,
        offer_invalid: 'the signature does not fit the keys in the publisher’s document; publish that and the pages together',
      };
      add('wrong', 'offer_refused', page.address, `${why[code] ?? 'browsers refuse the offer'} (${code})`);
    }
  }
  findings.good(before, `offer of ${claims.title}, until ${date(claims.exp)}`);
  for (const price of claims.prices) await checkIssuer(visit, price);
};

const checkPart = async ({ get, findings, url, page, envelope, claims }: Visit, check: (part: Uint8Array) => void): Promise<void> => {
  const { place } = claims.content[0]!;
  const apart = place !== 'page';
  const where = apart ? url.origin + place : page.address;
  let part: Uint8Array = new Uint8Array(Buffer.from(envelope.part, 'base64url'));
  if (apart) {
    const answer = await get(where).catch(() => null);
    if (answer?.status !== 200) return findings.add('wrong', 'content_damaged', where, `the sealed part ${answer ? `answers ${answer.status}` : 'cannot be reached'}; publish the folder farthing/parts, too`);
    part = answer.bytes;
  }
  try {
    check(part);
  } catch {
    findings.add('wrong', 'content_damaged', where, 'the sealed text is not what the offer says; does something rewrite your files?');
  }
};

const checkIssuer = async ({ core, findings, envelope, now }: Visit, { issuer, currency, amount, sealing_kid }: Visit['claims']['prices'][number]): Promise<void> => {
  const before = findings.all.length;
  const add = findings.add.bind(findings);
  try {
    const { view, sealing, keys } = await meetIssuer(core, issuer, undefined, now);
    const key = keys.find(({ kid }) => kid === sealing_kid);
    if (!envelope.wraps.some((wrap) => wrap.issuer === issuer && wrap.kid === sealing_kid)) add('wrong', 'offer_refused', issuer, 'the page carries no key for this issuer; seal again');
    if (!key || key.open_until <= now) add('wrong', 'sealing_key_ended', issuer, 'the issuer opens this page’s key no longer; seal again');
    else if (key.open_until - now < soon) add('soon', 'sealing_key_ends_soon', issuer, `the issuer opens this page’s key until ${date(key.open_until)}; seal again before`);
    else if (sealing.until - now < soon) add('soon', 'sealing_key_ends_soon', issuer, `the newest key to seal to ends on ${date(sealing.until)}; ask the issuer for the next one`);
    const terms = view.currencies.find((one) => one.currency === currency);
    if (!terms || amount < terms.unit || amount % terms.unit !== 0) add('wrong', 'price_not_payable', issuer, `${amount / 1e6} ${currency} cannot be paid in this issuer's coins`);
  } catch (error) {
    if (!(error instanceof Complaint)) throw error;
    add('wrong', error.code === 'unreachable' ? 'issuer_unreachable' : 'issuer_refused', issuer, error.message);
  }
  findings.good(before, `issuer ${issuer}`);
};
