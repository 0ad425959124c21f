// Bad input at the reader's side: each gets its code and its words, no money moves, and nothing is lost.
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Newspaper } from '../../harness/newspaper.mjs';
import { balanced } from '../harness/books.mjs';
import * as envelope from '../harness/envelope.mjs';
import { secondHead } from '../harness/fork.mjs';
import {
  Reader, balance, buttonOf, events, fund, isLocked, isOpen, launch, launchIn, panel, pay, says, status, waitEvent,
} from '../harness/reader.mjs';

let paper;
let browser;
let reader;
let article;
const LOADED = 2_000_000;

const HOSTILE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Hostile</title></head><body>
<article data-farthing-price="0.002 EUR"><h1>Hostile</h1><p>The teaser.</p><div data-farthing-cut></div>
<p>The words that were paid for.</p><script>globalThis.__ran = 'script'</script><img src="/none.png" alt="" onerror="globalThis.__ran = 'handler'">
<p><a href="javascript:globalThis.__ran = 'address'">a link</a></p><svg onload="globalThis.__ran = 'drawing'"><script>globalThis.__ran = 'inside'</script></svg>
</article></body></html>`;


before(async () => {
  paper = await Newspaper.open((folder) => writeFile(join(folder, 'hostile.html'), HOSTILE));
  browser = await launch();
  article = paper.at('0.20');
  reader = await Reader.sit(browser, paper);
  await (await fund(reader, article)).close();
});
after(async () => { await browser?.close(); await paper?.close(); });

/** The code that the element announced, and that it stays locked with its money. */
async function refused(page, code, words, { money = LOADED, sold = article } = {}) {
  const event = await waitEvent(page, 'error', 40_000);
  assert.equal(event.code, code);
  await says(page, words);
  await isLocked(page, sold);
  if (money !== null) assert.equal(await balance(page), money, 'no money moved');
  await balanced(paper);
}

/** Opens a page that was tampered with, presses the button, expects a refusal; the reader has 2 € before and after. */
function tampered(name, change, code, words, options = {}) {
  test(name, async () => {
    const sold = options.price ? paper.at(options.price) : article;
    paper.site.bend(options.at ?? sold.path, change, sold.path);
    try {
      const page = await reader.open(options.at ?? sold.path);
      await pay(page).click();
      await refused(page, code, words, { sold });
      await page.close();
    } finally {
      paper.site.straighten();
    }
  });
}

const NOTHING = /Nothing was charged|Your coins are safe/;

tampered('tampered ciphertext', envelope.object((e) => ({ ...e, part: envelope.flip(e.part, -20) })), 'content_mismatch',
  /The sealed text is not the one that is offered\. Nothing was charged\. The publisher has to put it right\./);
tampered('tampered header', envelope.object((e) => ({ ...e, part: envelope.flip(e.part, 8) })), 'content_mismatch', NOTHING);
tampered('truncated ciphertext', envelope.object((e) => ({ ...e, part: Buffer.from(e.part, 'base64url').subarray(0, -16).toString('base64url') })), 'content_mismatch', NOTHING);
tampered('bytes after the last chunk', envelope.object((e) => ({ ...e, part: Buffer.concat([Buffer.from(e.part, 'base64url'), Buffer.alloc(1)]).toString('base64url') })), 'content_mismatch', NOTHING);
tampered('an offer with another price under the old signature',
  envelope.object((e) => ({ ...e, offer: envelope.forge(e.offer, (claims) => { claims.prices[0].amount = 1_000; return claims; }) })),
  'offer_invalid', /This page’s offer does not hold\. Nothing was charged\. The publisher has to put it right\./);
tampered('a page copied from /…x to /…x0', (page) => page, 'offer_audience', /This offer belongs to another page\. Nothing was charged\./, { at: '/articles/copied-0.html' });
tampered('a wrap that is no HPKE ciphertext', envelope.object((e) => ({ ...e, wraps: e.wraps.map((w) => ({ ...w, wrap: envelope.flip(w.wrap, -1) })) })), 'wrap_invalid', NOTHING);
tampered('no wrap at all', envelope.object((e) => ({ ...e, wraps: [] })), 'wrap_invalid', NOTHING);
tampered('duplicate members in the envelope', envelope.text((t) => t.replace('{', '{"v":1,')), 'malformed', NOTHING);
tampered('an unknown member in the envelope', envelope.text((t) => t.replace('{', '{"w":1,')), 'malformed', NOTHING);
tampered('duplicate members in the offer', envelope.object((e) => {
  const [header, payload, signature] = e.offer.split('.');
  const json = Buffer.from(payload, 'base64url').toString('utf8').replace('{', '{"iat":1,');
  return { ...e, offer: [header, Buffer.from(json).toString('base64url'), signature].join('.') };
}), 'offer_invalid', NOTHING);

test('the same address with one more digit: /article-1 does not open /article-10', async () => {
  const path = article.path.replace(/\.html$/, '0.html');
  paper.site.bend(path, (page) => page, article.path);
  try {
    const page = await reader.open(path);
    await pay(page).click();
    await refused(page, 'offer_audience', /This offer belongs to another page/);
    await page.close();
  } finally {
    paper.site.straighten();
  }
});

test('truncated JSON in the page: said at once, and nothing is offered for sale', async () => {
  paper.site.bend(article.path, envelope.text((t) => t.slice(0, t.length / 2)));
  try {
    const page = await reader.open(article);
    await refused(page, 'malformed', /Nothing was charged\./, { money: null });
    assert.equal(await pay(page).count(), 0);
    await page.close();
  } finally {
    paper.site.straighten();
  }
});

test('wrapped key moved from a cheaper article', async () => {
  const cheap = paper.at('0.002');
  const { wraps } = envelope.read(await (await fetch(paper.origin + cheap.path)).text());
  paper.site.bend(article.path, envelope.object((e) => ({ ...e, wraps })));
  try {
    const page = await reader.open(article);
    await pay(page).click();
    await refused(page, 'wrap_invalid', NOTHING);
    await page.close();
  } finally {
    paper.site.straighten();
  }
});

test('offer and wrap of a cheaper article over the dearer text', async () => {
  const cheap = paper.at('0.002');
  const other = envelope.read(await (await fetch(paper.origin + cheap.path)).text());
  paper.site.bend(article.path, envelope.object((e) => ({ ...e, offer: other.offer, wraps: other.wraps })));
  try {
    const page = await reader.open(article);
    await pay(page).click();
    await refused(page, 'offer_audience', /This offer belongs to another page/);
    await page.close();
  } finally {
    paper.site.straighten();
  }
});

test('an offer that is a year over', async () => {
  // A clock is a whole context's, so this reader is another one.
  const late = await Reader.sit(browser, paper);
  const page = await late.context.newPage();
  const then = Date.now() + 500 * 86_400_000;
  await page.clock.setFixedTime(then);
  // It is that late for the site as well; else the reader's clock would be to blame.
  await page.route(`**${article.path}`, (route) =>
    (route.request().method() === 'HEAD' ? route.fulfill({ status: 200, headers: { date: new Date(then).toUTCString() } }) : route.fallback()));
  await late.open(article, page);
  await pay(page).click();
  await refused(page, 'offer_expired', /This offer has ended\. Nothing was charged\./, { money: 0 });
  await late.leave();
});

test('the publisher’s keys cannot be had, or are others', async () => {
  await reader.context.route('**/.well-known/farthing.json', (route) => route.abort());
  try {
    const page = await reader.open(article);
    await pay(page).click();
    await refused(page, 'publisher_unreachable', /We could not reach .*Nothing was charged\./);
    await page.close();
  } finally {
    await reader.context.unroute('**/.well-known/farthing.json');
  }

  const stranger = await (await fetch(`${paper.issuer.origin}/.well-known/jwks.json`)).json();
  paper.site.bend('/.well-known/farthing.json', ({ body, headers }) => ({ headers, body: JSON.stringify({ ...JSON.parse(body), keys: stranger.keys }) }));
  const other = await reader.open(article);
  await pay(other).click();
  await refused(other, 'offer_invalid', NOTHING);
  await other.close();
  paper.site.straighten();
});

test('manifest fork: another head under the same number', async () => {
  const heads = async (route, change) => {
    const answer = await route.fetch();
    const body = await answer.json();
    return route.fulfill({ response: answer, json: { heads: await change(body.heads) } });
  };
  const marked = (list) => Promise.all(list.map((head) => secondHead(paper.issuer.dir, head, (claims) => ({ ...claims, iat: claims.iat - 1 }))));
  await reader.context.route('**/v1/manifests?*', (route) => heads(route, marked));
  const page = await reader.open(article);
  await pay(page).click();
  await refused(page, 'manifest_fork', /The issuer showed two different key lists\. Your coins are safe; we stopped before paying\./);
  const kept = await page.evaluate(() => new Promise((resolve) => {
    const opening = indexedDB.open('farthing');
    opening.onsuccess = () => {
      const all = opening.result.transaction('keep').objectStore('keep').getAllKeys();
      all.onsuccess = () => { opening.result.close(); resolve(all.result); };
    };
  }));
  assert.ok(kept.some((name) => String(name).startsWith('fork ')), 'both heads are kept as evidence');
  await page.locator('summary', { hasText: 'What you have here' }).click();
  await page.getByRole('alert').filter({ hasText: /^Warning: .* showed two different key lists on .*\. Both are kept as evidence\. Please load nothing more there\.$/ }).waitFor();
  await page.close();
  await reader.context.unroute('**/v1/manifests?*');

  await reader.context.route('**/v1/manifests?*', (route) => heads(route, () => []));
  const rolledBack = await reader.open(article);
  await pay(rolledBack).click();
  await refused(rolledBack, 'manifest_fork', /two different key lists/);
  await rolledBack.close();
  await reader.context.unroute('**/v1/manifests?*');

  const forged = async (list) => list.map((head) => `${head.slice(0, -8)}AAAAAAAA`);
  await reader.context.route('**/v1/manifests?*', (route) => heads(route, forged));
  const unsigned = await reader.open(article);
  await pay(unsigned).click();
  await refused(unsigned, 'manifest_invalid', /does not fit its own signatures\. Your coins are safe; we stopped before paying\./);
  await unsigned.close();
  await reader.context.unroute('**/v1/manifests?*');
});

test('issuer down before anything is known', async () => {
  await paper.issuer.pause();
  const page = await reader.open(article);
  try {
    await pay(page).click();
    const event = await waitEvent(page, 'error', 40_000);
    assert.equal(event.code, 'issuer_unreachable');
    await says(page, /We could not reach the issuer\. Nothing was charged\./);
    assert.equal(await balance(page), LOADED);
  } finally {
    await paper.issuer.serve();
  }
  await page.close();
});

/** The purchase of a cheap article meets this answer each time; afterwards the honest one comes through and is charged once. */
function garbage(name, code, words, fulfil, price = '0.002', earlier = []) {
  test(`issuer answering garbage: ${name}`, async () => {
    const mine = await Reader.sit(browser, paper);
    const sold = paper.at(price);
    const page = await fund(mine, sold);
    await mine.context.addInitScript(() => {
      // The pauses between tries, shortened.
      const wait = globalThis.setTimeout;
      globalThis.setTimeout = (work, time, ...rest) => wait(work, time >= 1000 && time < 20_000 ? 50 : time, ...rest);
    });
    let money = LOADED;
    for (const one of earlier.map((each) => paper.at(each))) {
      await mine.open(one, page);
      await pay(page).click();
      await isOpen(page, one);
      money -= one.amount;
    }
    await mine.open(sold, page);
    await mine.context.route('**/v1/redemptions', fulfil);
    await pay(page).click();
    const event = await waitEvent(page, 'error', 40_000);
    assert.equal(event.code, code);
    await says(page, words);
    await isLocked(page, sold);
    await balanced(paper);
    await mine.context.unroute('**/v1/redemptions');
    await buttonOf(page, /^Ask again$/).click();
    await isOpen(page, sold);
    assert.equal(await balance(page), money - sold.amount, 'charged once');
    await balanced(paper);
    await mine.leave();
  });
}

const HOLDS = /The issuer’s answer does not hold, so the article did not open\. Your coins are set aside and nothing more will be charged/;
const json = { 'content-type': 'application/json', 'access-control-allow-origin': '*' };
const bent = (change) => async (route) => {
  const answer = await route.fetch();
  return route.fulfill({ response: answer, body: change(await answer.text()) });
};

garbage('a page of a proxy', 'answer_invalid', HOLDS, (route) => route.fulfill({ status: 200, headers: { ...json, 'content-type': 'text/html' }, body: '<h1>Welcome to the Wi-Fi</h1>' }));
garbage('10 MB', 'answer_invalid', HOLDS, (route) => route.fulfill({ status: 200, headers: json, body: `{"grant":"${'x'.repeat(10_000_000)}"}` }));
garbage('truncated JSON', 'answer_invalid', HOLDS, bent((body) => body.slice(0, body.length / 2)));
garbage('duplicate members', 'answer_invalid', HOLDS, bent((body) => body.replace('{', '{"grant":"",')));
garbage('another grant’s signature', 'grant_invalid', HOLDS, bent((body) => {
  const answer = JSON.parse(body);
  return JSON.stringify({ ...answer, grant: `${answer.grant.slice(0, -6)}AAAAAA` });
}));
garbage('a key that does not open', 'key_mismatch', HOLDS, bent((body) => {
  const answer = JSON.parse(body);
  return JSON.stringify({ ...answer, key: envelope.flip(answer.key, -1) });
}));
garbage('change without a valid proof', 'proof_invalid', HOLDS, bent((body) => {
  const answer = JSON.parse(body);
  const [first, ...rest] = answer.change;
  return JSON.stringify({ ...answer, change: [{ ...first, proof: envelope.flip(first.proof, 40) }, ...rest] });
}), '0.05', ['0.002', '0.01', '0.02']);
garbage('HTTP 500', 'internal', /We could not reach the issuer\. You have not been charged twice and will not be\./, (route) => route.fulfill({
  status: 500, headers: { ...json, 'content-type': 'application/problem+json' },
  body: JSON.stringify({ type: 'https://farthing.example/problems/internal', title: 'Internal', status: 500, code: 'internal' }),
}));
garbage('HTTP 502 without words', 'issuer_unreachable', /We could not reach the issuer\. You have not been charged twice and will not be\./,
  (route) => route.fulfill({ status: 502, headers: json, body: 'Bad Gateway' }));

test('WebAssembly forbidden by the page’s policy', async () => {
  const policy = `default-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self' ${paper.issuer.origin}`;
  paper.site.bend(article.path, ({ body, headers }) => ({ body, headers: { ...headers, 'content-security-policy': policy } }));
  try {
    const page = await reader.open(article);
    await pay(page).click();
    await refused(page, 'wasm_blocked', /This site’s settings stop the reader from opening paid text\. Nothing was charged\./, { money: null });
    assert.match(await status(page).innerText(), /For the publisher/);
    assert.match(await status(page).textContent(), /'wasm-unsafe-eval'/);
    await page.close();
  } finally {
    paper.site.straighten();
  }
  const page = await reader.open(article);
  await pay(page).waitFor();
  assert.equal(await balance(page), LOADED);
  await page.close();
});

test('the WebAssembly file is missing', async () => {
  await reader.context.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: '' }));
  const page = await reader.open(article);
  await pay(page).click();
  await refused(page, 'wasm_unavailable', /The part that checks and opens paid text did not load\. Nothing was charged\./, { money: null });
  await reader.context.unroute('**/*.wasm');
  await pay(page).click();
  await isOpen(page, article);
  await page.close();
});

test('a spent token: a copy of the pocket pays, then the original', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'farthing-pocket-'));
  try {
    const sit = async (name) => new Reader(await launchIn(join(dir, name)), paper);
    const [one, two] = [paper.at('0.20'), paper.at('0.35')];
    const first = await sit('original');
    const page = await fund(first, one);
    await page.close();
    await first.leave();
    await cp(join(dir, 'original'), join(dir, 'copy'), { recursive: true });

    const copy = await sit('copy');
    const there = await copy.open(two);
    await pay(there).click();
    await isOpen(there, two);
    const left = await balance(there);
    assert.equal(left, LOADED - two.amount);
    await copy.leave();

    const original = await sit('original');
    const here = await original.open(one);
    await pay(here).click();
    await waitEvent(here, 'unlock');
    await isOpen(here, one);
    const seen = await events(here);
    assert.ok(!seen.some((event) => event.name === 'error'), 'the unspent coins pay instead');
    const aside = await setAside(here);
    assert.ok(aside.length > 0 && aside.every(({ bad }) => bad === 'token_spent'), 'some coins were found to be spent');
    const lost = aside.reduce((sum, { amount }) => sum + amount, 0);
    assert.equal(await balance(here), LOADED - one.amount - lost, 'they do not count, and are kept as evidence');
    await balanced(paper);
    await original.leave();
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

/** Coins that the issuer does not take. */
const setAside = (page) => page.evaluate(() => new Promise((resolve) => {
  const opening = indexedDB.open('farthing');
  opening.onsuccess = () => {
    const all = opening.result.transaction('tokens').objectStore('tokens').getAll();
    all.onsuccess = () => {
      opening.result.close();
      resolve(all.result.filter(({ bad }) => bad).map(({ amount, bad }) => ({ amount, bad })));
    };
  };
}));

test('a script in the sealed text does not run', async () => {
  const page = await reader.open('/hostile.html');
  await pay(page).click();
  await waitEvent(page, 'unlock');
  assert.match(await page.locator('article').innerText(), /The words that were paid for\./);
  await page.getByRole('link', { name: 'a link' }).click({ timeout: 2000 }).catch(() => {});
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => globalThis.__ran), undefined, 'nothing of it ran');
  await page.close();
});
