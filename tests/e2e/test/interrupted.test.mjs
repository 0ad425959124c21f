// Reloads, closed tabs and silence at every step of a purchase: nothing is charged twice and nothing is lost.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { balanced } from '../harness/books.mjs';
import { Reader, approve, balance, buttonOf, fund, holds, isOpen, launch, pay, says, waitEvent } from '../harness/reader.mjs';

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open();
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

const LOADED = 2_000_000;

/** Ways in which one exchange with the issuer breaks off. Each gives a promise that it has happened. */
const breaks = {
  'before the request is sent': (context, pattern) => caught(context, pattern, (route) => route.abort('connectionreset')),
  'after the request, before the answer': (context, pattern) => caught(context, pattern, async (route) => {
    await route.fetch();
  }),
  'when the answer is cut short': (context, pattern) => caught(context, pattern, async (route) => {
    const answer = await route.fetch();
    const body = await answer.text();
    await route.fulfill({ response: answer, body: body.slice(0, body.length / 2), headers: { ...answer.headers(), 'content-length': undefined } });
  }),
};

/** Breaks every such exchange until healed. What is held back stays so: the tab that waits for it goes away. */
async function caught(context, pattern, deed) {
  let happened;
  let healed = false;
  const done = new Promise((resolve) => { happened = resolve; });
  await context.route(pattern, async (route) => {
    if (healed) return route.continue();
    await deed(route).catch(() => {});
    happened();
  });
  return { done, heal: () => { healed = true; } };
}

/** The write of an answer into the pocket fails, as when a tab dies in the middle of it. */
const loseCommit = (store) => {
  const put = IDBObjectStore.prototype.put;
  IDBObjectStore.prototype.put = function (...values) {
    if (this.name === store && sessionStorage.getItem('lose')) {
      globalThis.__lost = true;
      throw new DOMException('the tab is gone', 'AbortError');
    }
    return put.apply(this, values);
  };
};

for (const [when, breaking] of Object.entries(breaks)) {
  for (const how of ['reloaded', 'closed']) {
    test(`a redemption breaks off ${when}, the tab is ${how}`, async () => {
      const reader = await Reader.sit(browser, paper);
      const article = paper.at('0.20');
      let page = await fund(reader, article);
      const broken = await breaking(reader.context, '**/v1/redemptions');
      await pay(page).click();
      await broken.done;
      if (how === 'closed') {
        await page.close();
        broken.heal();
        page = await reader.open(article);
      } else {
        broken.heal();
        await page.reload();
      }
      await isOpen(page, article);
      assert.equal(await balance(page), LOADED - article.amount, 'charged once');
      await balanced(paper);
      await reader.leave();
    });
  }
}

test('a redemption is answered, and the tab dies before the answer is kept', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  await reader.context.addInitScript(loseCommit, 'grants');
  const page = await fund(reader, article);
  await page.evaluate(() => sessionStorage.setItem('lose', 'yes'));
  await pay(page).click();
  await page.waitForFunction(() => globalThis.__lost);
  await page.evaluate(() => sessionStorage.removeItem('lose'));
  await page.reload();
  await isOpen(page, article);
  assert.equal(await balance(page), LOADED - article.amount);
  await balanced(paper);
  await reader.leave();
});

test('a redemption is cut off, and is finished from another article of the same paper', async () => {
  const reader = await Reader.sit(browser, paper);
  const [bought, next] = [paper.at('0.20'), paper.at('0.10')];
  const page = await fund(reader, bought);
  const broken = await breaks['after the request, before the answer'](reader.context, '**/v1/redemptions');
  await pay(page).click();
  await broken.done;
  await page.close();
  broken.heal();
  const other = await reader.open(next);
  await pay(other).waitFor();
  await holds(other, LOADED - bought.amount, 'finished from the other page');
  await reader.open(bought, other);
  await isOpen(other, bought);
  await balanced(paper);
  await reader.leave();
});

test('silence while the reader waits: the same bytes again, and the text opens by itself', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.20');
  const page = await fund(reader, article);
  const bodies = new Set();
  let times = 0;
  await reader.context.route('**/v1/redemptions', async (route) => {
    bodies.add(route.request().postData());
    times += 1;
    if (times === 1) return route.abort('connectionreset');
    if (times === 2) {
      await route.fetch();
      return route.abort('connectionreset');
    }
    return route.continue();
  });
  await pay(page).click();
  await says(page, /You have not been charged twice and will not be\. Trying again/);
  await isOpen(page, article);
  assert.equal(times, 3);
  assert.equal(bodies.size, 1, 'the same bytes each time');
  assert.equal(await balance(page), LOADED - article.amount);
  await balanced(paper);
  await reader.leave();
});

test('two tabs after a broken purchase finish it once', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.35');
  const page = await fund(reader, article);
  const broken = await breaks['after the request, before the answer'](reader.context, '**/v1/redemptions');
  await pay(page).click();
  await broken.done;
  await page.close();
  broken.heal();
  const [one, two] = await Promise.all([reader.open(article), reader.open(article)]);
  await Promise.all([isOpen(one, article), isOpen(two, article)]);
  assert.equal(await balance(one), LOADED - article.amount);
  await reader.leave();
});

for (const [when, breaking] of Object.entries(breaks)) {
  test(`an order breaks off ${when}`, async () => {
    const reader = await Reader.sit(browser, paper);
    const article = paper.at('0.10');
    const page = await reader.open(article);
    await pay(page).click();
    const broken = await breaking(reader.context, '**/v1/orders');
    await buttonOf(page, /^Add 2/).click();
    await broken.done;
    broken.heal();
    await page.reload();
    await pay(page).waitFor();
    assert.equal(await balance(page), 0);
    await page.waitForFunction(() => !document.querySelector('farthing-paywall').shadowRoot.querySelector('[aria-disabled="true"]'));
    await pay(page).click();
    await buttonOf(page, /^Add 2/).click();
    await approve(page);
    await page.waitForURL(paper.origin + article.path);
    await waitEvent(page, 'balance');
    await isOpen(page, article);
    await holds(page, LOADED - article.amount, 'the second order came in whole, the first was never paid');
    await reader.leave();
  });

  test(`a draw breaks off ${when}`, async () => {
    const reader = await Reader.sit(browser, paper);
    const article = paper.at('0.10');
    const page = await reader.open(article);
    await pay(page).click();
    await buttonOf(page, /^Add 2/).click();
    const broken = await breaking(reader.context, '**/v1/orders/*/draw');
    await approve(page);
    await page.waitForURL(paper.origin + article.path);
    await broken.done;
    broken.heal();
    await page.reload();
    await waitEvent(page, 'balance');
    assert.equal(await balance(page), LOADED, 'all that was paid for');
    await pay(page).click();
    await isOpen(page, article);
    await balanced(paper);
    await reader.leave();
  });
}

test('a draw is answered, and the tab dies before the tokens are kept', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.10');
  await reader.context.addInitScript(loseCommit, 'tokens');
  const page = await reader.open(article);
  await page.evaluate(() => sessionStorage.setItem('lose', 'yes'));
  await pay(page).click();
  await buttonOf(page, /^Add 2/).click();
  await approve(page);
  await page.waitForURL(paper.origin + article.path);
  await page.waitForFunction(() => globalThis.__lost);
  await page.evaluate(() => sessionStorage.removeItem('lose'));
  await page.reload();
  await waitEvent(page, 'balance');
  assert.equal(await balance(page), LOADED);
  await balanced(paper);
  await reader.leave();
});

test('paid at the checkout, the tab closed there: the money is there at the next visit', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.10');
  const page = await reader.open(article);
  await pay(page).click();
  await buttonOf(page, /^Add 2/).click();
  await page.waitForURL(/checkout/);
  await reader.context.route(`${paper.origin}/**`, (route) => route.abort());
  await page.getByRole('button', { name: /approve|^pay/i }).click();
  await page.waitForTimeout(1000);
  await page.close();
  await reader.context.unroute(`${paper.origin}/**`);
  const later = await reader.open(article);
  await waitEvent(later, 'balance');
  assert.equal(await balance(later), LOADED);
  await reader.leave();
});
