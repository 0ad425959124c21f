/** What earlier visits began: purchases without outcome and loads that are not drawn. Loaded when the journal has one. */
import { laterPart } from '../load.js';
import type { Glance } from '../peek.js';
import { announce } from './events.js';
import { takePlace } from './place.js';
import type { Purchase } from './purchase.js';

export * from '../drawing.js';
export * from '../recovery.js';

export const finishEarlier = async (purchase: Purchase, seen: Glance, tries = 0, pressed?: number): Promise<void> => {
  const { visit, page } = purchase;
  const { panel, say } = visit;
  // Somebody who was at the checkout within the hour may just come back from it.
  const fresh = seen.ordered > Date.now() / 1000 - 3600 && tries < 12;
  if (fresh && !tries) pressed = takePlace();
  if (!tries && navigator.onLine) panel.tell(seen.attempts ? say('finishing') : fresh ? say('waiting') : '');
  await page.recover();
  const bought = await page.read();
  if (bought?.kind === 'opened') return purchase.open(bought, true);
  const collected = await page.collect();
  const arrived = collected.filter(({ state }) => state === 'collected');
  const waiting = fresh && collected.some(({ state }) => state === 'waiting');
  const now = await visit.look();
  if (!now?.here && now?.fills) {
    const { finishGivings } = await laterPart(import('./gifts.js'));
    await finishGivings(await purchase.about.open());
    await (await laterPart(import('./undo.js'))).finishEarlierUndos(await purchase.about.open());
    if (await (await laterPart(import('./leaving.js'))).goOn(await purchase.about.open())) return;
    if (await (await laterPart(import('./shortfall.js'))).backFromPurse(purchase)) return;
  }
  if (now?.here) {
    purchase.offer('again');
    return visit.wrong('issuer_unreachable', undefined, visit.sentences(say('unknown'), say('askLater')));
  }
  if (waiting) setTimeout(() => visit.run(() => finishEarlier(purchase, seen, tries + 1, pressed), true), 300 + 100 * tries ** 2);
  // While nothing changes, the panel is left to the reader.
  if (!tries || arrived.length || !waiting) visit.locked();
  if (arrived.length) {
    panel.tell(say('arrived', { amount: visit.money(arrived.reduce((sum, { amount }) => sum + amount, 0)) }));
    visit.tellOthers();
    announce(visit.host, 'farthing:balance', { collected: arrived, balance: await page.balance() });
    // The price was pressed before the reader left to add what it lacked: it is paid now, if it is still the same.
    const { price: { issuer, currency, amount } } = visit;
    if (pressed === amount && now!.balance(issuer, currency) >= amount) return purchase.unlock();
  } else if (!waiting && collected.some(({ state }) => state !== 'waiting')) panel.tell(say('declined'));
};
