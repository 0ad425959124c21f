// The front page: the lead with its first paragraphs, the list of prices, the columns and the small ads.

import { count, html, raw } from "./html.mjs";
import { priceOf } from "./article.mjs";
import { page } from "./shell.mjs";

const priceLine = (article) =>
  html`<p class="meta"><b>${priceOf(article)}</b> · ${count(article.words)} words · ${article.minutes} min</p>`;

const lead = (article, vignette) => {
  const paragraphs = [...article.teaser.matchAll(/<p>[\s\S]*?<\/p>/g)].slice(0, 4).map((match) => raw(`${match[0]}\n`));
  return html`<article class="lead">
<p class="kicker">${article.kicker}</p>
<h2><a href="${article.path}">${article.title}</a></h2>
<p class="deck">${article.deck}</p>
<div class="lead-body">
<div class="lead-picture">${raw(vignette)}</div>
${paragraphs}
<p class="turn"><a href="${article.path}">Read on, free</a></p>
</div>
</article>`;
};

const brief = (article, vignette, size) => html`<article class="brief ${size}">
<div class="vignette">${raw(vignette)}</div>
<p class="kicker">${article.kicker}</p>
<h2><a href="${article.path}">${article.title}</a></h2>
<p class="deck">${article.deck}</p>
${size === "tall" && html`<p class="opening">${article.opening}</p>
`}${priceLine(article)}
</article>`;

const prices = (articles) => html`<section class="prices" aria-labelledby="prices">
<h2 id="prices">Prices Current</h2>
<p class="prices-note">What is on sale this morning, and for how much. You pay for the article you read and for no other.</p>
<ol>
${articles.map((article) => html`<li><a href="${article.path}">${article.title}</a><span class="leader" aria-hidden="true"></span><span class="price">${priceOf(article)}</span></li>
`)}</ol>
<p class="prices-note"><a href="how-it-works.html">How this works</a>: a purse in your browser, coins in the purse, no account.</p>
</section>`;

/** `drawings` maps a name to an SVG drawing; `notices` is the markup of the small ads. */
export const frontPage = ({ post, coin, articles, drawings, notices, measures }) => {
  const [first, second, third, fourth, ...rest] = articles;
  const draw = (article) => drawings.get(article.vignette);
  return page({
    post,
    coin,
    front: true,
    path: "index.html",
    title: `${post.name}: ${post.motto.toLowerCase()}`,
    description: post.description,
    main: html`<main id="main">
<div class="top">
${lead(first, draw(first))}
<div class="side">
${prices(articles)}
${raw(measures)}
</div>
</div>
<div class="second">
${[second, third, fourth].map((article) => brief(article, draw(article), "tall"))}
</div>
<div class="rest">
${rest.map((article) => brief(article, draw(article), "short"))}
</div>
${raw(notices)}
</main>`,
  });
};
