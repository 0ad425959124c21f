/** `farthing/inline`: the core stands in the script, in base64. For tools that copy no file, and for a page in one file. */
import { library } from './library.js';
import { wasm } from './unpack.js';

export * from './shared.js';
export { wasm };
export const { createPaywall, loadCore } = /* @__PURE__ */ library(wasm);
