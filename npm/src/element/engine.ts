/** What the element loads once the reader points at the button, or owns something here. */
export { Purchase } from './purchase.js';
export { openPage } from '../page.js';
