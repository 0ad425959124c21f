/** The library, for each place that has its own way to the core. */
import type { Core } from './core.js';
import { type CoreFinder, type CoreSource, loadCore } from './load.js';
import type { PageOptions } from './page.js';
import { createPaywall, type Paywall } from './paywall.js';

export interface Library {
  /**
   * The paywall of one page without its looks. Nothing is loaded before the first call.
   *
   * @throws TypeError if the options are not what they say.
   */
  createPaywall(options: PageOptions): Paywall;
  /**
   * Loads the core once; later calls share it. A failure is forgotten, so that the next call tries again.
   *
   * @throws BrowserError `wasm_blocked`, with the line that the site's content security policy needs, or what to do in a runtime that
   *   compiles no bytes; `wasm_unavailable`, with the cause, if the file cannot be had or is not the one of this version.
   */
  loadCore(source?: CoreSource): Promise<Core>;
}

export const library = (found: CoreFinder): Library => ({
  createPaywall: (options) => createPaywall({ ...options, core: options?.core ?? options?.wasmUrl ?? found }),
  loadCore: (source) => loadCore(source ?? found),
});
