// Readers without a network: the site itself is gone, and nothing but what the reader's own browser kept is left.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { Reader, buttonOf, fund, isLocked, isOpen, launch, pay } from '../harness/reader.mjs';

let paper;
let browser;
before(async () => {
  paper = await Newspaper.open(undefined, undefined, ['--offline']);
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

const KEPT = 'farthing-bought';
const kept = (page) => page.evaluate(async (name) => (await caches.has(name)) ? (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname) : [], KEPT);
const until = async (page, wanted, why) => {
  const end = Date.now() + 20_000;
  while (!(await wanted())) {
    assert.ok(Date.now() < end, why);
    await page.waitForTimeout(50);
  }
};
const isKept = (page, article) => until(page, async () =>
  (await kept(page)).includes(article.path) && (await page.evaluate(() => Boolean(navigator.serviceWorker.controller))), `${article.path} is kept`);
/** The site answers nobody, as it is for a reader without a network. */
const cut = (site) => {
  const { answer } = site;
  site.answer = async (_path, response) => response.socket.destroy();
  return () => { site.answer = answer; };
};
const gone = (page, address) => page.goto(address).then(() => false, () => true);

test('what was bought opens again without a network: in a new tab, at a reload, and no other page', async () => {
  const reader = await Reader.sit(browser, paper);
  const [article, other] = [paper.at('0.10'), paper.at('0.20')];
  const page = await fund(reader, article);
  assert.deepEqual(await kept(page), [], 'before it is bought nothing is kept');
  await pay(page).click();
  await isOpen(page, article);
  await isKept(page, article);
  await page.close();
  const mend = cut(paper.site);
  await paper.issuer.pause();
  try {
    const again = await reader.open(article);
    await isOpen(again, article);
    assert.equal(await buttonOf(again, /./).count(), 0);
    await again.reload();
    await isOpen(again, article);
    assert.ok(await gone(again, paper.origin + other.path), 'what is not owned was not kept');
  } finally {
    mend();
    await paper.issuer.serve();
  }
  await reader.leave();
});

test('with a network the page comes from there, and what it has become is kept', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.05');
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  await isKept(page, article);
  paper.site.bend(article.path, ({ body, headers }) => ({ headers, body: body.replace('<title>', '<title>Corrected: ') }));
  await page.reload();
  await isOpen(page, article);
  assert.match(await page.title(), /^Corrected: /);
  await until(page, () => page.evaluate(async (name) => (await (await (await caches.open(name)).match(location.href)).text()).includes('<title>Corrected: '), KEPT), 'the corrected page is kept');
  paper.site.straighten();
  await reader.leave();
});

test('who erases the reading history leaves no page behind that says what was bought', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.02');
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  await isKept(page, article);
  await page.locator('summary', { hasText: 'What you have here' }).click();
  await page.locator('summary', { hasText: /bought here/ }).click();
  await buttonOf(page, /^Erase/).click();
  await buttonOf(page, /^Press again|sure|^Erase/i).click();
  await until(page, async () => !(await page.evaluate((name) => caches.has(name), KEPT)), 'the pages are gone');
  await page.reload();
  await pay(page).waitFor();
  await isLocked(page, article);
  assert.deepEqual(await kept(page), []);
  const mend = cut(paper.site);
  assert.ok(await gone(page, paper.origin + article.path));
  mend();
  await reader.leave();
});

test('a page under a strict policy and Trusted Types keeps what was bought, where the policy names farthing#offline', async () => {
  const reader = await Reader.sit(browser, paper);
  const article = paper.at('0.01');
  const policy = `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' ${paper.issuer.origin}; img-src 'self' data: blob:; style-src 'self'; require-trusted-types-for 'script'; trusted-types farthing#html farthing#offline`;
  paper.site.bend(article.path, ({ body, headers }) => ({ body, headers: { ...headers, 'content-security-policy': policy } }));
  const page = await fund(reader, article);
  await pay(page).click();
  await isOpen(page, article);
  await isKept(page, article);
  paper.site.straighten();
  await reader.leave();
});
