/** Has only to compile: every line under a mark is an error, or the mark is. */
import { createPaywall, loadCore, type Code } from 'farthing';
import { FarthingPaywallElement } from 'farthing/element';
import { FarthingPaywall as ReactPaywall } from 'farthing/react';
import { createPaywall as slim, loadCore as loadSlim } from 'farthing/slim';
import { FarthingPaywall as SveltePaywall } from 'farthing/svelte';
import { FarthingPaywall as VuePaywall } from 'farthing/vue';
import { mount } from 'svelte';
import { h } from 'vue';
import { createVerifier } from 'farthing/server';

// @ts-expect-error the sealed text is needed
createPaywall({});
// @ts-expect-error an amount is a number of micro
createPaywall({ sealed: '{}' }).load('2.00 EUR');
// @ts-expect-error there is no such code
export const none: Code = 'no_such_code';
// @ts-expect-error a number is no source
loadCore(1);
// @ts-expect-error slim has no core of its own
loadSlim();
// @ts-expect-error slim has no core of its own
slim({ sealed: '{}' });
// @ts-expect-error neither has the element a use for a number
FarthingPaywallElement.core = 1;
// @ts-expect-error an error event has no price
document.addEventListener('farthing:error', ({ detail }) => detail.price);
// @ts-expect-error nothing inside of the package is an entry
import('farthing/dist/index.js');
// @ts-expect-error there is no such entry
import('farthing/wallet');
// @ts-expect-error whose grants count has to be said
createVerifier({ publisher: 'https://post.example' });
// @ts-expect-error a refusal has no grant
export const id = async (request: Request) => (await createVerifier({ publisher: 'https://post.example', issuers: [] })(request)).id;

// @ts-expect-error the sealed text is needed
export const withoutText = <ReactPaywall />;
// @ts-expect-error the sealed text is a string
export const number = <ReactPaywall sealed={1} />;
// @ts-expect-error no such event
export const noEvent = <ReactPaywall sealed="{}" onBuy={() => {}} />;
// @ts-expect-error a shown price has no grant
export const noGrant = <ReactPaywall sealed="{}" onShow={({ detail }) => detail.grant} />;
// @ts-expect-error the sealed text is needed
h(VuePaywall, {});
// @ts-expect-error a handler is a function
h(VuePaywall, { sealed: '{}', onShow: 'show' });
// @ts-expect-error the sealed text is needed
mount(SveltePaywall, { target: document.body, props: {} });
// @ts-expect-error a handler is a function
mount(SveltePaywall, { target: document.body, props: { sealed: '{}', onshow: 'show' } });
