import type { GrantView, OfferView, Price } from '../core.js';
import type { Code } from '../errors.js';
import type { Balance } from '../pocket.js';

type Seen = Omit<Price, 'sealing_kid'>;

/** The element's events and their details. They bubble and cross shadow roots; amounts are in micro. */
export interface FarthingEvents {
  /** The panel is shown, with the price that the page names; it is not checked yet. */
  'farthing:show': { price: Seen };
  /** The reader pressed the button. Cancelable: `preventDefault()` stops before anything is asked or spent. */
  'farthing:beforespend': { price: Seen };
  /** The offer is checked, the coins for it are there, and nothing is spent yet. Cancelable. `automatic`: below the reader's own limit, nobody pressed. */
  'farthing:quote': { price: Price; offer: OfferView; automatic: boolean };
  /** A load was ordered. Cancelable: `preventDefault()` leaves it to the page to go to `checkout`. */
  'farthing:load': { amount: number; currency: string; checkout: string };
  /** What can be spent has changed: `collected` are loads that arrived. */
  'farthing:balance': { collected: { amount: number; currency: string }[]; balance: Balance[] };
  /**
   * The text is verified; `bought` is false if it was owned before. Cancelable: `preventDefault()` leaves it to the page to put `html`
   * in its place.
   */
  'farthing:unlock': { html: string; offer: OfferView; grant: GrantView; bought: boolean; automatic: boolean; newer: boolean };
  /** The reader has given the article back: its price is in the pocket again, its text out of the page. */
  'farthing:undo': { offer: OfferView | undefined; grant: GrantView };
  /** Cancelable: `preventDefault()` leaves it to the page to say what went wrong. */
  'farthing:error': { code: Code; error: unknown };
}

declare global {
  interface HTMLElementEventMap extends FarthingEventMap {}
  interface DocumentEventMap extends FarthingEventMap {}
}
export type FarthingEventMap = { [N in keyof FarthingEvents]: CustomEvent<FarthingEvents[N]> };

/** `false` if a listener prevented it. */
export const announce = <N extends keyof FarthingEvents>(target: HTMLElement, name: N, detail: FarthingEvents[N]): boolean =>
  target.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable: !/show|balance|undo/.test(name) }));
