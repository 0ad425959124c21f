// Starter reads: what a publisher gives, claimed by one press, spent at its articles only, and never money.
import assert from 'node:assert/strict';
import { appendFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { balanced } from '../harness/books.mjs';
import { ENGINE, Reader, addMoney, balance, buttonOf, events, isLocked, isOpen, launch, panelWords, pay, says } from '../harness/reader.mjs';

const GIVEN = 3;
/** How many readers get something on a day: as many as there are in the tests before the last. */
const PER_DAY = 5;
const PICTURES = process.env.FARTHING_PICTURES;

let paper;
let browser;
let articles;
before(async () => {
  paper = await Newspaper.open(async (folder) => {
    // Four articles of one price.
    for (const name of await readdir(join(folder, 'articles'))) {
      const file = join(folder, 'articles', name);
      const html = await readFile(file, 'utf8');
      await writeFile(file, html.replace(/data-farthing-price="0\.(05|20) EUR"/, 'data-farthing-price="0.10 EUR"'));
    }
  });
  await paper.issuer.pause();
  await appendFile(paper.issuer.config, `\n[[promo]]\npublisher = "${paper.origin}"\ngrant = "0.30"\nper_day = ${PER_DAY}\n`);
  process.env.FARTHING__ORDERS__CLAIMS_PER_MINUTE = '1000';
  await paper.issuer.serve();
  const list = `${paper.issuer.origin}/v1/publishers/${Buffer.from(paper.origin).toString('base64url')}/manifests?from=1`;
  for (const end = Date.now() + 90_000; ;) {
    const { heads } = await (await fetch(list)).json();
    if (heads.length) break;
    assert.ok(Date.now() < end, `no list of starter tokens: ${paper.issuer.said}`);
    await new Promise((done) => setTimeout(done, 200));
  }
  articles = paper.articles.filter(({ price }) => ['0.05', '0.10', '0.20'].includes(price));
  for (const { path } of articles) {
    paper.site.bend(path, ({ body, headers }) => ({ headers, body: body.replace('<farthing-paywall', `<farthing-paywall starter="${GIVEN}"`) }));
  }
  browser = await launch();
});
after(async () => { await browser?.close(); await paper?.close(); });

const free = (page) => buttonOf(page, /^Read free: \d starter reads? given by this site, no money$/);
const picture = (page, name) => (PICTURES ? page.screenshot({ path: join(PICTURES, `starter-${name}-${ENGINE}.png`), fullPage: true }) : undefined);

/** What the pocket of this page remembers of starter reads. */
const kept = (page) => page.evaluate(() => new Promise((resolve) => {
  const opening = indexedDB.open('farthing');
  opening.onsuccess = () => {
    const asked = opening.result.transaction('keep').objectStore('keep').getAll();
    asked.onsuccess = () => {
      opening.result.close();
      resolve(asked.result.find(({ name }) => name.startsWith('starter '))?.value);
    };
  };
}));

/** The bodies that pages of this reader send to an address of the issuer. */
const sentTo = (reader, path) => {
  const bodies = [];
  reader.context.on('request', (request) => request.method() === 'POST' && new URL(request.url()).pathname === path && bodies.push(request.postData()));
  return bodies;
};

test('three articles are read free by one press each, then the price stands there alone, and no money was counted or moved', async () => {
  const reader = await Reader.sit(browser, paper, { viewport: { width: 800, height: 700 } });
  const claims = sentTo(reader, '/v1/promo');
  const page = await reader.open(articles[0]);
  assert.match(await free(page).textContent(), /^Read free: 3 starter reads/);
  assert.equal(await pay(page).count(), 1, 'who wants to pay may');
  await picture(page, 'offered');
  await free(page).click();
  await isOpen(page, articles[0]);
  await says(page, /^Opened with a starter read\. 2 are left here\.$/);
  await picture(page, 'opened');
  assert.deepEqual((await events(page)).map(({ name }) => name).filter((name) => /spend|quote/.test(name)), []);

  for (const [article, left] of [[articles[1], /1 is left here\.$/], [articles[2], /^Opened with your last starter read\.$/]]) {
    await reader.open(article, page);
    await free(page).waitFor();
    assert.equal(await pay(page).count(), 0, 'what is held is used before money');
    await free(page).click();
    await isOpen(page, article);
    await says(page, left);
  }
  await reader.open(articles[3], page);
  await pay(page).waitFor();
  assert.equal(await free(page).count(), 0);
  assert.doesNotMatch(await panelWords(page), /starter/);
  await isLocked(page, articles[3]);
  assert.equal(await balance(page), 0);
  assert.equal(claims.length, 1, 'a pocket claims once');
  const audit = await paper.issuer.audit();
  assert.match(audit, /promo given = given by orders, publisher by publisher: 300000 = 300000/);
  assert.match(audit, /outstanding \+ publisher payable \+ fees \+ tax \+ unclaimed: 0 = 0/, 'nobody is owed money');
  await balanced(paper);

  // Read again without the issuer, and with money the price is paid as ever.
  await paper.issuer.pause();
  try {
    await reader.open(articles[1], page);
    await isOpen(page, articles[1]);
    assert.doesNotMatch(await panelWords(page), /Bought for/);
  } finally {
    await paper.issuer.serve();
  }
  await reader.open(articles[3], page);
  await pay(page).click();
  await addMoney(page);
  await page.waitForURL(paper.origin + articles[3].path);
  await isOpen(page, articles[3]);
  assert.equal(await balance(page), 1_900_000);
  assert.deepEqual(reader.said, []);
  await balanced(paper);
  await reader.leave();
});

test('a claim whose answer is lost is sent again with the same bytes, and gives once', async () => {
  const reader = await Reader.sit(browser, paper);
  const claims = sentTo(reader, '/v1/promo');
  const page = await reader.open(articles[0]);
  await reader.context.route('**/v1/promo', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await free(page).click();
  await says(page, /^We could not reach the issuer\. No starter read is lost: press again, or come back later\.$/);
  await picture(page, 'silent');
  await isLocked(page, articles[0]);
  assert.equal((await kept(page)).state, 'asked');
  await reader.context.unroute('**/v1/promo');
  await page.reload();
  await free(page).click();
  await isOpen(page, articles[0]);
  await says(page, /2 are left here/);
  assert.equal(claims.length, 2);
  assert.equal(claims[0], claims[1]);
  await balanced(paper);
  await reader.leave();
});

test('a read whose answer is lost is finished by the next press, in the same bytes, and costs one starter read', async () => {
  const reader = await Reader.sit(browser, paper);
  const [claims, reads] = [sentTo(reader, '/v1/promo'), sentTo(reader, '/v1/redemptions')];
  const page = await reader.open(articles[0]);
  await reader.context.route('**/v1/redemptions', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await free(page).click();
  await says(page, /No starter read is lost/);
  assert.equal(await pay(page).count(), 0, 'it is not offered for sale beside it');
  await page.close();
  await reader.context.unroute('**/v1/redemptions');
  const again = await reader.open(articles[0]);
  await free(again).click();
  await isOpen(again, articles[0]);
  await says(again, /2 are left here/);
  assert.deepEqual([claims.length, reads.length], [1, 2]);
  assert.equal(reads[0], reads[1]);
  await balanced(paper);
  await reader.leave();
});

test('where the storage was deleted the site gives anew, within what it gives in a day', async () => {
  const reader = await Reader.sit(browser, paper);
  const page = await reader.open(articles[0]);
  await free(page).click();
  await isOpen(page, articles[0]);
  await page.goto(`${paper.origin}/.well-known/farthing.json`);
  await page.evaluate(() => new Promise((done) => { indexedDB.deleteDatabase('farthing').onsuccess = done; }));
  await reader.open(articles[1], page);
  assert.match(await free(page).textContent(), /^Read free: 3 starter reads/);
  await free(page).click();
  await isOpen(page, articles[1]);
  await balanced(paper);
  await reader.leave();
});

test('when the day’s budget is used up that is said, nothing is charged, and the price is left', async () => {
  const reader = await Reader.sit(browser, paper);
  const page = await reader.open(articles[0]);
  await free(page).click();
  await says(page, /^This site gives no more starter reads today\. Nothing was charged\.$/);
  await picture(page, 'refused');
  assert.equal(await free(page).count(), 0);
  assert.equal(await pay(page).count(), 1);
  await isLocked(page, articles[0]);
  await balanced(paper);
  await reader.leave();
});

test('a page that gives nothing asks for none of its files', async () => {
  paper.site.straighten();
  const reader = await Reader.sit(browser, paper);
  const asked = [];
  reader.context.on('request', (request) => asked.push(new URL(request.url()).pathname));
  const page = await reader.open(articles[0]);
  await pay(page).click();
  await buttonOf(page, /^Add 2/).waitFor();
  assert.deepEqual(asked.filter((path) => /start|purse/.test(path)), []);
  await reader.leave();
});
