import { type Core, init } from './core.js';
import { failure } from './errors.js';

/** Where the core comes from: an address, its bytes, or a compiled module. Left out: the file beside this package. */
export type CoreSource = string | URL | BufferSource | WebAssembly.Module;

let loading: Promise<Core> | undefined;

/**
 * Loads the core once; later calls share it. A failure is forgotten, so that the next call tries again.
 * Nothing happens when this module is imported.
 *
 * @throws BrowserError `wasm_blocked`, with the line that the site's content security policy needs;
 *   `wasm_unavailable`, with the cause, if the file cannot be had, or the page came over plain http: browsers give such
 *   pages no WebCrypto, so that nothing bought there could be opened.
 */
export const loadCore = (source?: CoreSource): Promise<Core> =>
  (loading ??= load(source ?? new URL('../wasm/farthing_bg.wasm', import.meta.url)).catch((thrown: Error) => {
    loading = undefined;
    throw /content.security|unsafe-eval|disallowed|blocked by csp/i.test(thrown.message) && thrown instanceof WebAssembly.CompileError
      ? failure('wasm_blocked', "Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'")
      : failure('wasm_unavailable', String(thrown.message));
  }));

const load = async (source: CoreSource): Promise<Core> => {
  if (!globalThis.crypto?.subtle) throw Error('crypto.subtle is missing: serve the page over https');
  if (typeof source !== 'string' && !(source instanceof URL)) return init(source);
  const response = await fetch(source);
  const bytes = new Uint8Array(await response.arrayBuffer());
  // A development server or a "single page" rule answers with a page where the file is missing; a bundler may have left it out.
  if (!response.ok || bytes[0] !== 0) {
    throw Error(`${source} answers ${response.status} ${new TextDecoder().decode(bytes.slice(0, 15))}: publish this file beside the scripts`);
  }
  return init(bytes);
};
