/** What the element loads once the reader points at the button, or owns something here. */
import { here } from '../here.js';
import { openPage as open, type PageOptions } from '../page.js';

export { asFailure } from '../errors.js';
export { explain } from './explain.js';
export { textNodes } from './insert.js';

/** As page.ts has it, with the file that lies beside these scripts. */
export const openPage = (options: PageOptions): ReturnType<typeof open> => open({ ...options, core: options.core ?? here });
