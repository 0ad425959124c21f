import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPrice, readSpan } from '../cli/price.js';
import { money } from '../src/money.js';

const said = (...given: Parameters<typeof money>) => money(...given).replaceAll('\u00a0', ' ');

test('an amount is shown with its currency and never rounded', () => {
  assert.equal(said(200_000, 'EUR'), '0.20 €');
  assert.equal(said(2_000, 'EUR'), '0.002 €');
  assert.equal(said(1, 'EUR'), '0.000001 €');
  assert.equal(said(1_234_567_890_000, 'EUR'), '1,234,567.89 €');
  assert.equal(said(200_000_000, 'KRW'), '200 ₩');
  assert.equal(said(1_500_000, 'KWD'), '1.500 KWD');
  assert.equal(said(0, 'EUR'), '0.00 €');
});

test('a whole amount may stand short', () => {
  assert.equal(said(2_000_000, 'EUR', 'en', true), '2 €');
  assert.equal(said(500_000, 'EUR', 'en', true), '0.50 €');
});

test('other languages set it as they are used to', () => {
  assert.equal(said(200_000, 'EUR', 'de'), '0,20 €');
  assert.equal(said(200_000, 'EUR', 'nl'), '€ 0,20');
});

test('a price in a page is read exactly or not at all', () => {
  assert.deepEqual(readPrice('0.20 EUR'), { amount: 200_000, currency: 'EUR' });
  assert.deepEqual(readPrice(' 12 KRW '), { amount: 12_000_000, currency: 'KRW' });
  assert.deepEqual(readPrice('0.29 EUR'), { amount: 290_000, currency: 'EUR' });
  for (const wrong of ['', '0.20', '€0.20', '0,20 EUR', '-1 EUR', '0.2000001 EUR', '1e3 EUR', '0.20 eur', '0.20EUR', '1234567890 EUR']) assert.equal(readPrice(wrong), null, wrong);
});

test('a span of time is seconds, or minutes, hours, days', () => {
  assert.deepEqual(['3600', '90s', '5m', '12h', '30d', '0'].map(readSpan), [3600, 90, 300, 43_200, 2_592_000, 0]);
  for (const wrong of ['', 'd', '1w', '1.5h', '-1', '99999999999']) assert.equal(readSpan(wrong), null, wrong);
});
