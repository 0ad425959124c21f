/** The site's worker for readers without a network: everything comes from the network as ever, and what was kept only where there is none. */
import { kept } from './kept.js';

interface Life extends Event { waitUntil(work: Promise<unknown>): void }
interface Asked extends Event { readonly request: Request; respondWith(answer: Promise<Response>): void }
interface Worker {
  skipWaiting(): Promise<void>;
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: 'install' | 'activate', listener: (event: Life) => void): void;
  addEventListener(type: 'fetch', listener: (event: Asked) => void): void;
}
const worker = self as unknown as Worker;

worker.addEventListener('install', (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(`${location.origin}/`) || request.cache === 'only-if-cached') return;
  event.respondWith(fetch(request).catch(async (thrown: unknown) => {
    const found = await caches.match(request.url.split('#')[0]!, { cacheName: kept, ignoreVary: true });
    if (found) return found;
    throw thrown;
  }));
});
