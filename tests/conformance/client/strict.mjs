// R3: JSON as this protocol reads it, and the shapes of its objects.
import { p256 } from '@noble/curves/nist.js';
import { unb64u } from './bytes.mjs';

/** A refusal with one of the stable codes of section 11. Anything else that is thrown is a fault of this client. */
export class Refused extends Error {
  constructor(code, why = '') {
    super(`${code}: ${why}`);
    this.code = code;
  }
}

export const refuse = (code, why) => { throw new Refused(code, why); };
export const must = (condition, code, why) => condition || refuse(code, why);

/** What is refused inside is refused with this code. */
export function as(code, work) {
  try {
    return work();
  } catch (error) {
    throw error instanceof Refused ? new Refused(code, error.message) : error;
  }
}

/** For calls of other people's libraries, whose every failure means this code. */
export function trying(code, work) {
  try {
    return work();
  } catch (error) {
    throw new Refused(code, String(error));
  }
}

const NUMBER = /(?:0|[1-9][0-9]*)(?![0-9.eE+-])/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SPACE = /[ \t\r\n]*/y;

/** One object and nothing else, within so many bytes. */
export function readJson(text, limit) {
  must(Buffer.byteLength(text) <= limit, 'malformed', 'too long');
  let at = 0;
  const match = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const token = (character) => {
    match(SPACE);
    if (text[at] !== character) return false;
    at += 1;
    return true;
  };
  const string = () => {
    match(SPACE);
    const found = match(STRING) ?? refuse('malformed', `string at ${at}`);
    const value = JSON.parse(found);
    must(value.isWellFormed(), 'malformed', 'half a surrogate pair');
    return value;
  };
  const value = (depth) => {
    match(SPACE);
    if (text[at] === '"') return string();
    if (text[at] === '{') return object(depth + 1);
    if (text[at] === '[') return array(depth + 1);
    for (const [word, meaning] of [['true', true], ['false', false]]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meaning;
      }
    }
    const number = Number(match(NUMBER) ?? refuse('malformed', `value at ${at}`));
    must(number <= Number.MAX_SAFE_INTEGER, 'malformed', 'number too large');
    return number;
  };
  const items = (depth, close, one) => {
    must(depth <= 16, 'malformed', 'too deep');
    at += 1;
    if (token(close)) return;
    do one(); while (token(','));
    must(token(close), 'malformed', `no ${close} at ${at}`);
  };
  const object = (depth) => {
    const made = Object.create(null);
    items(depth, '}', () => {
      const name = string();
      must(!(name in made), 'malformed', `two members ${name}`);
      must(token(':'), 'malformed', `no colon at ${at}`);
      made[name] = value(depth);
    });
    return made;
  };
  const array = (depth) => {
    const made = [];
    items(depth, ']', () => made.push(value(depth)));
    return made;
  };
  match(SPACE);
  must(text[at] === '{', 'malformed', 'not an object');
  const whole = object(1);
  match(SPACE);
  must(at === text.length, 'malformed', 'bytes after the object');
  return whole;
}

// Validators: each takes a value, refuses it or gives it back.

export const int = (least = 0, most = Number.MAX_SAFE_INTEGER) => (value) =>
  must(typeof value === 'number' && value >= least && value <= most, 'malformed', `number ${value}`) && value;
export const flag = (value) => must(typeof value === 'boolean', 'malformed', 'no truth value') && value;
export const word = (pattern) => (value) => {
  must(typeof value === 'string' && (!pattern || pattern.test(value)), 'malformed', `text ${value}`);
  return value;
};
export const utf8 = (most) => (value) => must(typeof value === 'string' && Buffer.byteLength(value) <= most, 'malformed', 'text too long') && value;
export const one = (...words) => (value) => must(words.includes(value), 'malformed', `${value} is none of ${words}`) && value;
export const raw = (length) => (value) => {
  must(typeof value === 'string', 'malformed', 'no text');
  trying('malformed', () => unb64u(value, length));
  return value;
};
export const many = (each, least, most) => (value) => {
  must(Array.isArray(value) && value.length >= least && value.length <= most, 'malformed', 'list');
  value.forEach(each);
  return value;
};
export const shape = (members) => (value) => {
  must(value !== null && typeof value === 'object' && !Array.isArray(value), 'malformed', 'no object');
  const found = Object.keys(value).sort().join();
  must(found === Object.keys(members).sort().join(), 'malformed', `members ${found}`);
  for (const [name, check] of Object.entries(members)) check(value[name]);
  return value;
};
export const distinct = (list, key) => new Set(list.map(key)).size === list.length;

export const CURRENCY = /^[A-Z]{3}$/;
export const VERSION = /^[A-Za-z0-9._-]{1,64}$/;
export const MIX = /^[A-Za-z0-9._-]{1,16}$/;

/** Section 1: 33 bytes with a first byte of 2 or 3, on the curve. */
export function isPoint(b64u) {
  try {
    const bytes = unb64u(b64u, 33);
    return (bytes[0] === 2 || bytes[0] === 3) && Boolean(p256.Point.fromBytes(bytes));
  } catch {
    return false;
  }
}
export const point = (value) => must(isPoint(value), 'malformed', `no point ${value}`) && value;

/** 1 … n−1, as 32 bytes. */
export const isScalar = (bytes) => p256.utils.isValidSecretKey(bytes);
