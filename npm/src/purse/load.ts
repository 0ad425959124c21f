/**
 * Loads the purse's core where it is needed: the purse's own pages, and a pocket that returns or renews what it holds. The build makes
 * `purse/core.js` of this file, with `farthing_purse_bg.wasm` beside it.
 */
import { failure } from '../errors.js';
import { init, type PurseCore } from './core.js';
import { purseStamp } from './stamp.js';

export type { PurseCore } from './core.js';

let loading: Promise<PurseCore> | undefined;

/**
 * Loads the core once; later calls share it. A failure is forgotten, so that the next call tries again.
 *
 * @throws BrowserError `wasm_unavailable` with the cause: the file cannot be had, is not the one of this version, or may not be compiled here.
 */
export const loadPurse = (source?: string | URL | BufferSource): Promise<PurseCore> =>
  (loading ??= load(source ?? new URL('../../wasm-purse/farthing_purse_bg.wasm', import.meta.url)).catch((thrown: Error) => {
    loading = undefined;
    throw failure('wasm_unavailable', thrown.message);
  }));

const load = async (source: string | URL | BufferSource): Promise<PurseCore> => {
  const bytes = typeof source === 'string' || source instanceof URL ? await fetched(source) : source;
  if (purseStamp && btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest('SHA-384', bytes)))) !== purseStamp) {
    throw Error(`not the core of these scripts, sha384-${purseStamp}`);
  }
  return init(bytes);
};

const fetched = async (address: string | URL): Promise<ArrayBuffer> => {
  const response = await fetch(address);
  const bytes = await response.arrayBuffer();
  if (!response.ok || new Uint8Array(bytes)[0] !== 0) throw Error(`${address} answers ${response.status}: publish this file beside the scripts`);
  return bytes;
};
