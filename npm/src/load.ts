import { type Core, init } from './core.js';
import { failure } from './errors.js';
import { stamp } from './stamp.js';

/** Where the core comes from: an address, its bytes, or a compiled module (of which TypeScript knows only that it is an object). */
export type CoreSource = string | URL | BufferSource | (WebAssembly.Module & object);

/** Says how: asked only when the core is loaded. */
export type CoreFinder = () => CoreSource | Promise<CoreSource>;

let loading: Promise<Core> | undefined;

/**
 * Loads the core once; later calls share it. A failure is forgotten, so that the next call tries again.
 * Nothing happens when this module is imported.
 *
 * @throws BrowserError `wasm_blocked`, with the line that the site's content security policy needs;
 *   `wasm_unavailable`, with the cause, if the file cannot be had, is not the one of this version, or the page came over plain
 *   http: browsers give such pages no WebCrypto, so that nothing bought there could be opened.
 */
export const loadCore = (source: CoreSource | CoreFinder): Promise<Core> =>
  (loading ??= load(source).catch((thrown: Error) => {
    loading = undefined;
    if (thrown instanceof TypeError) throw thrown;
    const { message } = thrown;
    throw /content.security|unsafe-eval|disallowed|blocked by csp/i.test(message) && thrown instanceof WebAssembly.CompileError
      ? failure('wasm_blocked', /embedder/.test(message) ? 'import farthing/core.wasm as a module' : "Content-Security-Policy: script-src 'self' 'wasm-unsafe-eval'")
      : failure('wasm_unavailable', message);
  }));

/** A part of the scripts that only some visits need, on its way. If it does not come, that is said as of the core. */
export const laterPart = <T>(loading: Promise<T>): Promise<T> =>
  loading.catch((thrown: unknown) => {
    throw failure('wasm_unavailable', String(thrown));
  });

const load = async (from: CoreSource | CoreFinder): Promise<Core> => {
  if (!globalThis.crypto?.subtle) throw Error('https is needed');
  const source = typeof from === 'function' ? await from() : from;
  if (source instanceof WebAssembly.Module) return init(source);
  const bytes = typeof source === 'string' || source instanceof URL ? await fetched(source) : source;
  // A file of another version, or one that was changed on its way, is not run.
  if (stamp && btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-384', bytes)))) !== stamp) {
    throw Error(`not the core of these scripts, sha384-${stamp}`);
  }
  return init(bytes);
};

const fetched = async (address: string | URL): Promise<Uint8Array<ArrayBuffer>> => {
  const response = await fetch(address).catch((error: Error) => {
    throw Error(`${address} cannot be fetched (${error.message}): CSP? CORS?`);
  });
  const bytes = new Uint8Array(await response.arrayBuffer());
  // A development server or a "single page" rule answers with a page where the file is missing; a bundler may have left it out.
  if (!response.ok || bytes[0] !== 0) {
    const start = bytes.slice(0, 15);
    throw Error(`${address} answers ${response.status} ${new TextDecoder().decode(start)} (${[...start.slice(0, 4)].map((byte) => byte.toString(16)).join(' ')}): publish this file beside the scripts`);
  }
  return bytes;
};
