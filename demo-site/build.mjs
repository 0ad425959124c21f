#!/usr/bin/env node
// Builds The Farthing Post: node demo-site/build.mjs [OUTDIR] [--origin https://…]
//
// The output is a complete newspaper in plain files with every text readable; `farthing seal OUTDIR` then seals what is
// for sale. OUTDIR (demo-site/dist if not given) is emptied first. The origin is used for addresses that must be absolute.

import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { readArticles } from "./lib/articles.mjs";
import { articlePage } from "./lib/article.mjs";
import { frontPage } from "./lib/front.mjs";
import { rss, sitemap } from "./lib/feeds.mjs";
import { plainPage } from "./lib/plain.mjs";

const root = dirname(fileURLToPath(import.meta.url));

const readDrawings = async (folder) => {
  const drawings = new Map();
  for (const file of await readdir(folder)) {
    if (file.endsWith(".svg")) drawings.set(file.slice(0, -4), (await readFile(join(folder, file), "utf8")).trim());
  }
  return drawings;
};

/** An output folder may be emptied only if it is new, empty, or looks like an earlier edition of this paper. */
const clear = async (out) => {
  const files = await readdir(out).catch(() => []);
  if (files.length > 0 && !files.includes("sitemap.xml")) {
    throw new Error(`${out} is not empty and holds no earlier edition: not clearing it`);
  }
  await rm(out, { recursive: true, force: true });
};

export const build = async (out, origin) => {
  const post = JSON.parse(await readFile(join(root, "post.json"), "utf8"));
  if (origin) post.origin = new URL(origin).origin;
  const drawings = await readDrawings(join(root, "figures"));
  const paper = {
    post,
    coin: drawings.get("coin"),
    articles: await readArticles(root),
    drawings,
    notices: await readFile(join(root, "pages", "notices.html"), "utf8"),
    measures: await readFile(join(root, "pages", "measures.html"), "utf8"),
  };

  const files = new Map([["index.html", frontPage(paper)]]);
  for (const name of ["how-it-works", "about", "terms"]) {
    files.set(`${name}.html`, plainPage(paper, name, await readFile(join(root, "pages", `${name}.html`), "utf8")));
  }
  for (const article of paper.articles) files.set(article.path, articlePage(paper, article));
  files.set("sitemap.xml", sitemap(paper, [...files.keys()]));
  files.set("feed.xml", rss(paper));
  files.set("robots.txt", `User-agent: *\nAllow: /\nSitemap: ${post.origin}/sitemap.xml\n`);

  await clear(out);
  await mkdir(join(out, "articles"), { recursive: true });
  for (const [path, text] of files) await writeFile(join(out, path), text);
  await cp(join(root, "static"), join(out, "static"), { recursive: true });
  return { articles: paper.articles, files: [...files.keys()] };
};

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { origin: { type: "string" } } });
  const out = resolve(positionals[0] ?? join(root, "dist"));
  const { articles, files } = await build(out, values.origin);
  const words = articles.reduce((sum, article) => sum + article.words, 0);
  console.log(`The Farthing Post: ${articles.length} articles, ${words} words, ${files.length} files in ${out}`);
}
