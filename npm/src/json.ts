/** Strict reading of JSON (spec R3) and base64url, as far as JavaScript itself looks into a text; the core reads the rest. */
import { type Code, failure } from './errors.js';

interface Kinds { boolean: boolean; string: string; number: number; object: unknown }

const memberCount = (value: unknown): number =>
  value && typeof value === 'object'
    ? Object.values(value).reduce((sum: number, item) => sum + memberCount(item), Array.isArray(value) ? 0 : Object.keys(value).length)
    : 0;

/** One object with exactly the members of `shape`, none twice. Anything else throws `code`. */
export const readStrict = <S extends Record<string, keyof Kinds>>(text: string, shape: S, code: Code): { [M in keyof S]: Kinds[S[M]] } => {
  try {
    const value = JSON.parse(text);
    // JSON.parse keeps the last of two equal members; so the names in the text are counted against those that were kept.
    const names = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)].filter(([, colon]) => colon).length;
    const members = Object.entries(shape);
    if (names === memberCount(value) && Object.keys(value).length === members.length && members.every(([name, kind]) => typeof value[name] === kind && value[name] !== null)) return value;
  } catch {
    // Not JSON.
  }
  throw failure(code, `not strictly an object with ${Object.keys(shape)}`);
};

/** base64url without padding, unused bits zero. */
export const fromB64u = (text: string, code: Code): Uint8Array<ArrayBuffer> => {
  try {
    const base64 = text.replaceAll('-', '+').replaceAll('_', '/');
    const binary = atob(base64);
    if (!/[+/=]/.test(text) && btoa(binary).replace(/=+$/, '') === base64) return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    // Not base64.
  }
  throw failure(code, 'not base64url');
};
