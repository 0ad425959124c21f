/** Has only to compile: what the package's types allow. */
import { type Code, createPaywall, FarthingError, loadCore, type Core, type OfferView, type UnlockResult } from 'farthing';
import { FarthingPaywallElement, type FarthingEvents } from 'farthing/element';
import { BrowserError, type Fault } from 'farthing/errors';
import { createPaywall as inlined, wasm } from 'farthing/inline';
import { FarthingPaywall as ReactPaywall, type FarthingPaywallProps } from 'farthing/react';
import { createVerifier } from 'farthing/server';
import { createPaywall as slim, loadCore as loadSlim } from 'farthing/slim';
import { FarthingPaywall as SveltePaywall } from 'farthing/svelte';
import { FarthingPaywall as VuePaywall } from 'farthing/vue';
import { mount } from 'svelte';
import { h } from 'vue';
import 'farthing/define';

const paywall = createPaywall({ sealed: '{}', wasmUrl: '/core.wasm' });
export const read = async (): Promise<string> => {
  const result: UnlockResult = await paywall.unlock();
  return result.kind === 'opened' ? result.html : result.price.currency;
};
export const told = (error: unknown): Code | Fault | undefined => (error instanceof BrowserError ? error.fault : error instanceof FarthingError ? error.code : undefined);

export const core: Promise<Core> = loadCore();
export const view = async (jws: string, document: Uint8Array): Promise<OfferView> => (await loadCore(new URL('https://cdn.example/core.wasm'))).Offer.open(jws, document, 'https://a.example', '/').view();
const bytes: Uint8Array<ArrayBuffer> = wasm();
void [inlined({ sealed: '{}' }), slim({ sealed: '{}', core: bytes }), slim({ sealed: '{}', wasmUrl: '/core.wasm' }), loadSlim(bytes), loadCore(await WebAssembly.compile(bytes))];

FarthingPaywallElement.core = wasm;
FarthingPaywallElement.core = '/assets/core.wasm';
FarthingPaywallElement.define('my-paywall');
const element: FarthingPaywallElement = document.createElement('farthing-paywall');
element.addEventListener('farthing:unlock', ({ detail }) => detail.grant.access_until.toFixed());
document.addEventListener('farthing:beforespend', (event) => event.detail.price.amount > 500_000 && event.preventDefault());
export type Shown = FarthingEvents['farthing:show']['price'];

export const inReact = <ReactPaywall sealed="{}" className="article" onShow={({ detail }) => detail.price.amount.toFixed()} onBeforespend={(event) => event.preventDefault()}>free</ReactPaywall>;
export const props: FarthingPaywallProps = { sealed: '{}', wasmUrl: '/core.wasm', onError: ({ detail }) => detail.code?.length };
export const inVue = h(VuePaywall, { sealed: '{}', onUnlock: ({ detail }) => detail.bought }, () => 'free');
export const inSvelte = mount(SveltePaywall, { target: document.body, props: { sealed: '{}', onload: ({ detail }) => detail.checkout } });

export const letIn = async (request: Request): Promise<string> => {
  const verify = createVerifier({ publisher: 'https://post.example', issuers: ['https://issuer.example'], remember: async () => true });
  const answer = await verify(request, { resource: '/articles/one' });
  return answer.kind === 'granted' ? `${answer.id} ${answer.access_until}` : `${answer.code} ${answer.status satisfies 401 | 403 | 503}`;
};
