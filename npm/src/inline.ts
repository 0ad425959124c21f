/**
 * `farthing/inline`: the core stands in the script, in base64. For tools that copy no file, and for a page in one file. In Node `farthing` is
 * this too: what bundles a server (Next, functions in a cloud) moves scripts away from the files beside them.
 */
import { library } from './library.js';
import { wasm } from './unpack.js';

export * from './shared.js';
export { wasm };
export const { createPaywall, loadCore } = /* @__PURE__ */ library(wasm);
