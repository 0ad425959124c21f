/** Importing this defines `<farthing-paywall>`; on a server it does nothing. */
import { FarthingPaywallElement } from './element.js';

FarthingPaywallElement.define();

export { FarthingPaywallElement };
