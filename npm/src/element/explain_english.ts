import type { Code, Fault } from '../errors.js';
import { explainWith } from './explain.js';
import { sayer } from './words.js';
import seldom from './seldom/en.js';
import later from './words/en.js';

const say = sayer('en', [later, seldom]);

/** An error in words for readers, in English. `paid`: coins were sent and an answer came, but it does not hold. */
export const explain = (code: Code, fault: Fault, paid = false): string => explainWith(say, code, fault, paid);
