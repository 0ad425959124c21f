/** Articles for somebody else, in the panel: given, taken, taken back. Loaded when a reader wants one of these, or was given something. */
import { asFailure } from '../errors.js';
import { claim, claimedOf, finishGiving, type Gift, gifts, give, lookAfter, openGivings, readClaimed, sellsGifts, takeBack } from '../gift.js';
import { request } from '../issuer.js';
import type { Opened } from '../page.js';
import { loadPurse } from '../purse/load.js';
import type { Holder } from '../purse/wallet.js';
import type { KeptGrant } from '../store.js';
import type { Wallet } from '../wallet.js';
import en from './gifts/en.js';
import type { GiftWords } from './gifts/en.js';
import { node } from './panel.js';
import type { Purchase } from './purchase.js';
import { type Say, sayer, type Values, type Words } from './words.js';

type GiftSay = (word: keyof typeof en, values?: Values) => string;

const files: Record<string, () => Promise<{ default: GiftWords }>> = {
  de: () => import('./gifts/de.js'),
  es: () => import('./gifts/es.js'),
  fr: () => import('./gifts/fr.js'),
  ja: () => import('./gifts/ja.js'),
  ko: () => import('./gifts/ko.js'),
};

const giftWords = async (tag: string): Promise<GiftSay> => {
  const code = tag.split('-')[0]!.toLowerCase();
  const words = Object.hasOwn(files, code) ? (await files[code]!()).default : en;
  const say: Say = sayer(words === en ? 'en' : tag, [words as unknown as Partial<Words>]);
  return say as unknown as GiftSay;
};

const holderOf = async (wallet: Wallet, issuer: string): Promise<Holder> => ({ ...wallet, core: await loadPurse(), issuer });

/** Gifts that were paid for and have no link yet: the same bytes again. */
export const finishGivings = async (wallet: Wallet): Promise<void> => {
  for (const issuer of await openGivings(wallet)) await finishGiving(await holderOf(wallet, issuer));
};

/** A line in what the pocket holds: this article for somebody else, and what became of earlier gifts. */
export const giftFold = async (purchase: Purchase): Promise<HTMLElement> => {
  const { about, visit } = purchase;
  const say = await giftWords(visit.language);
  const body = node('div', { class: 'pocket' });
  const told = node('p', { role: 'status', part: 'status' });
  const details = node('details', { part: 'gift' }, node('summary', {}, say('give')), body, told);
  let busy = false;
  const act = (text: string, work: () => Promise<string>): HTMLButtonElement => {
    const button = node('button', { type: 'button', part: 'button' }, text);
    button.onclick = async () => {
      if (busy) return;
      busy = true;
      body.querySelectorAll('button').forEach((one) => one.setAttribute('aria-disabled', 'true'));
      told.textContent = say('making');
      told.textContent = await work().catch((thrown: unknown) => {
        console.info(`farthing: ${thrown}`);
        const { code, fault } = asFailure(thrown);
        const held = visit.money(visit.seen?.balance(visit.price.issuer, visit.price.currency) ?? 0);
        return code === 'insufficient_funds' ? say('shortOf', { held }) : fault === 'network' ? say('unknown') : say('cannot');
      });
      busy = false;
      await show();
    };
    return button;
  };
  const show = async (): Promise<void> => {
    const wallet = await about.open();
    const { price: { issuer, currency, amount } } = visit;
    const holder = () => holderOf(wallet, issuer);
    if (navigator.onLine && (await gifts(wallet)).some(({ state }) => state === 'open')) await holder().then(lookAfter).catch(() => {});
    const line = (gift: Gift): HTMLElement => {
      const address = node('input', { type: 'text', readonly: '', value: gift.link, 'aria-label': say('link') });
      address.onfocus = () => address.select();
      return node(
        'li', {}, `${gift.title} · ${visit.money(gift.amount)} · ${say(gift.state)}`,
        ...(gift.state === 'open' ? [address, node('div', { class: 'acts', part: 'acts' },
          act(say('copy'), async () => {
            await navigator.clipboard.writeText(gift.link);
            return say('copied');
          }),
          act(say('takeBack'), async () => say((await takeBack(await holderOf(wallet, gift.issuer), gift)) === 'back' ? 'wasBack' : 'wasClaimed')))] : []),
      );
    };
    body.replaceChildren(
      node('p', { class: 'soft' }, say('note')),
      node('div', { class: 'acts', part: 'acts' }, act(say('pay', { price: visit.money(amount) }), async () => {
        const sale = await about.sale(visit.price);
        if (sale.price.amount !== amount || sale.price.currency !== currency || !(await sellsGifts(wallet, issuer))) return say('cannot');
        await about.manifestFor(sale);
        await give(await holder(), sale);
        await visit.look();
        return '';
      })),
      node('ul', {}, ...(await gifts(wallet)).map(line)),
    );
  };
  details.addEventListener('toggle', () => details.open && show().catch(() => {}));
  return details;
};

/** Somebody came by a link. Nothing is sent before the press: programs open links, too. */
export const offerGift = async (purchase: Purchase, fragment: string): Promise<void> => {
  const { about, visit } = purchase;
  const { panel } = visit;
  const say = await giftWords(visit.language);
  const press = () => visit.run(async () => {
    panel.state = 'confirming';
    panel.tell(say('taking'));
    const wallet = await about.open();
    const core = await loadPurse();
    try {
      const { issuer, publisher, resource } = core.readGift(fragment);
      const { view, publisherDocument } = await about.verified();
      const { issuers } = JSON.parse(new TextDecoder().decode(publisherDocument)) as { issuers: string[] };
      if (publisher !== view.publisher || resource !== view.resource || !issuers.includes(issuer)) throw Object.assign(Error('another page'), { code: 'grant_invalid' });
      // Its list of keys is pinned by this page's offer where that is paid at the same issuer.
      await about.manifestFor(await about.sale());
      const end = await claim({ ...wallet, core, issuer }, fragment);
      if (end.kind === 'claimed') return await showClaimed(purchase, true);
      return failed(say(end.kind));
    } catch (thrown) {
      console.info(`farthing: ${thrown}`);
      const { code, fault } = asFailure(thrown);
      if (code === 'grant_invalid') return failed(say('invalid'));
      if (fault !== 'network') throw thrown;
      panel.state = 'locked';
      panel.tell(say('unknown'), true);
    }
  });
  const failed = (text: string): void => {
    visit.gift = '';
    visit.locked();
    panel.tell(text, true);
  };
  visit.show(say('offered'), say('offeredNote'), [[say('take'), press]]);
  panel.state = 'locked';
  panel.tell('');
};

/** A text that was given to this reader; verified anew each time. */
export const showClaimed = async (purchase: Purchase, now = false): Promise<void> => {
  const { about, visit } = purchase;
  const { shown: { publisher, resource } } = visit;
  const say = await giftWords(visit.language);
  const wallet = await about.open();
  const claimed = (await claimedOf(wallet, publisher, resource))!;
  const verified = await about.verified().catch(() => null);
  const content = await readClaimed(await holderOf(wallet, claimed.issuer), claimed, verified, request);
  // No purchase of this reader's: no receipt of a price is shown for it.
  const bought = { price: { issuer: claimed.issuer, currency: claimed.currency, amount: claimed.amount }, at: claimed.at, starter: true } as KeptGrant;
  const text = { kind: 'opened', ...content, offer: verified?.view, bought, newer: !!verified && verified.content !== claimed.ct_hash } as Opened;
  await purchase.open(text, now);
  visit.panel.tell(say('yours'));
};
