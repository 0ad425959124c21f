import type { Code } from '../errors.js';
import type { GrantView, OfferView, Price } from '../core.js';

type Seen = Omit<Price, 'sealing_kid'>;

/** The element's events and their details. They bubble and cross shadow roots. */
export interface FarthingEvents {
  /** The panel is shown. */
  'farthing:show': { price: Seen };
  /** The reader pressed the button. Cancelable: `preventDefault()` stops before anything is spent. */
  'farthing:beforespend': { price: Seen };
  /** A load was ordered. Cancelable: `preventDefault()` leaves it to the page to go to `checkout`. */
  'farthing:load': { amount: number; currency: string; checkout: string };
  /** Loads arrived. */
  'farthing:balance': { collected: { amount: number; currency: string }[] };
  /** The text is open; `bought` is false if it was owned before. */
  'farthing:unlock': { offer: OfferView; grant: GrantView; bought: boolean; newer: boolean };
  'farthing:error': { code: Code | undefined; error: unknown };
}

declare global {
  interface HTMLElementEventMap extends FarthingEventMap {}
  interface DocumentEventMap extends FarthingEventMap {}
}
type FarthingEventMap = { [N in keyof FarthingEvents]: CustomEvent<FarthingEvents[N]> };

/** `false` if a listener prevented it. */
export const announce = <N extends keyof FarthingEvents>(target: HTMLElement, name: N, detail: FarthingEvents[N]): boolean =>
  target.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: name === 'farthing:beforespend' || name === 'farthing:load' }));
