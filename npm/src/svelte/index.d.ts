import type { Component, Snippet } from 'svelte';
import type { FarthingEvents } from '../element/events.js';

type Handler<N extends keyof FarthingEvents> = ((event: CustomEvent<FarthingEvents[N]>) => void) | undefined;

export interface FarthingPaywallProps {
  /** The sealed half of an article: the text of an `application/farthing+json` script (spec section 7.2). */
  sealed: string;
  /** The address of `farthing/core.wasm`, if it does not lie beside the scripts. */
  wasmUrl?: string | undefined;
  onshow?: Handler<'farthing:show'>;
  onbeforespend?: Handler<'farthing:beforespend'>;
  onload?: Handler<'farthing:load'>;
  onbalance?: Handler<'farthing:balance'>;
  onunlock?: Handler<'farthing:unlock'>;
  onerror?: Handler<'farthing:error'>;
  /** Shown while no script runs. */
  children?: Snippet;
}

export declare const FarthingPaywall: Component<FarthingPaywallProps>;
