// Reads articles/*.html: a head of "name: value" lines, a line "---", and the body as plain HTML.
//
// In a paid article the body holds one `<hr data-farthing-cut>`: what stands before it is the teaser and may appear
// anywhere (front page, feed, description); what stands after it is for sale and may appear nowhere else.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { textOf, wordsOf } from "./html.mjs";

const CUT = /<hr data-farthing-cut>/g;
const FIGURE = /<!-- figure: ([a-z0-9-]+) -->/g;
const REQUIRED = ["order", "kicker", "title", "deck", "byline", "date", "price", "vignette"];
const PRICE = /^(free|\d+\.\d{2,3} EUR)$/;
const WORDS_PER_MINUTE = 230;

const parseHead = (head, file) => {
  const fields = {};
  for (const line of head.split("\n")) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`${file}: not a "name: value" line: ${line}`);
    fields[line.slice(0, colon).trim()] = line.slice(colon + 1).trim();
  }
  for (const name of REQUIRED) {
    if (!fields[name]) throw new Error(`${file}: the head has no "${name}"`);
  }
  if (!PRICE.test(fields.price)) throw new Error(`${file}: price must be "free" or like "0.20 EUR", not "${fields.price}"`);
  return fields;
};

const drawFigures = async (body, figures) => {
  const names = new Set([...body.matchAll(FIGURE)].map((match) => match[1]));
  const drawings = new Map();
  for (const name of names) drawings.set(name, (await readFile(join(figures, `${name}.svg`), "utf8")).trim());
  return body.replace(FIGURE, (_, name) => drawings.get(name));
};

const OPENING_LENGTH = 300;

/** The first sentences of the teaser, until there is something to go on: what feed and front page quote. */
const openingOf = (teaser) => {
  const paragraphs = [...teaser.matchAll(/<p[^>]*>([\s\S]*?)<\/p>/g)].map((match) => textOf(match[1]));
  let text = "";
  for (const { segment } of new Intl.Segmenter("en", { granularity: "sentence" }).segment(paragraphs.join(" "))) {
    text += segment;
    if (text.length > OPENING_LENGTH) break;
  }
  return text.trim();
};

const parse = async (source, file, figures) => {
  const line = source.indexOf("\n---\n");
  if (line < 0) throw new Error(`${file}: no line "---" between head and body`);
  const head = parseHead(source.slice(0, line), file);
  const body = await drawFigures(source.slice(line + 5).trim(), figures);
  const free = head.price === "free";
  const cuts = [...body.matchAll(CUT)];
  if (cuts.length !== (free ? 0 : 1)) throw new Error(`${file}: ${cuts.length} cuts; a paid article has one, a free one none`);
  const teaser = free ? body : body.slice(0, cuts[0].index);
  const words = wordsOf(body);
  return {
    version: "1",
    ...head,
    order: Number(head.order),
    slug: file.replace(/\.html$/, ""),
    path: `articles/${file}`,
    free,
    body,
    teaser,
    opening: openingOf(teaser),
    words,
    minutes: Math.max(1, Math.round(words / WORDS_PER_MINUTE)),
  };
};

/** All articles in the order of the front page. */
export const readArticles = async (root) => {
  const folder = join(root, "articles");
  const files = (await readdir(folder)).filter((file) => file.endsWith(".html")).sort();
  const articles = [];
  for (const file of files) {
    articles.push(await parse(await readFile(join(folder, file), "utf8"), file, join(root, "figures")));
  }
  return articles.sort((a, b) => a.order - b.order);
};
