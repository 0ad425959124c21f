/** Amounts in words: always with the currency, never rounded, in the reader's language. */

/**
 * `amount` is in micro. In English the sign follows the number, as this house sets it ("0.20 €"); every other language sets it as
 * it is used to. `short` leaves out the minor units of a whole amount ("2 €").
 */
export const money = (amount: number, currency: string, language = 'en', short = false): string => {
  const format = new Intl.NumberFormat(language, {
    style: 'currency', currency, maximumFractionDigits: 6,
    ...(short && amount % 1_000_000 === 0 && { minimumFractionDigits: 0 }),
  });
  const parts = format.formatToParts(amount / 1_000_000);
  if (!/^en\b/i.test(language)) return parts.map(({ value }) => value).join('');
  const number = parts.filter(({ type }) => type !== 'currency' && type !== 'literal').map(({ value }) => value).join('');
  const sign = new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).formatToParts(0).find(({ type }) => type === 'currency')?.value;
  return `${number}\u00a0${sign ?? currency}`;
};
