/** Errors in words: what happened, whether money moved, what to do, in that order. */
import type { Code, Fault } from '../errors.js';
import type { Say, Word } from './words.js';

/** `paid`: coins were sent and an answer came, but it does not hold. Without words of its own, a code is said by whose fault it is. */
export const explainWith = (say: Say, code: Code, fault: Fault, paid = false): string => 
  // Codes have an underscore, other words have none: what an issuer makes up cannot name one of those.
  paid ? say('aside') : (code.includes('_') && say(code as Word)) || say(fault);
