/** What the wrappers for React, Vue and Svelte have in common: the element's events by names that each of them likes. */
import type { FarthingEvents } from './element/events.js';

type Handler<N extends keyof FarthingEvents> = ((event: CustomEvent<FarthingEvents[N]>) => void) | undefined;

/** One for each event of the element; `onBeforespend` and `onLoad` can prevent it. */
export interface Bindings {
  onShow?: Handler<'farthing:show'>;
  onBeforespend?: Handler<'farthing:beforespend'>;
  onLoad?: Handler<'farthing:load'>;
  onBalance?: Handler<'farthing:balance'>;
  onUnlock?: Handler<'farthing:unlock'>;
  onError?: Handler<'farthing:error'>;
}

const names: Record<keyof Bindings, keyof FarthingEvents> = {
  onShow: 'farthing:show', onBeforespend: 'farthing:beforespend', onLoad: 'farthing:load', onBalance: 'farthing:balance', onUnlock: 'farthing:unlock',
  onError: 'farthing:error',
};

/** Listens on `target`, asks for the handlers anew at each event, and gives what ends it. */
export const bind = (target: EventTarget, handlers: () => Bindings): (() => void) => {
  const controller = new AbortController();
  for (const [prop, event] of Object.entries(names) as [keyof Bindings, keyof FarthingEvents][]) {
    target.addEventListener(event, (happened) => (handlers()[prop] as ((event: Event) => void) | undefined)?.(happened), { signal: controller.signal });
  }
  return () => controller.abort();
};
