import type { CoreSource } from './load.js';

/** The file beside this package, in the one form that bundlers understand. The build writes another address, or the bytes, in its place. */
export const here = (): CoreSource => new URL('../wasm/farthing_bg.wasm', import.meta.url);
