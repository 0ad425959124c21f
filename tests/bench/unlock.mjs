// The purchase as a reader waits for it: from navigation, or from the press, to the text in the page.
import { Newspaper } from '../harness/newspaper.mjs';
import { longestTask } from './longest.mjs';
import { median, rounded } from './median.mjs';

const witness = () => {
  addEventListener('farthing:unlock', () => { globalThis.__opened = performance.now(); });
  addEventListener('farthing:balance', () => { globalThis.__arrived = performance.now(); });
  addEventListener('farthing:error', ({ detail }) => { globalThis.__failed = `${detail.code}`; });
};

const button = (page, name) => page.locator('farthing-paywall').getByRole('button', { name });

async function opened(page) {
  const at = await page.waitForFunction(() => globalThis.__opened ?? globalThis.__failed, undefined, { polling: 10, timeout: 30_000 });
  const value = await at.jsonValue();
  if (typeof value !== 'number') throw new Error(`the article did not open: ${value}`);
  return value;
}

/** A reader with 2 € in a profile of its own; the page that the money was loaded on is closed. */
async function funded(browser, paper, article) {
  const context = await browser.newContext({ locale: 'en-GB' });
  await context.addInitScript(witness);
  const page = await context.newPage();
  await page.goto(paper.origin + article.path);
  await button(page, /^Pay .* and read/).click();
  await button(page, /^Add 2/).waitFor();
  // Money and nothing else: what was pressed is not remembered for the way back.
  await page.evaluate(() => { Storage.prototype.setItem = () => {}; });
  await button(page, /^Add 2/).click();
  const arriving = await longestTask(browser, page, async () => {
    await page.waitForURL(/checkout/);
    await page.getByRole('button', { name: /approve|^pay/i }).click();
    await page.waitForURL(paper.origin + article.path);
    await page.waitForFunction(() => globalThis.__arrived, undefined, { polling: 10, timeout: 30_000 });
  });
  await page.close();
  return { context, arriving };
}

/** A tab without anything in the browser's cache. */
async function coldTab(context) {
  const page = await context.newPage();
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Network.setCacheDisabled', { cacheDisabled: true });
  return page;
}

/** The press, without the pointer coming near before it: what a cold press costs. */
const press = (page) => page.evaluate(() => {
  globalThis.__pressed = performance.now();
  document.querySelector('farthing-paywall').shadowRoot.querySelector('button').click();
});

async function fromPress(page) {
  await press(page);
  const at = await opened(page);
  return at - (await page.evaluate(() => globalThis.__pressed));
}

/** From navigation to the text of articles that nobody is asked about: below the limit that the reader has set. */
async function belowLimit(browser, paper, articles) {
  const { context } = await funded(browser, paper, articles[0]);
  const page = await context.newPage();
  await page.goto(paper.origin + articles[0].path);
  await page.evaluate(async () => (await document.querySelector('farthing-paywall').paywall()).setLimit({ each: 200_000, day: 2_000_000 }));
  await page.close();
  const times = [];
  for (const article of articles) {
    const tab = await coldTab(context);
    // What is not on the screen is not paid for.
    await tab.setViewportSize({ width: 1280, height: 2400 });
    await tab.goto(paper.origin + article.path);
    times.push(await opened(tab));
    await tab.close();
  }
  await context.close();
  return times;
}

export async function unlock(browser) {
  const paper = await Newspaper.open();
  const cold = [];
  const warm = [];
  const owned = [];
  const unasked = [];
  const longest = { arrival: [], purchase: [] };
  try {
    for (let round = 0; round < 3; round += 1) {
      const affordable = paper.articles.filter((article) => article.amount <= 200_000).slice(0, 6);
      const { context, arriving } = await funded(browser, paper, affordable[0]);
      longest.arrival.push(arriving);
      for (const [place, article] of affordable.entries()) {
        const page = await coldTab(context);
        await page.goto(paper.origin + article.path);
        await button(page, /^Pay .* and read/).waitFor();
        if (place % 2 === 0) cold.push(await fromPress(page));
        else {
          await page.evaluate(async () => (await document.querySelector('farthing-paywall').paywall()).prepare());
          if (place === 1) longest.purchase.push(await longestTask(browser, page, async () => fromPress(page)));
          else warm.push(await fromPress(page));
        }
        await page.close();
        const again = await coldTab(context);
        await again.goto(paper.origin + article.path);
        // performance.now() counts from navigation.
        owned.push(await opened(again));
        await again.close();
      }
      await context.close();
      unasked.push(...(await belowLimit(browser, paper, affordable)));
    }
  } finally {
    await paper.close();
  }
  return {
    cold_owned_ms: rounded(median(owned)),
    cold_new_ms: rounded(median(cold)),
    warm_new_ms: rounded(median(warm)),
    below_limit_ms: rounded(median(unasked)),
    longest_main_thread_task_ms: rounded(median(longest.purchase)),
    longest_task_when_money_arrives_ms: rounded(median(longest.arrival)),
    browser: browser.version(),
  };
}
