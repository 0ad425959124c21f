/**
 * Keeps the page of an article that opened, with what it needs from its own site, so that the article opens again where there is no
 * network. Only pages whose text the reader owns are kept; erasing the reading history throws them away. Put into pages by
 * `farthing seal` where the settings say so.
 */
import { kept } from './kept.js';

interface Addresses { createScriptURL(text: string): unknown }
type Types = { createPolicy(name: string, rules: Addresses): Addresses } | undefined;

const worker = new URL('../../farthing-offline.js', import.meta.url).href;

const register = async (): Promise<void> => {
  try {
    await navigator.serviceWorker.register(worker);
  } catch (thrown) {
    const { trustedTypes } = globalThis as { trustedTypes?: Types };
    if (!(thrown instanceof TypeError) || !trustedTypes) throw thrown;
    await navigator.serviceWorker.register(trustedTypes.createPolicy('farthing#offline', { createScriptURL: () => worker }).createScriptURL(worker) as string);
  }
};

const keep = async (): Promise<void> => {
  if (document.readyState !== 'complete') await new Promise((done) => addEventListener('load', done, { once: true }));
  const scripts = new URL('../', import.meta.url).href;
  // What a page asks for by script is its own affair, but for ours: the core, and sealed parts.
  const loaded = (performance.getEntriesByType('resource') as PerformanceResourceTiming[])
    .filter(({ name, initiatorType }) => name.startsWith(scripts) || !/^(fetch|xmlhttprequest|beacon)$/.test(initiatorType));
  const own = new Set([location.href, ...loaded.map(({ name }) => name)].map((address) => address.split('#')[0]!).filter((address) => address.startsWith(`${location.origin}/`)));
  const cache = await caches.open(kept);
  // One that cannot be had now leaves the copy that there is.
  await Promise.all([...own].map((address) => cache.add(address).catch(() => {})));
  await register();
};

let begun = false;
const once = (): void => {
  if (begun || !navigator.serviceWorker) return;
  begun = true;
  keep().catch((thrown: unknown) => console.info(`farthing: not kept for reading offline: ${thrown}`));
};
addEventListener('farthing:unlock', once);
// Open before this script was there.
const element = document.querySelector('farthing-paywall') as { state?: unknown } | null;
if (element?.state === 'unlocked') once();
