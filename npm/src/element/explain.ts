/** Errors in words: what happened, whether money moved, what to do, in that order. */
import type { Code, Fault } from '../errors.js';

const safe = ' Nothing was charged. ';
const later = 'Please try again in a while.';
const publisher = `${safe}The publisher has to put it right.`;
const stopped = ' Your coins are safe; we stopped before paying.';

const special: Partial<Record<Code, string>> = {
  issuer_unreachable: `We could not reach the issuer.${safe}${later}`,
  publisher_unreachable: `We could not reach the publisher’s list of keys.${safe}${later}`,
  manifest_fork: `The issuer showed two different key lists.${stopped}`,
  offer_audience: `This offer belongs to another page.${publisher}`,
  offer_expired: `This offer has ended.${publisher}`,
  offer_withdrawn: `The publisher has withdrawn this offer.${safe}`,
  content_mismatch: `The sealed text is not the one that is offered.${publisher}`,
  grant_expired: 'Your time to read this article is over. You can buy it again.',
  wasm_blocked: `This site’s settings stop the reader from opening paid text.${safe}`,
  storage_unavailable: `This browser gives no room to keep coins in.${safe}Please try a window that is not private.`,
  pocket_limit: `That is more than this site may hold for you.${safe}`,
};

const byFault: Record<Fault, string> = {
  network: `The answer we got makes no sense.${safe}${later}`,
  page: `This page’s offer does not hold.${publisher}`,
  issuer: `The issuer’s answer does not fit its own signatures.${stopped}`,
  wallet: `Your coins do not fit what was asked.${safe}${later}`,
  browser: `The part that checks and opens paid text did not load.${safe}Please reload the page.`,
  reader: `That is not possible.${safe}`,
};

/** `paid`: coins were sent and an answer came, but it does not hold. */
export const explain = (code: Code, fault: Fault, paid = false): string =>
  paid
    ? 'The issuer’s answer does not hold, so the article did not open. Your coins are set aside and nothing more will be charged. We keep the evidence and ask again at your next visit.'
    : (special[code] ?? byFault[fault]);
