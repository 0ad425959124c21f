// One purchase on a running demo, by a headless Chromium: summary.json and a picture of each step.
// FARTHING_SITE, FARTHING_ISSUER, FARTHING_ISSUER_CONFIG, FARTHING_BIN and FARTHING_DEMO say where; `cargo xtask demo --once` sets them.
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { program } from '../harness/issuer.mjs';
import { ROOT } from '../harness/newspaper.mjs';
import { Reader, approve, balance, buttonOf, launch, panel, pay, waitEvent } from './harness/reader.mjs';

const needed = (name) => process.env[name] ?? fail(`${name} is not set; \`cargo xtask demo --once\` sets it`);
const fail = (words) => { throw new Error(words); };

const site = needed('FARTHING_SITE');
const issuer = needed('FARTHING_ISSUER');
const config = needed('FARTHING_ISSUER_CONFIG');
const folder = process.env.FARTHING_DEMO ?? join(ROOT, 'target', 'demo');
const PRICE = 0.2;

const summary = { steps: [] };
const browser = await launch();
try {
  await mkdir(folder, { recursive: true });
  const reader = await Reader.sit(browser, { origin: site }, { viewport: { width: 820, height: 1000 } });
  const loaded = weigh(reader.context);
  const page = await reader.context.newPage();

  const step = async (name, work) => {
    const start = performance.now();
    const result = await work();
    const ms = Math.round(performance.now() - start);
    const screenshot = join(folder, `${String(summary.steps.length + 1).padStart(2, '0')}-${name.replaceAll(' ', '-')}.png`);
    if (!page.isClosed()) {
      if (await panel(page).count()) await panel(page).evaluate((element) => element.shadowRoot.querySelector('section').scrollIntoView({ block: 'center' }));
      await page.screenshot({ path: screenshot });
    }
    summary.steps.push({ name, ms, screenshot: relative(ROOT, screenshot) });
    console.log(`  ${name.padEnd(26)} ${String(ms).padStart(6)} ms`);
    return result;
  };

  await step('front page', async () => {
    await page.goto(`${site}/`);
    await page.locator('a[href*="articles/"]').first().waitFor();
  });
  const address = await step('article', async () => {
    const href = await forSale(page);
    await page.goto(new URL(href, `${site}/`).href);
    await pay(page).waitFor();
    return page.url();
  });
  const before = (await page.locator('article').first().innerText()).length;
  await step('not enough', async () => {
    await pay(page).click();
    await buttonOf(page, /^Add 2\s€$/).waitFor();
  });
  await step('checkout', async () => {
    await buttonOf(page, /^Add 2\s€$/).click();
    await page.waitForURL((url) => url.href.startsWith(issuer));
    await page.getByRole('button', { name: /approve|^pay/i }).waitFor();
  });
  await step('paid and back', async () => {
    await approve(page);
    await page.waitForURL(address);
    await waitEvent(page, 'balance');
  });
  const held = await balance(page);
  await step('unlock', async () => {
    await pay(page).click();
    await waitEvent(page, 'unlock');
  });
  summary.paid = held - (await balance(page));
  const text = await page.locator('article').first().innerText();
  if (text.length <= before) fail('the article is not longer than its teaser');
  summary.text_chars = text.length;
  summary.teaser_chars = before;
  await step('second visit', async () => {
    await page.goto(address);
    await waitEvent(page, 'unlock');
  });
  summary.offline_reread = await step('second visit without issuer', async () => {
    const asked = [];
    const forbidden = (url) => url.href.startsWith(issuer) || url.pathname.startsWith('/.well-known/');
    // What the site's worker hands on goes by no route.
    page.on('request', (request) => { if (forbidden(new URL(request.url()))) asked.push(request.url()); });
    await reader.context.route(forbidden, (route) => route.abort('internetdisconnected'));
    await page.goto(address);
    await waitEvent(page, 'unlock');
    const again = await page.locator('article').first().innerText();
    return asked.length === 0 && again.length >= text.length - 60 && (await buttonOf(page, /./).count()) === 0;
  });
  if (!summary.offline_reread) fail('the second visit did not open without the issuer');
  await step('reload without a network', async () => {
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await page.waitForFunction(async (name) => (await caches.has(name)) && (await caches.open(name)).match(location.href), 'farthing-bought');
    await reader.context.setOffline(true);
    await page.reload();
    await waitEvent(page, 'unlock');
    await reader.context.setOffline(false);
  });
  await step('purse', async () => {
    await reader.context.unrouteAll();
    await page.goto(`${issuer}/wallet/`);
    await page.getByRole('button', { name: 'Begin' }).waitFor();
  });
  summary.sizes = loaded();
  if (reader.said.length) fail(`the console was not quiet: ${reader.said.join('\n')}`);
} finally {
  await browser.close();
}

const { stdout } = await promisify(execFile)(program(), ['audit', '--config', config]);
summary.audit_difference = difference(stdout);
if (summary.audit_difference !== 0) fail(`the issuer's books do not balance:\n${stdout}`);
await writeFile(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);

/** The link to the article at 0.20 €, the price that the story of this demo is told with. */
async function forSale(page) {
  const links = await page.locator('a[href*="articles/"]').evaluateAll((all) => [...new Set(all.map((link) => link.href))]);
  for (const href of links) {
    const html = await (await fetch(href)).text();
    const offer = /"offer":"[^".]+\.([^".]+)\./.exec(html)?.[1];
    if (offer && JSON.parse(Buffer.from(offer, 'base64url')).prices[0].amount === PRICE * 1e6) return href;
  }
  return fail(`no article at ${PRICE} on the front page`);
}

/** What the page's own scripts and files weigh, compressed as a web server would send them. */
function weigh(context) {
  const sizes = { html: 0, script: 0, wasm: 0, style: 0 };
  const seen = new Set();
  const pending = [];
  context.on('response', (response) => {
    const url = response.url();
    if (!url.startsWith(site) || seen.has(url) || response.status() !== 200) return;
    seen.add(url);
    const kind = { js: 'script', wasm: 'wasm', css: 'style', html: 'html' }[new URL(url).pathname.split('.').at(-1)];
    if (kind) pending.push(response.body().then((body) => { sizes[kind] += gzipSync(body, { level: 9 }).length; }).catch(() => {}));
  });
  return () => ({ html_gzip: sizes.html, script_gzip: sizes.script, wasm_gzip: sizes.wasm, style_gzip: sizes.style });
}

function difference(said) {
  const found = /difference\D*(-?[0-9.]+)/i.exec(said);
  return found ? Number(found[1]) : fail(`the audit names no difference:\n${said}`);
}
