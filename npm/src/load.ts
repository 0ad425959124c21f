import { type Core, importModule } from './core.js';
import { failure } from './errors.js';

/** Where the core comes from: an address, its bytes, or a compiled module. Left out: the file beside this package. */
export type CoreSource = string | URL | BufferSource | WebAssembly.Module;

let loading: Promise<Core> | undefined;

/**
 * Loads the core once; later calls share it. A failure is forgotten, so that the next call tries again.
 * Nothing happens when this module is imported.
 *
 * @throws BrowserError `wasm_blocked`, with the line that the site's content security policy needs;
 *   `wasm_unavailable`, with the cause, if the file cannot be had.
 */
export const loadCore = (source?: CoreSource): Promise<Core> =>
  (loading ??= load(source).catch((error: unknown) => {
    loading = undefined;
    throw error;
  }));

/** After the core stopped in the middle, its instance is not to be used again. */
export const forgetCore = (): void => {
  loading = undefined;
};

const load = async (source?: CoreSource): Promise<Core> => {
  if (typeof WebAssembly !== 'object') throw failure('wasm_unavailable', 'this browser has no WebAssembly');
  const address = source ?? new URL('../wasm/farthing_bg.wasm', import.meta.url);
  const remote = typeof address === 'string' || address instanceof URL;
  const input = remote ? await fetched(String(address)) : address;
  try {
    const core = await importModule();
    await core.default({ module_or_path: input });
    return core;
  } catch (thrown) {
    throw diagnosis(thrown);
  }
};

const fetched = async (address: string): Promise<BufferSource> => {
  const response = await fetch(address, { credentials: 'same-origin' }).catch((thrown: unknown) => {
    throw failure('wasm_unavailable', `${address} cannot be fetched: ${(thrown as Error).message}`);
  });
  if (!response.ok) {
    throw failure('wasm_unavailable', `${address} answers ${response.status}: publish the file beside the script (a bundler may have left it out)`);
  }
  const bytes = new Uint8Array(await response.arrayBuffer());
  // A development server or a "single page" rule answers with a page where the file is missing.
  if (bytes[0] !== 0 || bytes[1] !== 0x61) {
    throw failure('wasm_unavailable', `${address} is not WebAssembly but begins with ${JSON.stringify(new TextDecoder().decode(bytes.slice(0, 15)))}: the server sends something else in its place`);
  }
  return bytes;
};

const diagnosis = (thrown: unknown) => {
  const message = String((thrown as Error)?.message ?? thrown);
  return thrown instanceof WebAssembly.CompileError && /content security|unsafe-eval|disallowed|blocked/i.test(message)
    ? failure('wasm_blocked', "add to the Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'")
    : failure('wasm_unavailable', message);
};
