/** What the element loads once the reader points at the button, or owns something here. */
export { Purchase } from './purchase.js';
export { openPage } from '../page.js';
export { here } from '../here.js';
export { laterPart } from '../load.js';
export { money } from '../money.js';
export { balance } from '../pocket.js';
export { read, textAlone } from '../read.js';
// The files that only some readers need take from here what is in this one already (build.mjs).
export { asFailure, codeOf, failure } from '../errors.js';
export { isUndecided, request } from '../issuer.js';
export { keptManifest, walk } from '../manifest.js';
export { finish, isOpen, openAttempts, send, setAside, Undecided } from '../redeem.js';
export { alone, countersOf, issuerOf, raiseCounters, seedOf } from '../wallet.js';
export { announce } from './events.js';
export { explainWith } from './explain.js';
export { node } from './panel.js';
