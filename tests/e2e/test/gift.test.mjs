// An article for somebody else: a link that one press takes, once, on the real issuer.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { Reader, balance, buttonOf, fund, holds, isLocked, isOpen, launch, panel, pay, says } from '../harness/reader.mjs';

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open();
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

const LOADED = 2_000_000;
const take = (page) => buttonOf(page, 'Take it and read');
const fold = async (page) => {
  await page.locator('summary', { hasText: 'What you have here' }).click();
  await page.locator('summary', { hasText: 'Give this article to somebody' }).click();
};

/** A giver who loaded 2 € and made a link for this article. */
async function given(article) {
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, article);
  await fold(page);
  await buttonOf(page, /^Pay .* and make a link$/).click();
  const field = page.getByLabel('Link of the gift');
  await field.waitFor();
  return { reader, page, link: await field.inputValue() };
}

/** What goes to the issuer from this reader. */
const listen = (reader) => {
  const sent = [];
  reader.context.on('request', (request) => { if (request.method() === 'POST') sent.push({ path: new URL(request.url()).pathname, body: request.postData() }); });
  return sent;
};

test('a gift costs its giver the price, opens for whoever takes it first, and is theirs offline from then on', async () => {
  const article = paper.at('0.20');
  const { reader, page, link } = await given(article);
  await holds(page, LOADED - article.amount);
  await isLocked(page, article);
  const looks = await panel(page).evaluate(({ shadowRoot }) => {
    const shown = [...shadowRoot.querySelectorAll('p, li, summary, button, input')].filter((one) => one.getClientRects().length);
    const field = shadowRoot.querySelector('input[readonly]').getBoundingClientRect();
    return { smallest: Math.min(...shown.map((one) => parseFloat(getComputedStyle(one).fontSize))), part: field.width / shadowRoot.querySelector('section').clientWidth };
  });
  assert.ok(looks.smallest >= 13, `print of ${looks.smallest} px, however deep it is folded`);
  assert.ok(looks.part > 0.8, `the link has a line of its own, and ${looks.part} of it`);
  const friend = await Reader.sit(browser, paper);
  const at = await friend.context.newPage();
  const sent = listen(friend);
  await at.goto(link);
  await take(at).waitFor();
  assert.ok(!at.url().includes('#') && !at.url().includes('gift'), at.url());
  assert.deepEqual(sent, [], 'nothing is sent before the press');
  await isLocked(at, article);
  await take(at).click();
  await isOpen(at, article);
  assert.deepEqual(sent.map(({ path }) => path), ['/v1/grants/rebind']);
  assert.equal(await balance(at), 0);
  await at.reload();
  await isOpen(at, article);
  await paper.issuer.pause();
  await at.reload();
  await isOpen(at, article);
  await paper.issuer.serve();
  // The giver is told, and can take nothing back.
  await page.reload();
  await fold(page);
  await page.getByText(/was taken/).waitFor();
  assert.equal(await buttonOf(page, 'Take it back').count(), 0);
  assert.deepEqual(friend.said.filter((line) => !/ERR_CONNECTION_REFUSED/.test(line)), []);
  await Promise.all([reader.leave(), friend.leave()]);
});

test('a link that is opened a second time, or after it was taken back, says so and costs nothing', async () => {
  const article = paper.at('0.10');
  const first = await given(article);
  await buttonOf(first.page, 'Take it back').click();
  await first.page.getByText('The gift is yours again').waitFor();
  const late = await Reader.sit(browser, paper);
  const page = await late.context.newPage();
  await page.goto(first.link);
  await take(page).click();
  await says(page, /Somebody has taken this gift, or its giver took it back\. Nothing was charged/);
  await pay(page).waitFor();
  await isLocked(page, article);
  await first.page.reload();
  await isOpen(first.page, article);
  await Promise.all([first.reader.leave(), late.leave()]);

  const second = await given(paper.at('0.05'));
  const [one, two] = await Promise.all([0, 1].map(() => Reader.sit(browser, paper)));
  for (const [friend, words] of [[one, null], [two, /Somebody has taken this gift/]]) {
    const at = await friend.context.newPage();
    await at.goto(second.link);
    await take(at).click();
    if (words) await says(at, words);
    else await isOpen(at, paper.at('0.05'));
  }
  await Promise.all([second.reader.leave(), one.leave(), two.leave()]);
});

test('a mail scanner that opens the link, runs its scripts and follows its links takes nothing, and whom it is for still can', async () => {
  const article = paper.at('0.10');
  const { reader, link } = await given(article);
  const page = await (await fetch(link)).text();
  assert.ok(!page.includes(article.last.slice(0, 30)));
  const scanner = await Reader.sit(browser, paper);
  const sent = listen(scanner);
  const at = await scanner.context.newPage();
  await at.goto(link);
  await take(at).waitFor();
  // What some look at as well: every address that stands in the page, and the thing again.
  const addresses = await at.evaluate(() => [document, document.querySelector('farthing-paywall').shadowRoot].flatMap((root) => [...root.querySelectorAll('a[href]')].map(({ href }) => href)));
  assert.ok(!addresses.some((address) => address.includes('farthing-gift')), 'no link in the page has the gift in it');
  for (const address of new Set(addresses.filter((one) => one.startsWith(paper.origin)))) await fetch(address);
  await at.goto('about:blank');
  await at.goto(link);
  await take(at).hover();
  await take(at).focus();
  assert.deepEqual(sent, []);
  await scanner.leave();

  const friend = await Reader.sit(browser, paper);
  const theirs = await friend.context.newPage();
  await theirs.goto(link);
  await take(theirs).click();
  await isOpen(theirs, article);
  await Promise.all([reader.leave(), friend.leave()]);
});

test('an answer that is lost is asked for again with the same bytes, by giver and by friend', async () => {
  const article = paper.at('0.20');
  const reader = await Reader.sit(browser, paper);
  const page = await fund(reader, article);
  const sent = listen(reader);
  let lose = true;
  await reader.context.route('**/v1/redemptions', async (route) => {
    if (!lose) return route.continue();
    lose = false;
    await route.fetch();
    return route.abort();
  });
  await fold(page);
  await buttonOf(page, /^Pay .* and make a link$/).click();
  await page.getByText('We could not reach the issuer. The gift is not lost').waitFor();
  await page.reload();
  await holds(page, LOADED - article.amount);
  // The panel is drawn anew when what was begun is finished.
  await page.waitForTimeout(700);
  await fold(page);
  const link = await page.getByLabel('Link of the gift').inputValue();
  const bodies = sent.filter(({ path }) => path === '/v1/redemptions').map(({ body }) => body);
  assert.equal(bodies.length, 2);
  assert.equal(bodies[0], bodies[1]);
  await reader.leave();

  const friend = await Reader.sit(browser, paper);
  const claims = listen(friend);
  lose = true;
  await friend.context.route('**/v1/grants/rebind', async (route) => {
    if (!lose) return route.continue();
    lose = false;
    await route.fetch();
    return route.abort();
  });
  const at = await friend.context.newPage();
  await at.goto(link);
  await take(at).click();
  await says(at, /The gift is not lost: press again/);
  await take(at).click();
  await isOpen(at, article);
  assert.equal(claims.length, 2);
  assert.equal(claims[0].body, claims[1].body);
  await friend.leave();
});

test('a link that is damaged, for another page, or none at all takes nothing and sends nothing', async () => {
  const article = paper.at('0.20');
  const { reader, link } = await given(article);
  const friend = await Reader.sit(browser, paper);
  const sent = listen(friend);
  const [address, fragment] = link.split('#farthing-gift=');
  for (const wrong of [`${address}#farthing-gift=AAAA`, `${address}#farthing-gift=${fragment.slice(0, -8)}`, `${paper.origin}${paper.at('0.10').path}#farthing-gift=${fragment}`]) {
    const at = await friend.context.newPage();
    await at.goto(wrong);
    await take(at).click();
    await says(at, /This link is damaged, or for no gift of this site/);
    await at.close();
  }
  assert.deepEqual(sent, []);
  const plain = await friend.context.newPage();
  await plain.goto(`${address}#farthing-gift=`);
  await pay(plain).waitFor();
  assert.equal(await panel(plain).count(), 1);
  await Promise.all([reader.leave(), friend.leave()]);
});
