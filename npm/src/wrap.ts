/** What the wrappers for React, Vue and Svelte have in common: the element's events by names that each of them likes. */
import type { FarthingEvents } from './element/events.js';

/** One handler for each event of the element, by React's way to name them; those of cancelable events can prevent them. */
export type Bindings = {
  [N in keyof FarthingEvents as N extends `farthing:${infer E}` ? `on${Capitalize<E>}` : never]?: ((event: CustomEvent<FarthingEvents[N]>) => void) | undefined;
};

const names: Record<keyof Bindings, keyof FarthingEvents> = {
  onShow: 'farthing:show', onBeforespend: 'farthing:beforespend', onQuote: 'farthing:quote', onLoad: 'farthing:load', onBalance: 'farthing:balance',
  onUnlock: 'farthing:unlock', onUndo: 'farthing:undo', onError: 'farthing:error',
};

/** Listens on `target`, asks for the handlers anew at each event, and gives what ends it. */
export const bind = (target: EventTarget, handlers: () => Bindings): (() => void) => {
  const controller = new AbortController();
  for (const [prop, event] of Object.entries(names) as [keyof Bindings, keyof FarthingEvents][]) {
    target.addEventListener(event, (happened) => (handlers()[prop] as ((event: Event) => void) | undefined)?.(happened), { signal: controller.signal });
  }
  return () => controller.abort();
};
