/** Strict reading of JSON (spec R3) and base64url, as far as JavaScript itself looks into a text; the core reads the rest. */
import { type Code, failure } from './errors.js';

interface Kinds { string: string; number: number; object: unknown }
type Shape = Record<string, keyof Kinds>;

const memberCount = (value: unknown): number =>
  value === null || typeof value !== 'object'
    ? 0
    : Object.values(value).reduce((sum: number, item) => sum + memberCount(item), Array.isArray(value) ? 0 : Object.keys(value).length);

/** One object with exactly the members of `shape`, none twice. Anything else throws `code`. */
export const readStrict = <S extends Shape>(
  text: string, shape: S, code: Code,
): { [M in keyof S]: Kinds[S[M]] } => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw failure(code, 'not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw failure(code, 'not an object');
  // JSON.parse keeps the last of two equal members; so the names in the text are counted against those that were kept.
  let names = 0;
  for (const [, colon] of text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)) if (colon) names++;
  if (names !== memberCount(value)) throw failure(code, 'a member stands twice');
  const object = value as Record<string, unknown>;
  for (const name of Object.keys(object)) if (!Object.hasOwn(shape, name)) throw failure(code, `unknown member \`${name}\``);
  for (const [name, kind] of Object.entries(shape)) {
    if (typeof object[name] !== kind || object[name] === null) throw failure(code, `member \`${name}\` is missing or of another kind`);
  }
  return object as never;
};

/** base64url without padding, unused bits zero. */
export const fromB64u = (text: string, code: Code): Uint8Array<ArrayBuffer> => {
  const short = text.length % 4;
  const last = short && 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.indexOf(text.at(-1)!);
  if (!/^[\w-]*$/.test(text) || short === 1 || (short && last & (short === 2 ? 15 : 3))) throw failure(code, 'not base64url');
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
};

export const toB64u = (bytes: Uint8Array): string => {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
};
