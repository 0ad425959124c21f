// The Farthing Post, built, sealed and served, with an issuer that knows it: three strangers on one machine.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Issuer } from './issuer.mjs';
import { Site } from './site.mjs';

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const node = (...args) => run(process.execPath, args, { cwd: ROOT });

export class Newspaper {
  /** `before` may add files to the built site's folder, which are then sealed and served with it; `configure` may change the issuer's; `flags` are for sealing. */
  static async open(before = async () => {}, configure = undefined, flags = []) {
    const paper = new Newspaper();
    try {
      await paper.publish(before, configure, flags);
    } catch (error) {
      await paper.close();
      throw error;
    }
    return paper;
  }

  async publish(before, configure, flags) {
    this.dir = await mkdtemp(join(tmpdir(), 'farthing-post-'));
    this.site = await Site.listen();
    this.issuer = await Issuer.start(configure);
    const [sealed, plain, keys] = ['site', 'plain', 'keys'].map((name) => join(this.dir, name));
    const { origin } = this.site;
    await node('demo-site/build.mjs', plain, '--origin', origin);
    await node('demo-site/build.mjs', sealed, '--origin', origin);
    await before(sealed);
    await node('npm/dist/cli.js', 'keys', '--origin', origin, '--issuer', this.issuer.origin, '--name', 'The Farthing Post', '--out', keys);
    await node('npm/dist/cli.js', 'seal', sealed, '--keys', keys, ...flags);
    this.site.folder = sealed;
    await this.issuer.addPublisher(origin);
    this.articles = await forSale(plain);
  }

  async close() {
    await this.site?.close();
    await this.issuer?.stop();
    await rm(this.dir, { recursive: true, force: true });
  }

  get origin() {
    return this.site.origin;
  }

  /** An article at this price in euro, such as '0.20'. */
  at(price) {
    const found = this.articles.find((article) => article.price === price);
    if (!found) throw new Error(`no article at ${price}; there are ${this.articles.map((one) => one.price).join(', ')}`);
    return found;
  }
}

const words = (html) => html.replace(/<[^>]+>/g, '').replace(/&nbsp;/g, '\u00a0').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"')
  .replace(/&amp;/g, '&').replace(/\s+/g, ' ').trim();

/** What is for sale, from the unsealed edition: address, price, and the last words that only a buyer sees. */
async function forSale(folder) {
  const found = [];
  for (const file of await readdir(join(folder, 'articles'))) {
    const html = await readFile(join(folder, 'articles', file), 'utf8');
    const [, price] = /data-farthing-price="([0-9.]+) EUR"/.exec(html) ?? [];
    if (!price) continue;
    const body = html.slice(html.indexOf('<article'), html.indexOf('</article>'));
    const paragraphs = [...body.matchAll(/<p(?:\s[^>]*)?>(.*?)<\/p>/gs)].map(([, inside]) => words(inside)).filter((text) => text.length > 80);
    found.push({ path: `/articles/${file}`, price, amount: Math.round(Number(price) * 1e6), last: paragraphs.at(-1), first: paragraphs[0] });
  }
  return found.sort((a, b) => a.amount - b.amount);
}
