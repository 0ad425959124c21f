/** The reader's purse, without its looks: what its pages call. Amounts are in micro, times in Unix seconds; every call may throw a `FarthingError`. */
export { erase, events, exportEvents, type PurseEvent } from './events.js';
export { type FillEnd, type FillLook, give, lookAtFill } from './fill.js';
export { type Holding, holdings } from './holdings.js';
export { type FillLimit, fillLimit, setFillLimit } from './limits.js';
export { type Choice, choices, collect, openOrders, orderLimits, orderValue } from './orders.js';
export { begin, confirmWords, isWrittenDown, placesToAsk, type PurseState, stateOf, words } from './phrase.js';
export { renewQuietly } from './renew.js';
export { isLocked, lock, type Passkeys, removeLock, unlock } from './lock.js';
export { elementsFor, lookForReturned, openTakes, takeReturned } from './take.js';
export { type Visit, visit } from './visit.js';
export { current, newest, openPurse, type Purse, type PurseOptions } from './wallet.js';
export { type Checked, checkProofs } from './proofs.js';
export { beginRestore, type Progress, restore } from './restore.js';
export { exportPurse, importPurse, type Imported } from './copy.js';
