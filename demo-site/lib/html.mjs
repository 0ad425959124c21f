// Text into markup, and the few formats a newspaper needs. No dependency, no clock: dates come from post.json and the articles.

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for element content, attributes and XML. */
export const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => entities[sign]);

/** Marks a string as markup already, so that the `html` tag leaves it alone. */
export class Markup {
  constructor(text) {
    this.text = text;
  }
  toString() {
    return this.text;
  }
}

export const raw = (text) => new Markup(text);

const put = (value) => {
  if (value === undefined || value === null || value === false) return "";
  if (Array.isArray(value)) return value.map(put).join("");
  return value instanceof Markup ? value.text : escape(value);
};

/** Template tag: escapes every value except `Markup`; arrays are joined, `undefined`, `null` and `false` vanish. */
export const html = (parts, ...values) =>
  new Markup(parts.reduce((page, part, i) => page + put(values[i - 1]) + part));

/** Text of a piece of markup: without tags, drawings and entities. */
export const textOf = (markup) =>
  markup
    .replace(/<svg[\s\S]*?<\/svg>/g, " ")
    .replace(/<!--[\s\S]*?-->/g, " ")
    .replace(/<\/?(?:a|abbr|b|cite|code|em|i|small|span|strong)\b[^>]*>/g, "")
    .replace(/<[^>]*>/g, " ")
    .replace(/&nbsp;/g, " ")
    .replace(/&amp;/g, "&")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/\s+/g, " ")
    .trim();

export const wordsOf = (markup) => textOf(markup).split(" ").filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

/**
 * "0.002 EUR" → "0.002 €", the sign behind the number as the panel sets it: at least the currency's own digits, and as many
 * more as the price has.
 */
export const money = (price) => {
  const [amount, currency] = price.split(" ");
  const parts = new Intl.NumberFormat("en-GB", { style: "currency", currency, maximumFractionDigits: 6 }).formatToParts(Number(amount));
  const sign = parts.find(({ type }) => type === "currency").value;
  const number = parts.filter(({ type }) => type !== "currency" && type !== "literal").map(({ value }) => value);
  return `${number.join("")}\u00a0${sign}`;
};

const day = (date, options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options }).format(new Date(`${date}T06:00:00Z`));

export const shortDate = (date) => day(date, { day: "numeric", month: "long", year: "numeric" });

export const longDate = (date) => `${day(date, { weekday: "long" })}, ${shortDate(date)}`;

/** RFC 822 date, as RSS wants it. The paper comes out at six in the morning, UTC. */
export const feedDate = (date) => new Date(`${date}T06:00:00Z`).toUTCString();

export const count = (number) => new Intl.NumberFormat("en-GB").format(number);
