// node --test demo-site/build.test.mjs   Builds an edition in a temporary folder and reads it as the sealing tool and a reader would.

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { after, before, test } from "node:test";
import { build } from "./build.mjs";
import { textOf } from "./lib/html.mjs";

const ORIGIN = "http://127.0.0.1:4173";
const CUT = "<hr data-farthing-cut>";
let scratch;
let out;
let articles;
const files = new Map();

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "farthing-post-"));
  out = join(scratch, "dist");
  ({ articles } = await build(out, ORIGIN));
  for (const entry of await readdir(out, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    files.set(path.slice(out.length + 1), await readFile(path, "utf8"));
  }
});

after(() => rm(scratch, { recursive: true, force: true }));

const pages = () => [...files].filter(([path]) => path.endsWith(".html"));
const paid = () => articles.filter((article) => !article.free);

/** Sentences long enough to be recognised elsewhere, in plain text. */
const sentences = (markup) =>
  [...new Intl.Segmenter("en", { granularity: "sentence" }).segment(textOf(markup))]
    .map(({ segment }) => segment.trim())
    .filter((sentence) => sentence.length >= 40);

test("one article is free, the others cost from 0.002 to 0.50 EUR, and all are of a readable length", () => {
  assert.ok(articles.length >= 8);
  assert.equal(articles.filter((article) => article.free).length, 1);
  const prices = paid().map((article) => parseFloat(article.price));
  assert.equal(Math.min(...prices), 0.002);
  assert.equal(Math.max(...prices), 0.5);
  for (const { slug, words } of articles) assert.ok(words >= 600 && words <= 1400, `${slug}: ${words} words`);
});

test("a paid page holds one priced article with one cut, a direct child of it, and text on both sides", () => {
  for (const article of paid()) {
    const page = files.get(article.path);
    assert.equal(page.split("data-farthing-price=").length, 2, article.slug);
    assert.equal(page.split(CUT).length, 2, article.slug);
    assert.ok(page.includes(`data-farthing-price="${article.price}"`), article.slug);
    const teaser = page.slice(page.indexOf(">", page.indexOf("data-farthing-price=")) + 1, page.indexOf(CUT));
    const opened = teaser.match(/<(?!\/|!|hr\b|br\b|[^>]*\/>)[a-z]/gi) ?? [];
    const closed = teaser.match(/<\//g) ?? [];
    assert.equal(opened.length, closed.length, `${article.slug}: the cut is inside another element`);
    assert.ok(sentences(teaser).length >= 3, `${article.slug}: no teaser to speak of`);
  }
});

test("no sentence that is for sale stands anywhere but behind its cut", () => {
  for (const article of paid()) {
    const page = files.get(article.path);
    const [open, closed] = page.split(CUT);
    const sold = closed.slice(0, closed.indexOf("</article>"));
    const elsewhere = [...files].filter(([path]) => path !== article.path && /\.(html|xml|txt)$/.test(path));
    elsewhere.push([`${article.path} (readable part)`, open + closed.slice(sold.length)]);
    const texts = elsewhere.map(([path, text]) => [path, textOf(text.replace(/&lt;/g, "<").replace(/&gt;/g, ">"))]);
    const lines = sentences(sold);
    assert.ok(lines.length > 20, article.slug);
    for (const line of lines) {
      for (const [path, text] of texts) assert.ok(!text.includes(line), `${path} gives away: ${line}`);
    }
  }
});

test("nothing in the pages needs more than the site's own files", () => {
  for (const [path, page] of pages()) {
    assert.doesNotMatch(page, /<script|\son[a-z]+=|javascript:/i, path);
    for (const [, address] of page.matchAll(/<(?:link|img|script|use|source)[^>]*(?:href|src)="([^"]+)"/g)) {
      assert.ok(!/^(https?:)?\/\//.test(address) || address.startsWith(ORIGIN), `${path} loads ${address}`);
    }
  }
});

test("every link inside the paper leads somewhere", () => {
  for (const [path, page] of pages()) {
    const ids = new Set([...page.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]));
    for (const [, address] of page.matchAll(/\shref="([^"]+)"/g)) {
      if (/^(https?:|mailto:)/.test(address)) continue;
      if (address.startsWith("#")) {
        assert.ok(ids.has(address.slice(1)), `${path}: ${address}`);
        continue;
      }
      const target = posix.normalize(posix.join(dirname(path), address));
      assert.ok(files.has(target), `${path}: ${address}`);
    }
  }
});

test("feed and sitemap name every article at the origin that was asked for", () => {
  for (const article of articles) {
    assert.ok(files.get("feed.xml").includes(`<link>${ORIGIN}/${article.path}</link>`), article.slug);
    assert.ok(files.get("sitemap.xml").includes(`<loc>${ORIGIN}/${article.path}</loc>`), article.slug);
  }
  assert.equal(files.get("feed.xml").split("<item>").length - 1, articles.length);
});

test("readers have coins and a purse: the pages about paying never say token", () => {
  for (const path of ["index.html", "how-it-works.html", "about.html", "terms.html"]) {
    assert.doesNotMatch(textOf(files.get(path)), /\btokens?\b/i, path);
  }
});

test("a folder that holds something else is not cleared", async () => {
  const other = await mkdtemp(join(scratch, "other-"));
  await writeFile(join(other, "letters.txt"), "keep");
  await assert.rejects(build(other), /holds no earlier edition/);
  assert.equal(await readFile(join(other, "letters.txt"), "utf8"), "keep");
});
