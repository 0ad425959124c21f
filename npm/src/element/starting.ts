/** What the button for starter reads does: claims them at the first press, and opens the article with one. Loaded then. */
import { asFailure, codeOf } from '../errors.js';
import { Undecided } from '../redeem.js';
import { readWithStarters } from '../starters.js';
import { alone } from '../wallet.js';
import { announce } from './events.js';
import type { Purchase } from './purchase.js';
import { starter } from './starter.js';
import type { StarterSay } from './starter_words.js';

/** Nothing was charged in any of these, and nothing was given. */
const refusals: Record<string, Parameters<StarterSay>[0]> = {
  promo_spent: 'none',
  publisher_unknown: 'over', amount_invalid: 'over', unsupported: 'over', pin_unknown: 'over', manifest_unknown: 'over',
  insufficient_funds: 'used', token_spent: 'used', keyset_expired: 'used', order_unknown: 'used', pouch_conflict: 'used', pouch_unavailable: 'used',
};

export const readFree = async (purchase: Purchase, say: StarterSay): Promise<void> => {
  const { visit, about, page } = purchase;
  const { panel, price: seen } = visit;
  panel.state = 'confirming';
  panel.tell(say('getting'));
  try {
    const [wallet, sale, core] = await Promise.all([about.open(), about.sale(seen), import('../purse/load.js').then(({ loadPurse }) => loadPurse())]);
    const { price } = sale;
    if (price.amount !== seen.amount) {
      visit.price = price;
      await again(purchase, true);
      return visit.wrong('price_changed', undefined, visit.say('changed', { price: visit.money(price.amount) }));
    }
    sale.offer.checkTime(wallet.now());
    // Kept in the pocket, so that the page's own core reads by it what is opened here.
    await about.manifestFor(sale);
    const left = await alone(() => readWithStarters({ ...wallet, core }, sale, () => {
      panel.state = 'paying';
      panel.tell(say('opening'));
    }));
    const text = await page.read();
    if (text?.kind !== 'opened') throw Error('not kept');
    await purchase.open(text, true);
    const n = Math.floor(left / price.amount);
    panel.tell(n ? say('left', { n }) : say('last'));
  } catch (thrown) {
    if (thrown instanceof Undecided) {
      await again(purchase, true);
      return visit.wrong(thrown.reason.code, thrown.reason, say('unknown'));
    }
    const word = refusals[codeOf(thrown) ?? ''];
    if (!word) throw thrown;
    await again(purchase, false);
    // An answer and no failure: the price stands there as on any page.
    if (announce(visit.host, 'farthing:error', { code: asFailure(thrown).code, error: thrown })) panel.tell(say(word));
  }
};

/** The panel as it is now; without the button where the reader was told that nothing is given. */
const again = async ({ visit }: Purchase, offered: boolean): Promise<void> => {
  const seen = await visit.look();
  visit.starter = offered ? await starter(visit, seen) : undefined;
  visit.locked();
};
