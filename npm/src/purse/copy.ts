/** A copy of the purse in a file, and taking one in: the mechanism of a pocket's copy. The phrase is in it. */
import { exportPocket, importPocket } from '../copy.js';
import type { Purse } from './wallet.js';

export type { Imported } from '../copy.js';

/** `rounds` of PBKDF2; fewer for tests only. */
export const exportPurse = (purse: Purse, passphrase: string, rounds?: number): Promise<string> => exportPocket(purse, passphrase, purse.issuer, rounds, 'purse');

/** `other_site`: of another issuer. */
export const importPurse = (purse: Purse, text: string, passphrase: string): ReturnType<typeof importPocket> => importPocket(purse, text, passphrase, purse.issuer, 'purse');
