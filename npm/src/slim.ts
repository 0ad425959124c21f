/** `farthing/slim`: without a way to the core. For libraries and for runtimes of another kind: whoever calls hands the core over. */
import type { Core } from './core.js';
import { library } from './library.js';
import type { CoreSource } from './load.js';
import type { PageOptions } from './page.js';
import type { Paywall } from './paywall.js';

export * from './shared.js';

export type SlimOptions = PageOptions & ({ core: CoreSource } | { wasmUrl: string | URL });

const none = (): never => {
  throw new TypeError('farthing/slim has no core of its own: pass `core` or `wasmUrl`, the file is farthing/core.wasm');
};
const made = /* @__PURE__ */ library(none);

/** As in `farthing`, with the core handed over. */
export const createPaywall = (options: SlimOptions): Paywall => made.createPaywall(options);
/** As in `farthing`, with the core handed over. */
export const loadCore = (source: CoreSource): Promise<Core> => made.loadCore(source);
