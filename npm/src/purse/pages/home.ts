/** The purse itself: what is in it, and everything that can be done with it. */
import {
  checkProofs, erase, events, exportEvents, exportPurse, fillLimit, type Holding, holdings, importPurse, isWrittenDown, openOrders, setFillLimit, type Visit,
} from '../purse.js';
import { field, type Frame, host, node, save } from './frame.js';
import { showWords } from './first.js';
import { loadButtons } from './load.js';
import { lockFold } from './lock.js';

/** What a visit brought, in words. */
export const saidOf = ({ voice: { say, money } }: Frame, { loads, returned, unfinished }: Visit): string =>
  [
    ...loads.flatMap(({ state, amount, currency }) => {
      const values = { amount: money(amount, currency) };
      return state === 'collected' ? [say('came', values)] : state === 'declined' ? [say('declined', values)] : state === 'waiting' ? [] : [say('over', values)];
    }),
    ...returned.map(({ amount, currency }) => say('cameBack', { amount: money(amount, currency) })),
    ...(unfinished ? [say('unfinished', { n: unfinished })] : []),
  ].join(' ');

/** `open` names a fold that stands open. */
export const home = async (frame: Frame, open = ''): Promise<void> => {
  const { purse, voice: { say, money, date, sums } } = frame;
  const again = (fold = '') => home(frame, fold);
  const [held, orders, written] = await Promise.all([holdings(purse), openOrders(purse), isWrittenDown(purse)]);
  const mine = held.filter(({ amount }) => amount);
  const fold = (name: string, summary: string, ...content: (Node | string)[]) => {
    const details = node('details', {}, node('summary', {}, summary), ...content);
    details.open = name === open;
    return details;
  };
  const loads = node('div', {});
  frame.show(
    say('purse'),
    ...(mine.length ? mine.map(({ amount, currency }) => node('p', { class: 'sum' }, money(amount, currency))) : [node('p', { class: 'lead' }, say('nothing'))]),
    ...mine.flatMap(({ until }) => (until ? [node('p', { class: 'small' }, say('until', { date: date(until) }))] : [])),
    ...held.filter(({ leaving }) => leaving).map(({ leaving, currency }) => node('p', { class: 'note' }, say('leaving', { amount: money(leaving, currency) }))),
    ...(!written && mine.length ? [reminder(frame, mine)] : []),
    ...orders.map(({ state, amount, currency, at }) =>
      node('p', { class: 'note' }, say(state === 'settled' ? 'orderDrawn' : 'orderWaits', { amount: money(amount, currency), date: date(at) }))),
    node('h2', {}, say('loadTitle')), node('p', { class: 'small' }, say('loadNote')), loads,
    await historyFold(frame, fold, again),
    await limitsFold(frame, fold, held),
    fold('words', say('showWords'), node('p', {}, say('wordsWhy')), frame.acts(frame.button(say('showWords'), () => showWords(frame, () => again())))),
    copyFold(frame, fold, () => again('copy'), sums),
    await lockFold(frame, fold, () => again('lock')),
    await proofsFold(frame, fold),
  );
  // What is here is shown also where the issuer is silent.
  await loadButtons(frame, 0, () => again()).then((buttons) => loads.replaceChildren(buttons), async (thrown: unknown) => loads.replaceChildren(node('p', { class: 'small' }, await frame.because(thrown))));
};

type Fold = (name: string, summary: string, ...content: (Node | string)[]) => HTMLElement;

const reminder = (frame: Frame, mine: Holding[]): HTMLElement => {
  const { voice: { say, sums } } = frame;
  return node('div', { class: 'note' }, node('p', {}, say('reminder', { amount: sums(mine) })), frame.button(say('showWords'), () => showWords(frame, () => home(frame)), 'plain'));
};

const historyFold = async (frame: Frame, fold: Fold, again: (fold?: string) => Promise<void>): Promise<HTMLElement> => {
  const { purse, voice: { say, money, date } } = frame;
  const all = await events(purse);
  const words = { loaded: () => say('loaded'), restored: () => say('restoredEvent'), filled: (origin: string) => say('filled', { origin }), returned: (origin: string) => say('returned', { origin }) };
  let sure = false;
  const button = frame.button(say('erase'), async () => {
    if (!sure) {
      sure = true;
      button.textContent = say('eraseSure');
      return say('eraseSure');
    }
    await erase(purse);
    await again('history');
    return say('erased');
  });
  return fold(
    'history', say('history', { n: all.length }),
    node('ul', { class: 'list' }, ...all.slice(0, 200).map(({ kind, at, amount, currency, origin = '' }) =>
      node('li', {}, node('span', {}, `${words[kind](host(origin))} · ${date(at)}`), node('span', { class: 'amount' }, `${kind === 'filled' ? '−' : '+'}${money(amount, currency)}`)))),
    ...(all.length ? [frame.acts(frame.button(say('saveHistory'), async () => save('farthing-history.json', await exportEvents(purse))), button)] : []),
  );
};

const limitsFold = async (frame: Frame, fold: Fold, held: Holding[]): Promise<HTMLElement> => {
  const { purse, voice: { say } } = frame;
  const rows = await Promise.all(held.map(async ({ currency }) => {
    const limit = await fillLimit(purse, currency);
    const input = (amount: number | null) => node('input', { type: 'text', inputmode: 'decimal', autocomplete: 'off', value: amount === null ? '' : String(amount / 1e6) });
    return { currency, site: input(limit.site), all: input(limit.all) };
  }));
  const micro = (text: string): number | null | undefined => {
    const plain = text.trim().replace(',', '.');
    if (!plain) return null;
    return /^\d{1,9}(\.\d{1,6})?$/.test(plain) ? Math.round(Number(plain) * 1e6) : undefined;
  };
  const form = node(
    'form', {}, node('p', {}, say('limitsNote')),
    ...rows.flatMap(({ currency, site, all }) => [...field(say('limitSite', { currency }), site), ...field(say('limitAll', { currency }), all)]),
    frame.acts(node('button', {}, say('limitSave'))),
  );
  form.onsubmit = (event) => {
    event.preventDefault();
    void frame.run(async () => {
      const wished = rows.map(({ currency, site, all }) => ({ currency, site: micro(site.value), all: micro(all.value) }));
      if (wished.some(({ site, all }) => site === undefined || all === undefined)) return say('limitWrong');
      for (const { currency, site, all } of wished) await setFillLimit(purse, currency, { site: site!, all: all! });
      return say('limitSaved');
    });
  };
  return fold('limits', say('limits'), form);
};

const copyFold = (frame: Frame, fold: Fold, again: () => Promise<void>, sums: (of: { currency: string; amount: number }[]) => string): HTMLElement => {
  const { purse, voice: { say } } = frame;
  const passphrase = node('input', { type: 'password', autocomplete: 'off' });
  const file = node('input', { type: 'file', accept: '.json,application/json' });
  return fold(
    'copy', say('copy'), node('p', {}, say('copyNote')), ...field(say('passphrase'), passphrase),
    frame.acts(frame.button(say('saveCopy'), async () => {
      if ([...passphrase.value].length < 10) return say('tooShort');
      save('farthing-purse.json', await exportPurse(purse, passphrase.value));
      return say('saved');
    })),
    ...field(say('file'), file),
    frame.acts(frame.button(say('takeIn'), async () => {
      const chosen = file.files?.[0];
      if (!chosen) return undefined;
      const result = await importPurse(purse, chosen.size > 64 << 20 ? '' : await chosen.text(), passphrase.value);
      if (result.kind !== 'taken') return say(result.kind === 'passphrase' ? 'wrongPassphrase' : result.kind === 'damaged' ? 'damaged' : 'otherSite');
      await again();
      return result.tokens.length ? say('taken', { amount: sums(result.tokens) }) : say('known');
    })),
  );
};

const proofsFold = async (frame: Frame, fold: Fold): Promise<HTMLElement> => {
  const { purse, voice: { say, date } } = frame;
  const { checked, bad, n, at, fork } = await checkProofs(purse);
  if (fork) frame.warn(say('fork', { issuer: host(purse.issuer), date: date(fork) }));
  return fold(
    'proofs', say('proofs'), ...(checked ? [node('p', {}, say('coins', { n: checked }))] : []), ...(bad ? [node('p', { class: 'wrong' }, say('coinsBad', { n: bad }))] : []),
    node('p', {}, say('list', { n: String(n), issuer: host(purse.issuer), date: at ? date(at) : '–' })),
  );
};
