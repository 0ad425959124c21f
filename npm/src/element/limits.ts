/** The form in which a reader sets up to which price this site's articles open without a question. Loaded when it is opened. */
import type { Limit } from '../limit.js';
import type { Page } from '../page.js';
import { node } from './panel.js';
import { learnSeldom } from './seldom.js';
import type { Visit } from './visit.js';

/** 1, 2, 5, 10 … of the smallest such amount that is not below `least` (micro). */
export const roundAmounts = (least: number, count: number): number[] => {
  const amounts: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(least)); amounts.length < count; power *= 10) {
    for (const digit of [1, 2, 5]) if (digit * power >= least && amounts.length < count) amounts.push(Math.round(digit * power));
  }
  return amounts;
};

const choice = (label: string, amounts: [value: number, text: string][], chosen: number): [HTMLLabelElement, HTMLSelectElement] => {
  const select = node('select', {}, ...amounts.map(([value, text]) => node('option', { value: String(value) }, text)));
  select.value = String(chosen);
  return [node('label', {}, label, ' ', select), select];
};

const sorted = (amounts: number[]): number[] => [...new Set(amounts)].sort((a, b) => a - b);

/** `summary`: the line above, which says what is set. */
export const limitForm = async (visit: Visit, page: Page, summary: Element): Promise<HTMLElement> => {
  await learnSeldom(visit);
  const { say } = visit;
  const kept = await page.limit();
  const least = visit.price.amount;
  const [eachLabel, each] = choice(
    say('limitEach'),
    [[0, say('always')], ...sorted([...roundAmounts(least, 4), ...(kept ? [kept.each] : [])]).map((amount): [number, string] => [amount, say('each', { amount: visit.money(amount) })])],
    kept?.each ?? 0,
  );
  const days = sorted([...roundAmounts(least, 9), ...(kept ? [kept.day] : [])]);
  const [dayLabel, day] = choice(say('limitDay'), days.map((amount) => [amount, visit.money(amount)]), kept?.day ?? days[3]!);
  // It is there before there is anything to read out.
  const told = node('p', { role: 'status' });
  const arrange = () => {
    dayLabel.hidden = each.value === '0';
    // Less a day than for one article would be no limit that anybody understands.
    for (const option of day.options) option.disabled = +option.value < +each.value;
    if (+day.value < +each.value) day.value = each.value;
  };
  const keep = async () => {
    arrange();
    const limit: Limit | null = each.value === '0' ? null : { each: +each.value, day: +day.value };
    try {
      await page.setLimit(limit);
      summary.textContent = limit ? say('upTo', { each: visit.money(limit.each), day: visit.money(limit.day) }) : say('askEach');
      told.textContent = say('kept');
      visit.tellOthers();
    } catch {
      told.textContent = say('storage_unavailable');
    }
  };
  each.onchange = day.onchange = keep;
  arrange();
  return node('div', { class: 'limit' }, eachLabel, dayLabel, told);
};
