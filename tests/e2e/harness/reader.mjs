// Readers: a browser with a profile of its own, and what a person does in it.
import assert from 'node:assert/strict';
import { chromium, firefox } from 'playwright-core';

const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
  '--disable-sync', '--disable-dev-shm-usage',
];

/** Which browser the readers have: `FARTHING_BROWSER` names it. */
export const ENGINE = process.env.FARTHING_BROWSER ?? 'chromium';
const engines = {
  chromium: [chromium, { executablePath: process.env.FARTHING_CHROMIUM ?? '/usr/bin/chromium', args: FLAGS }],
  // The channel makes the client speak WebDriver BiDi, which every Firefox understands (docs/adr/0031-browsers.md).
  firefox: [firefox, {
    executablePath: process.env.FARTHING_FIREFOX ?? '/usr/bin/firefox-esr', channel: 'moz-firefox',
    // No icon for a tab that nobody sees: the issuer's pages forbid it, and the console would say so.
    firefoxUserPrefs: { 'browser.chrome.site_icons': false },
  }],
};
if (!Object.hasOwn(engines, ENGINE)) throw new Error(`FARTHING_BROWSER: ${Object.keys(engines).join(' or ')}, not ${ENGINE}`);
const [type, options] = engines[ENGINE];

export const launch = () => type.launch(options);

/** A browser whose profile lies in a folder. */
export const launchIn = (folder) => type.launchPersistentContext(folder, { ...options, locale: 'en-GB' });

/** Keeps the element's events, layout shifts and long tasks where a test can look at them. */
const witness = () => {
  const seen = { events: [], shifts: 0, moved: [] };
  globalThis.__seen = seen;
  for (const name of ['show', 'quote', 'beforespend', 'load', 'balance', 'unlock', 'undo', 'error']) {
    addEventListener(`farthing:${name}`, ({ detail }) => {
      seen.events.push({ name, code: detail.code, bought: detail.bought, price: detail.price?.amount, at: performance.now() });
    });
  }
  if (PerformanceObserver.supportedEntryTypes.includes('layout-shift')) new PerformanceObserver((list) => {
    for (const entry of list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput)) {
      seen.shifts += entry.value;
      const place = ({ y, height }) => `${Math.round(y)}+${Math.round(height)}`;
      seen.moved.push(...entry.sources.map(({ node, previousRect, currentRect }) =>
        `${node?.localName ?? node?.nodeName}.${node?.className ?? ''} ${place(previousRect)} → ${place(currentRect)}`));
    }
  }).observe({ type: 'layout-shift', buffered: true });
};

export class Reader {
  static async sit(browser, paper, options = {}) {
    return new Reader(await browser.newContext({ locale: 'en-GB', ...options }), paper);
  }

  constructor(context, paper) {
    this.context = context;
    this.paper = paper;
    this.said = [];
    this.ready = context.addInitScript(witness);
    context.on('console', (message) => {
      if (['warning', 'error'].includes(message.type())) this.said.push(`${message.type()}: ${message.text()} (${message.location().url})`);
    });
    context.on('weberror', (error) => this.said.push(`thrown: ${error.error().stack ?? error.error()}`));
  }

  async open(article, page) {
    await this.ready;
    const tab = page ?? (await this.context.newPage());
    await tab.goto(new URL(article.path ?? article, this.paper.origin).href);
    return tab;
  }

  leave() {
    return this.context.close();
  }
}

export const panel = (page) => page.locator('farthing-paywall');
export const buttonOf = (page, name) => panel(page).getByRole('button', { name });
export const pay = (page) => buttonOf(page, /^Pay .* and read tax included$/);
/** All words of the panel, which stands in the element's shadow. */
export const panelWords = (page) => panel(page).evaluate((element) => [...element.shadowRoot.children].map((child) => child.innerText ?? '').join('\n'));
export const events = (page) => page.evaluate(() => globalThis.__seen.events);
export const status = (page) => panel(page).locator('.status');

export async function waitEvent(page, name, timeout = 20_000) {
  const found = await page.waitForFunction((wanted) => globalThis.__seen?.events.find((event) => event.name === wanted), name, { timeout, polling: 30 });
  return found.jsonValue();
}

/** Waits for the words of the status line. */
export async function says(page, pattern, timeout = 20_000) {
  const line = status(page);
  const end = Date.now() + timeout;
  let text = '';
  while (Date.now() < end) {
    text = (await line.textContent().catch(() => '')) ?? '';
    if (pattern.test(text)) return text;
    await page.waitForTimeout(30);
  }
  assert.match(text, pattern);
  return text;
}

const flat = (text) => text.replace(/[\s\u00a0]+/g, ' ');

/** The last words of the article stand in the page, where a person sees them. */
export async function isOpen(page, article) {
  await waitEvent(page, 'unlock');
  const text = flat(await page.locator('article').first().innerText());
  const wanted = flat(article.last);
  assert.ok(text.includes(wanted.slice(0, 60)), `the end of ${article.path} is not in the page: “${wanted.slice(0, 60)}”`);
  return text;
}

export async function isLocked(page, article) {
  const text = flat(await page.locator('body').innerText());
  assert.ok(!text.includes(flat(article.last).slice(0, 60)), 'the sealed text is in the page');
}

/** What the pocket of this page's origin holds and may spend, in micro, read from where it lies. */
export const balance = (page) => page.evaluate(() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('farthing');
  opening.onerror = () => reject(opening.error);
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onsuccess = () => {
    const database = opening.result;
    const transaction = database.transaction(['tokens', 'attempts']);
    const [tokens, attempts] = ['tokens', 'attempts'].map((name) => transaction.objectStore(name).getAll());
    transaction.oncomplete = () => {
      database.close();
      const held = new Set(attempts.result.filter(({ state }) => state === 'sent').flatMap(({ inputs }) => inputs));
      resolve(tokens.result.filter((token) => !token.bad && !held.has(token.nullifier)).reduce((sum, { amount }) => sum + amount, 0));
    };
  };
}));

/** Waits until the pocket holds so much. */
export async function holds(page, amount, why, timeout = 20_000) {
  const end = Date.now() + timeout;
  let found = await balance(page);
  while (found !== amount && Date.now() < end) {
    await page.waitForTimeout(50);
    found = await balance(page);
  }
  assert.equal(found, amount, why);
}

/** From a page whose panel offers it: adds value and comes back. */
export async function addMoney(page, words = /^Add 2/) {
  await buttonOf(page, words).first().click();
  await approve(page);
}

export async function approve(page, name = /approve|^pay/i) {
  const origin = new URL(page.url()).origin;
  await page.waitForURL((url) => url.pathname.includes('checkout'), { timeout: 20_000 }).catch((error) => {
    throw new Error(`no checkout after ${origin}: ${page.url()}\n${error}`);
  });
  await page.getByRole('button', { name }).click();
}

/** A reader with money: loads 2 € at the article's own page. */
export async function fund(reader, article) {
  const page = await reader.open(article);
  await pay(page).click();
  await buttonOf(page, /^Add 2/).first().waitFor();
  // As if in another tab: nothing remembers the price that was pressed, and the article stays locked.
  await page.evaluate(() => { Storage.prototype.setItem = () => {}; });
  await addMoney(page);
  await page.waitForURL(reader.paper.origin + article.path);
  await waitEvent(page, 'balance');
  return page;
}

/** The reader's clock is so many hours ahead of everybody else's, from the next page on. */
export const clock = (reader, hours) => reader.context.addInitScript((by) => {
  const Real = Date;
  globalThis.Date = class extends Real {
    constructor(...given) {
      given.length ? super(...given) : super(Real.now() + by);
    }
    static now() {
      return Real.now() + by;
    }
  };
}, hours * 3_600_000);
