import { base64 } from './bytes.js';

/** The bytes of the core, from the text that stands in the script. */
export const wasm = (): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
