/** `farthing` in a Workers runtime, which compiles no bytes: the file is imported as a module. */
import core from '../wasm/farthing_bg.wasm';
import { library } from './library.js';

export * from './shared.js';
export const { createPaywall, loadCore } = /* @__PURE__ */ library(() => core);
