/** `farthing/react`: the element as a component. React 18 and 19; on a server it renders the element with what is shown until it runs. */
import { createElement, type ReactElement, type ReactNode, useEffect, useRef } from 'react';
import { FarthingPaywallElement } from './element/element.js';
import { type Bindings, bind } from './wrap.js';

export interface FarthingPaywallProps extends Bindings {
  /** The sealed half of an article: the text of an `application/farthing+json` script (spec section 7.2). */
  sealed: string;
  /** The address of `farthing/core.wasm`, if it does not lie beside the scripts. */
  wasmUrl?: string | undefined;
  /** Of the box around element and text. */
  className?: string | undefined;
  /** Shown while no script runs. */
  children?: ReactNode;
}

/** Another `sealed` is another article: the box is made anew, so that nothing of the one before stays. */
export const FarthingPaywall = (props: FarthingPaywallProps): ReactElement => createElement(Box, { ...props, key: props.sealed });

const Box = ({ sealed, wasmUrl, className, children, ...bindings }: FarthingPaywallProps): ReactElement => {
  const box = useRef<HTMLDivElement>(null);
  const latest = useRef<Bindings>(bindings);
  useEffect(() => {
    latest.current = bindings;
  });
  useEffect(() => {
    const unbind = bind(box.current!, () => latest.current);
    FarthingPaywallElement.define();
    return unbind;
  }, []);
  // The element puts the text before itself, into this box, which holds nothing else that React looks after.
  return createElement('div', { ref: box, className }, createElement('farthing-paywall', { sealed, 'wasm-url': wasmUrl }, children));
};
