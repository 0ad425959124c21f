export { createPaywall } from './paywall.js';
export type { LoadResult, Opened, Paywall, PaywallOptions, Status, UnlockOptions, UnlockResult } from './paywall.js';
export type { Disclosure, GrantView, OfferView, Price, Terms } from './core.js';
export type { Balance, Collected, Load } from './pocket.js';
export type { Text } from './read.js';
export type { KeptGrant } from './store.js';
export {
  BrowserError, codes, FarthingError, IssuerError, NetworkError, PageError, ReaderError, WalletError,
} from './errors.js';
export type { Code, Fault, RefusalMembers } from './errors.js';
export type { CoreSource } from './load.js';
export { loadCore } from './load.js';
export { money } from './money.js';
