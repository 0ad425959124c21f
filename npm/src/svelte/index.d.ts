import type { Component, Snippet } from 'svelte';
import type { FarthingEvents } from '../element/events.js';

/** One handler for each event of the element; those of cancelable events can prevent them. */
type Handlers = {
  [N in keyof FarthingEvents as N extends `farthing:${infer E}` ? `on${E}` : never]?: ((event: CustomEvent<FarthingEvents[N]>) => void) | undefined;
};

export interface FarthingPaywallProps extends Handlers {
  /** The sealed half of an article: the text of an `application/farthing+json` script (spec section 7.2). */
  sealed: string;
  /** The address of `farthing/core.wasm`, if it does not lie beside the scripts. */
  wasmUrl?: string | undefined;
  /** Shown while no script runs. */
  children?: Snippet;
}

export declare const FarthingPaywall: Component<FarthingPaywallProps>;
