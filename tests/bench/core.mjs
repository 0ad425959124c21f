// The primitives: signatures, tokens, opening, and a purchase's work without its network.
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Newspaper, ROOT } from '../harness/newspaper.mjs';
import { press } from '../harness/checkout.mjs';
import { longestTask } from './longest.mjs';
import { median, rounded } from './median.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
/** Five coins of 16, 32, 64, 64 and 128 units pay it, and four come back. */
const PRICE = '0.289';
const LENGTH = 100 * 1024;

const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bench</title></head><body><p>Measurements.</p>
<script type="importmap">{"imports": {"@noble/curves/": "/bench/noble/curves/", "@noble/hashes/": "/bench/noble/hashes/"}}</script>
<script type="module" src="/bench/page.mjs"></script></body></html>`;

/** An article whose sealed half is 100 KB. */
function article() {
  const sentence = 'It was counted, weighed, entered and carried forward, and cost more than it came to. ';
  const paragraphs = [];
  for (let length = 0, i = 0; length < LENGTH; i += 1) {
    const text = `<p>${i}. ${sentence.repeat(8)}</p>\n`;
    paragraphs.push(text);
    length += text.length;
  }
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A long account</title></head><body>
<article data-farthing-price="${PRICE} EUR"><h1>A long account</h1><p>It begins.</p><div data-farthing-cut></div>${paragraphs.join('')}</article></body></html>`;
}

export async function core(browser) {
  const paper = await Newspaper.open(async (site) => {
    await mkdir(join(site, 'bench', 'noble'), { recursive: true });
    await writeFile(join(site, 'bench', 'index.html'), page);
    await writeFile(join(site, 'long-account.html'), article());
    await cp(join(HERE, 'page.mjs'), join(site, 'bench', 'page.mjs'));
    await cp(join(HERE, 'median.mjs'), join(site, 'bench', 'median.mjs'));
    await cp(join(ROOT, 'npm', 'wasm'), join(site, 'bench', 'wasm'), { recursive: true });
    for (const name of ['curves', 'hashes']) {
      await cp(join(HERE, 'node_modules', '@noble', name), join(site, 'bench', 'noble', name), { recursive: true });
    }
  }, async (dir) => {
    // The largest pouch, of 20 coins, is more than a page may hold by default.
    const config = await readFile(join(dir, 'farthing.toml'), 'utf8');
    await writeFile(join(dir, 'farthing.toml'), config.replace(/^pocket_max = .*$/m, 'pocket_max = "8.00"'));
  });
  try {
    const tab = await browser.newPage();
    await tab.exposeFunction('payAt', (checkout) => press(checkout, /approve|^\s*pay/i));
    const failures = [];
    tab.on('pageerror', (error) => failures.push(error));
    await tab.goto(`${paper.origin}/bench/`);
    await tab.waitForFunction(() => globalThis.bench, undefined, { timeout: 20_000 }).catch((error) => { throw failures[0] ?? error; });
    await tab.evaluate((issuer) => globalThis.bench.prepare(issuer, '/long-account'), paper.issuer.origin);
    const times = await tab.evaluate(() => globalThis.bench.measure());
    const longest = [];
    for (let i = 0; i < 5; i += 1) longest.push(await longestTask(browser, tab, () => tab.evaluate(() => globalThis.bench.once())));
    const minting = [];
    for (let i = 0; i < 5; i += 1) minting.push(await longestTask(browser, tab, () => tab.evaluate(() => globalThis.bench.mintAsThePage())));
    return {
      ...times,
      longest_main_thread_task_ms: rounded(median(longest)),
      longest_task_while_minting_ms: rounded(median(minting)),
      chain_10000_ms: null,
      why: 'chain_10000_ms: the hash chain of pay-per-use offers is not part of this version',
      browser: browser.version(),
    };
  } finally {
    await paper.close();
  }
}
