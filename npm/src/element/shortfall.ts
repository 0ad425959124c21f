/** Too little is held for what was pressed: what to add, and the way to the checkout. Loaded then. */
import { laterPart } from '../load.js';
import { announce } from './events.js';
import { purseAct } from './from_purse.js';
import { type Act, node } from './panel.js';
import { keepPlace } from './place.js';
import { pocketWords } from './pocket_words.js';
import type { Purchase } from './purchase.js';

export { backFromPurse } from './from_purse.js';
export * from '../topup.js';

/** What is missing can be loaded; `choices` in micro. */
export const short = async (purchase: Purchase, held: number, choices: number[]): Promise<void> => {
  const { visit } = purchase;
  const { say, panel } = visit;
  if (held >= visit.price.amount && (await renewed(purchase))) return purchase.unlock();
  // What lasts for more than this one article stands first.
  const [first, ...others] = choices.reverse();
  const small = node('p', { class: 'soft', part: 'small' }, say('where'));
  const fromPurse = await purseAct(purchase, held, first!).catch(() => null);
  visit.show(
    say('short', { held: visit.money(held), choice: visit.money(first!, true) }), '',
    [...[first!, ...others].map((amount): Act => [say('add', { amount: visit.money(amount, true) }), () => load(purchase, amount)]), ...(fromPurse ? [fromPurse] : [])],
    small,
  );
  panel.state = 'insufficient';
  panel.tell('');
  purchase.terms(small).catch(() => {});
};

/** There is enough, in coins of keys that the issuer has replaced: they become new ones first. */
const renewed = async ({ about, visit: { panel, price, language } }: Purchase): Promise<boolean> => {
  const [{ renewal }, say] = await Promise.all([laterPart(import('./leaving.js')), pocketWords(language)]);
  panel.tell(say('renewing'));
  return (await renewal(await about.open(), price.issuer, 64)) > 0;
};

const load = (purchase: Purchase, amount: number): Promise<void> => {
  const { visit, page } = purchase;
  const { say, panel } = visit;
  return visit.run(async () => {
    panel.tell(say('ordering'));
    const result = await page.load(amount, undefined, visit.price);
    if (result.kind !== 'checkout') return visit.wrong(result.kind, undefined, await purchase.explain(result.kind, 'reader'));
    const { checkout, currency, disclosure: { total, value, tax, fees } } = result;
    const go = () => {
      if (!announce(visit.host, 'farthing:load', { amount, currency, checkout })) return;
      if (self === top) {
        keepPlace(visit.price.amount);
        return location.assign(checkout);
      }
      // No issuer is paid inside another page: the checkout has a tab of its own, and this one waits.
      open(checkout, '', 'noopener');
      setTimeout(() => visit.begin());
    };
    if (total === value) return go();
    // What is to be paid is more than what comes in: it is said, and agreed to, before the reader leaves.
    const sum = fees.reduce((all, fee) => all + fee.amount, 0);
    visit.show(
      say('total', { total: visit.money(total), value: visit.money(value), fees: visit.money(sum), tax: visit.money(tax) }), '',
      [[say('add', { amount: visit.money(value, true) }), go]],
    );
    panel.state = 'confirming';
    panel.tell('');
  });
};
