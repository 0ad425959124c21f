/** The element in one classic script, with the core and everything else in it. */
import { FarthingPaywallElement } from './element.js';

FarthingPaywallElement.define();
