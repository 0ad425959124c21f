/**
 * What a pocket and the purse say to each other (docs/spec.md, "Purse and pocket"): by `postMessage` between two windows, or in the
 * fragments of two addresses. Whoever reads one knows neither who wrote it nor that it is whole: everything is looked at.
 */

/** An element to be evaluated; nothing secret. */
export interface Output { keyset: string; blinded: string }
/** What the issuer made of the elements of one keyset; nothing secret. */
export interface Evaluation { keyset: string; evaluated: string[]; proof: string }

/** By `kind`; amounts in micro. */
export interface Messages {
  /** From the purse's window, to whoever opened it. */
  ready: unknown;
  /** From a pocket: elements of its own, worth `amount` of the purse's coins. */
  fill: { issuer: string; currency: string; amount: number; outputs: Output[] };
  /** From the purse: the pocket's elements, as the issuer evaluated them. */
  filled: { evaluations: Evaluation[] };
  /** From a pocket: it would give so much back. */
  return: { issuer: string; currency: string; amount: number };
  /** From the purse: elements of its own for it. */
  elements: { outputs: Output[] };
  /** From a pocket: the purse's elements, as the issuer evaluated them. */
  returned: { evaluations: Evaluation[] };
  /**
   * From the purse: nothing was spent for what was asked, and nothing will be. `of` is the first blinded element that was sent, which nobody
   * else knows: without it a link could make a pocket forget what it waits for. Empty where none was sent.
   */
  refused: { code: string; of: string };
}
export type Kind = keyof Messages;
export type Message = { [K in Kind]: { farthing: 1; kind: K } & Messages[K] }[Kind];

const longest = 32_768;

const is = {
  amount: (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0,
  currency: (value: unknown) => typeof value === 'string' && /^[A-Z]{3}$/.test(value),
  issuer: (value: unknown) => typeof value === 'string' && /^https?:\/\/[^/?#\s]{1,255}$/.test(value),
  code: (value: unknown) => typeof value === 'string' && /^[a-z_]{4,30}$/.test(value),
  element: (value: unknown) => b64u(44)(value),
  outputs: (value: unknown) => listOf(value, (one) => shaped(one, { keyset: b64u(22), blinded: is.element })),
  evaluations: (value: unknown) => listOf(value, (one) => shaped(one, { keyset: b64u(22), evaluated: (all) => listOf(all, b64u(44)), proof: b64u(86) })),
};

const b64u = (length: number) => (value: unknown): boolean => typeof value === 'string' && value.length === length && /^[\w-]*$/.test(value);
const listOf = (value: unknown, each: (one: unknown) => boolean): boolean => Array.isArray(value) && value.length > 0 && value.length <= 64 && value.every(each);
/** Exactly these members. */
const shaped = (value: unknown, shape: Record<string, (value: unknown) => boolean>): boolean =>
  typeof value === 'object' && value !== null && Object.keys(value).length === Object.keys(shape).length &&
  Object.entries(shape).every(([name, holds]) => Object.hasOwn(value, name) && holds((value as Record<string, unknown>)[name]));

const shapes: { [K in Kind]: { [M in keyof Messages[K]]: (value: unknown) => boolean } } = {
  ready: {}, fill: { issuer: is.issuer, currency: is.currency, amount: is.amount, outputs: is.outputs }, filled: { evaluations: is.evaluations },
  return: { issuer: is.issuer, currency: is.currency, amount: is.amount }, elements: { outputs: is.outputs }, returned: { evaluations: is.evaluations },
  refused: { code: is.code, of: (value) => value === '' || is.element(value) },
};

/** What came by `postMessage`; `null` if it is none of these, or not exactly. */
export const readMessage = (data: unknown): Message | null => {
  try {
    // A copy of plain values: what is a number now is one later.
    const text = JSON.stringify(data);
    if (text.length > longest) return null;
    const { farthing, kind, ...rest } = JSON.parse(text) as { farthing: unknown; kind: Kind };
    return farthing === 1 && Object.hasOwn(shapes, kind) && shaped(rest, shapes[kind]) ? ({ farthing, kind, ...rest } as Message) : null;
  } catch {
    return null;
  }
};

/** base64url of the message's JSON, for a fragment. */
export const toFragment = (message: object): string => {
  const binary = Array.from(new TextEncoder().encode(JSON.stringify(message)), (byte) => String.fromCharCode(byte)).join('');
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};

/** What stands in a fragment, without having looked at it. */
const fromFragment = (text: string): unknown => {
  try {
    if (text.length > longest * 1.4) return null;
    const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(binary, (character) => character.charCodeAt(0))));
  } catch {
    return null;
  }
};

/** The answer in the fragment of a return address, `#farthing-…=`; `null` if there is none that can be read. */
export const readAnswer = (hash: string): Message | null => {
  const [, kind, text] = /^#farthing-(filled|elements|refused)=([\w-]+)$/.exec(hash) ?? [];
  const message = text ? readMessage(fromFragment(text)) : null;
  return message && message.kind === kind ? message : null;
};

/** A pocket's question in the fragment of the purse's address, and where the answer goes to. */
export const readQuestion = (hash: string): { message: Message; back: URL } | null => {
  const [, kind, text] = /^#(fill|return|returned)=([\w-]+)$/.exec(hash) ?? [];
  const { return: back, ...rest } = ((text && fromFragment(text)) || {}) as { return?: unknown };
  const message = readMessage(rest);
  if (!message || message.kind !== kind || typeof back !== 'string' || back.length > 2048 || !URL.canParse(back)) return null;
  const address = new URL(back);
  return /^https?:$/.test(address.protocol) && !address.username && !address.hash ? { message, back: address } : null;
};
