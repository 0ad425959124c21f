/** A passkey in front of the purse. */
import type { Frame } from './frame.js';
import { node } from './frame.js';

/** Nothing yet. */
export const lockFold = async (_frame: Frame, _fold: unknown, _again: () => Promise<void>): Promise<Node> => node('span', {});
export const locked = (_frame: Frame, _ready: () => Promise<void>, _words: () => void): void => {};
