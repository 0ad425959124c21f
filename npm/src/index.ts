import { here } from './here.js';
import { library } from './library.js';

export * from './shared.js';
export const { createPaywall, loadCore } = /* @__PURE__ */ library(here);
