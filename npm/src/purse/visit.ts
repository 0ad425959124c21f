/** What a visit finishes that an earlier one began: nothing that was sent stays without its answer. */
import { asFailure, type FarthingError } from '../errors.js';
import { openSwaps, sendSwap } from '../swap.js';
import { alone } from '../wallet.js';
import { sendFill } from './fill.js';
import { collect } from './orders.js';
import { lookForReturned } from './take.js';
import type { Purse } from './wallet.js';

/** What came of it. `unfinished`: how much has no outcome still, and why. */
export interface Visit {
  /** Loads that were drawn now, or have another end. */
  loads: Awaited<ReturnType<typeof collect>>;
  /** In micro, from pages that could not say that they gave it back. */
  returned: number;
  unfinished: number; why?: FarthingError;
}

/** Sends what is in the journal again, byte for byte. */
export const finishSwaps = async (purse: Purse): Promise<void> => {
  for (const { binding } of await openSwaps(purse)) {
    await alone(async () => {
      // Another window may have ended it.
      const swap = (await openSwaps(purse)).find((one) => one.binding === binding);
      if (swap) await (swap.purpose.startsWith('filled ') ? sendFill(purse, swap) : sendSwap(purse, swap));
    });
  }
};

/** To be called at each visit, once the purse is `ready`. Silence is no failure: it is told, and the next visit goes on. */
export const visit = async (purse: Purse): Promise<Visit> => {
  let why: FarthingError | undefined;
  const tried = <T>(work: Promise<T>, otherwise: T): Promise<T> =>
    work.catch((thrown: unknown) => {
      why = asFailure(thrown);
      if (why.fault === 'browser') throw thrown;
      return otherwise;
    });
  await tried(finishSwaps(purse), undefined);
  const loads = await tried(collect(purse), []);
  const returned = await tried(lookForReturned(purse), 0);
  const unfinished = (await openSwaps(purse)).length;
  return { loads, returned, unfinished, ...(why && { why }) };
};
