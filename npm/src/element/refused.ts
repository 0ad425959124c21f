/** Why something was refused, in words: their dictionary, and a look at the clock. Loaded then. */
import { clockIsWrong } from '../clock.js';
import type { Code, Fault } from '../errors.js';
import { explainWith } from './explain.js';
import { learnSeldom } from './seldom.js';
import type { Visit } from './visit.js';

/** What is out of its time, "of tomorrow" or long ended, may be the sign of a clock that is wrong. */
export const refused = async (visit: Visit, code: Code, fault: Fault, sent = false): Promise<string> => {
  await learnSeldom(visit);
  // Answered, and there is no room for the answer.
  if (sent) return visit.say('noRoom');
  return /expired|_invalid/.test(code) && (await clockIsWrong())
    ? visit.say('clock', { now: new Date().toLocaleString(visit.language, { dateStyle: 'long', timeStyle: 'short' }) })
    : explainWith(visit.say, code, fault);
};
