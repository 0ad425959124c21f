/** `farthing/vue`: the element as a component of Vue 3. Events: `show`, `beforespend`, `quote`, `load`, `balance`, `unlock`, `error`. */
import { defineComponent, h, onBeforeUnmount, onMounted, type PropType, ref } from 'vue';
import { FarthingPaywallElement } from './element/element.js';
import type { FarthingEvents } from './element/events.js';
import { type Bindings, bind } from './wrap.js';

const gives = <N extends keyof FarthingEvents>(): ((event: CustomEvent<FarthingEvents[N]>) => boolean) => () => true;

export const FarthingPaywall = /* @__PURE__ */ defineComponent({
  name: 'FarthingPaywall',
  props: {
    /** The sealed half of an article: the text of an `application/farthing+json` script (spec section 7.2). */
    sealed: { type: String, required: true },
    /** The address of `farthing/core.wasm`, if it does not lie beside the scripts. */
    wasmUrl: String as PropType<string | undefined>,
  },
  emits: {
    show: gives<'farthing:show'>(), beforespend: gives<'farthing:beforespend'>(), quote: gives<'farthing:quote'>(), load: gives<'farthing:load'>(),
    balance: gives<'farthing:balance'>(), unlock: gives<'farthing:unlock'>(), undo: gives<'farthing:undo'>(), error: gives<'farthing:error'>(),
  },
  setup(props, { emit, slots }) {
    const box = ref<HTMLElement>();
    let unbind = () => {};
    onMounted(() => {
      unbind = bind(box.value!, (): Required<Bindings> => ({
        onShow: (event) => emit('show', event), onBeforespend: (event) => emit('beforespend', event), onQuote: (event) => emit('quote', event), onLoad: (event) => emit('load', event),
        onBalance: (event) => emit('balance', event), onUnlock: (event) => emit('unlock', event), onUndo: (event) => emit('undo', event), onError: (event) => emit('error', event),
      }));
      FarthingPaywallElement.define();
    });
    onBeforeUnmount(() => unbind());
    // The element puts the text before itself: both are in a box that is made anew for another article.
    return () => h('div', { ref: box }, h('div', { key: props.sealed }, h('farthing-paywall', { sealed: props.sealed, 'wasm-url': props.wasmUrl }, slots.default?.())));
  },
});
