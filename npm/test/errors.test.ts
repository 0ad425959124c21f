import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { explain } from '../src/element/explain_english.js';
import {
  asFailure, BrowserError, type Code, type CodesByFault, failure, FarthingError, type Fault, faultOf, IssuerError, NetworkError, PageError, ReaderError, WalletError,
} from '../src/errors.js';
import { isUndecided } from '../src/issuer.js';

/** Written out once more, whole: the compiler holds it against the type, this test against the code and the specification. */
const table: { [F in Fault]: Record<CodesByFault[F], true> } = {
  network: { issuer_unreachable: true, publisher_unreachable: true, answer_invalid: true, internal: true, unavailable: true, restore_undecided: true, rate_limited: true, timeout: true },
  page: {
    malformed: true, too_large: true, unsupported: true, offer_invalid: true, offer_audience: true, offer_withdrawn: true, publisher_unknown: true, price_mismatch: true,
    price_not_payable: true, price_limit: true, sealing_key_unknown: true, wrap_invalid: true, content_mismatch: true, content_corrupt: true, pin_unknown: true, key_mismatch: true,
  },
  issuer: {
    manifest_fork: true, manifest_invalid: true, manifest_key_unknown: true, manifest_unknown: true, proof_invalid: true, spent_list_invalid: true, grant_invalid: true, disclosure_invalid: true,
    order_unknown: true, answer_unknown: true, answer_expired: true, keyset_unknown: true, not_found: true, method_not_allowed: true, media_type: true, webhook_signature: true,
  },
  wallet: {
    token_spent: true, token_invalid: true, token_corrupt: true, element_reused: true, element_invalid: true, element_repeated: true, inputs_order: true, unbalanced: true,
    keyset_not_mintable: true, keyset_expired: true, claim_signature: true, order_conflict: true, order_not_settled: true, order_expired: true, pouch_conflict: true,
    pouch_unavailable: true, pouch_mismatch: true, mix_unknown: true, terms_changed: true, counters_exhausted: true, keyset_frozen: true, evidence_unknown: true, prefix_length: true, phrase_invalid: true, promo_spent: true, token_not_for_publisher: true, grant_signature: true, refund_budget: true, refund_over: true,
  },
  browser: { wasm_blocked: true, wasm_unavailable: true, storage_unavailable: true },
  reader: { insufficient_funds: true, price_changed: true, offer_expired: true, grant_expired: true, grant_rebound: true, grant_revoked: true, pocket_limit: true, amount_invalid: true },
};
const classes = { network: NetworkError, page: PageError, issuer: IssuerError, wallet: WalletError, browser: BrowserError, reader: ReaderError };
const all = Object.entries(table).flatMap(([fault, codes]) => Object.keys(codes).map((code) => [fault as Fault, code as Code] as const));

test('every code becomes the error class of those who can do something about it', () => {
  for (const [fault, code] of all) {
    assert.equal(faultOf(code), fault, code);
    const error = failure(code, 'what exactly');
    assert.ok(error instanceof classes[fault] && error instanceof FarthingError && error instanceof Error);
    assert.deepEqual([error.code, error.fault, error.message], [code, fault, `${code}: what exactly`]);
  }
});

test('the codes are those of the specification, section 11, no more and no fewer', async () => {
  const spec = await readFile(new URL('../../docs/spec.md', import.meta.url), 'utf8');
  const section = spec.slice(spec.indexOf('## 11. Refusals'));
  const rows = section.split('\n').filter((line) => /^\| \d{3}|^Codes that arise/.test(line)).map((line) => line.replace(/\([^)]*\)/g, ''));
  const named = new Set(rows.flatMap((row) => [...row.matchAll(/`([a-z_]+)`/g)].map(([, code]) => code!)));
  assert.deepEqual([...named].sort(), all.map(([, code]) => code).sort());
});

test('an error of the core keeps its code, one of IndexedDB is the storage’s, a TypeError stays the programmer’s', () => {
  assert.equal(asFailure(Object.assign(new Error('no'), { code: 'proof_invalid' })).code, 'proof_invalid');
  assert.equal(asFailure(new DOMException('full', 'QuotaExceededError')).code, 'storage_unavailable');
  const mistake = new TypeError('counters must be an object');
  assert.equal(asFailure(mistake), mistake);
  assert.equal(asFailure(new Error('boom')).code, 'internal');
});

test('only what leaves the outcome open makes the wallet repeat the same bytes', () => {
  for (const [fault, code] of all) assert.equal(isUndecided(code), fault === 'network', code);
});

test('every error says what happened and what became of the money, and blames nobody', () => {
  for (const [fault, code] of all) {
    const words = explain(code, fault);
    if (code !== 'grant_expired') assert.match(words, /Nothing was charged|Your coins are safe/, code);
    assert.doesNotMatch(words, /!|oops|sorry|you must|invalid|token/i, code);
    assert.match(words, /\.\s?$/);
  }
  assert.match(explain('grant_invalid', 'issuer', true), /nothing more will be charged/);
});
