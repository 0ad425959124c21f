/** Prices as they are written in a page: "0.20 EUR". */

/** In micro, or `null` if it is no price. Exact: digits are moved, nothing is divided. */
export const readPrice = (text: string): { amount: number; currency: string } | null => {
  const match = /^\s*(\d{1,9})(?:\.(\d{1,6}))?\s+([A-Z]{3})\s*$/.exec(text);
  if (!match) return null;
  const amount = Number(match[1]) * 1_000_000 + Number((match[2] ?? '').padEnd(6, '0'));
  return { amount, currency: match[3]! };
};

/** Seconds, or `null`: "0", "3600", "90s", "12h", "30d". */
export const readSpan = (text: string): number | null => {
  const match = /^\s*(\d{1,10})\s*([smhd]?)\s*$/.exec(text);
  if (!match) return null;
  const seconds = Number(match[1]) * { '': 1, s: 1, m: 60, h: 3600, d: 86_400 }[match[2] as '' | 's' | 'm' | 'h' | 'd'];
  return Number.isSafeInteger(seconds) ? seconds : null;
};
