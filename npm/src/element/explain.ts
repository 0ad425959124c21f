/** Errors in words: what happened, whether money moved, what to do, in that order. */
import type { Code } from '../errors.js';

const safe = 'Nothing was charged.';
const publisher = 'The publisher has to put it right.';

const special: Partial<Record<Code, string>> = {
  issuer_unreachable: `We could not reach the issuer. ${safe} Please try again in a while.`,
  publisher_unreachable: `We could not reach the publisher’s list of keys. ${safe} Please try again in a while.`,
  manifest_fork: 'The issuer showed two different key lists. Your coins are safe; we stopped before paying.',
  manifest_key_unknown: 'The issuer signed with a key we have no reason to trust. Your coins are safe; we stopped before paying.',
  pin_unknown: `This page names a key list that the issuer does not have. ${safe} ${publisher}`,
  offer_audience: `This offer belongs to another page. ${safe} ${publisher}`,
  offer_expired: `This offer has ended. ${safe} ${publisher}`,
  offer_withdrawn: `The publisher has withdrawn this offer. ${safe}`,
  content_mismatch: `The sealed text is not the one that is offered. ${safe} ${publisher}`,
  content_corrupt: 'The text is damaged and did not open. Nothing more will be charged. Please reload the page.',
  grant_expired: 'Your time to read this article is over. You can buy it again.',
  wasm_blocked: `This site’s settings stop the reader from opening paid text. ${safe}`,
  wasm_unavailable: `The part that checks and opens paid text did not load. ${safe} Please reload the page.`,
  storage_unavailable: `This browser gives no room to keep coins in; a private window may be the reason. ${safe} Please try a normal window.`,
  pocket_limit: `That is more than this site may hold for you. ${safe} Please choose less.`,
  amount_invalid: `That amount cannot be loaded. ${safe} Please choose another.`,
  token_invalid: `Some of your coins are not accepted. ${safe} Please try again.`,
  token_spent: 'Some of your coins were spent before, from another copy of this purse. Nothing more was charged. Please try again.',
};

const byFault: Record<string, string> = {
  network: `The answer we got makes no sense. ${safe} Please try again in a while.`,
  page: `This page’s offer does not hold. ${safe} ${publisher}`,
  issuer: 'The issuer’s answer does not fit its own signatures. Your coins are safe; we stopped before paying.',
  wallet: `Your coins do not fit what was asked. ${safe} Please try again.`,
  browser: `This browser cannot open paid text. ${safe}`,
  reader: `This did not work. ${safe}`,
};

/** `paid`: an answer came for money that was sent, but it does not hold. */
export const explain = (code: Code | undefined, fault: string | undefined, paid: boolean): string =>
  paid
    ? 'The issuer’s answer does not hold, so the article did not open. Your coins are set aside and nothing more will be charged; we keep the evidence and ask again.'
    : ((code && special[code]) ?? byFault[fault ?? ''] ?? `This did not work. ${safe} Please reload the page.`);
