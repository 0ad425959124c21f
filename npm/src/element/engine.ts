/** What the element loads once the reader points at the button, or owns something here. */
export { asFailure } from '../errors.js';
export { openPage } from '../page.js';
export { explain } from './explain.js';
export { textNodes } from './insert.js';
