/** What the element loads once the reader points at the button, or owns something here. */
export { createPaywall } from '../paywall.js';
export { textNodes } from './insert.js';
export { asFailure, FarthingError } from '../errors.js';
export { explain } from './explain.js';
