/** What every entry of the library has beside its own `createPaywall` and `loadCore`. */
export type { Paywall, Status } from './paywall.js';
export type { LoadResult, Opened, Page, PageOptions, UnlockOptions, UnlockResult } from './page.js';
export type { Core, Disclosure, GrantView, Manifest, Offer, OfferView, Pin, Price, Reading, Terms, Trust } from './core.js';
export type { Collected } from './drawing.js';
export type { Balance } from './pocket.js';
export type { Load } from './topup.js';
export type { Text } from './read.js';
export type { KeptGrant } from './store.js';
export { asFailure, BrowserError, FarthingError, IssuerError, NetworkError, PageError, ReaderError, WalletError } from './errors.js';
export type { Code, CodesByFault, Fault, RefusalMembers } from './errors.js';
export type { CoreSource } from './load.js';
export { money } from './money.js';
export { explain } from './element/explain_english.js';
export { textNodes } from './element/insert.js';
