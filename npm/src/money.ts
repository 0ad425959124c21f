/**
 * An amount in words: with its currency, never rounded. `amount` is in micro. In English the sign follows the number, as this house
 * sets it ("0.20 €"); other languages set it as they are used to. `short` leaves out the minor units of a whole amount ("2 €").
 */
export const money = (amount: number, currency: string, language = 'en', short = false): string => {
  const parts = new Intl.NumberFormat(language, {
    style: 'currency', currency, currencyDisplay: 'narrowSymbol', maximumFractionDigits: 6,
    ...(short && amount % 1e6 === 0 && { minimumFractionDigits: 0 }),
  }).formatToParts(amount / 1e6);
  const text = (signs: boolean) => parts.filter(({ type }) => /^(c|l)/.test(type) === signs).map(({ value }) => value.trim()).join('');
  return /^en/i.test(language) ? `${text(false)}\u00a0${text(true)}` : parts.map(({ value }) => value).join('');
};
