// An article's page. The element `<article data-farthing-price>` is the contract with `farthing seal`: everything in it up to
// the cut stays readable, the rest is sealed. So what is not for sale (next article, imprint) stands outside of it.

import { count, html, money, raw, shortDate } from "./html.mjs";
import { page } from "./shell.mjs";

export const priceOf = (article) => (article.free ? "Free" : money(article.price));

const length = (article) => `${count(article.words)} words, ${article.minutes} ${article.minutes === 1 ? "minute" : "minutes"}`;

const onward = (articles, article) => {
  const next = articles[(articles.indexOf(article) + 1) % articles.length];
  const cheapest = articles.filter((other) => other !== article && other !== next && !other.free).sort((a, b) => parseFloat(a.price) - parseFloat(b.price))[0];
  const item = (label, other) => html`<li><span class="kicker">${label}</span>
<a href="${other.slug}.html">${other.title}</a>
<span class="meta">${priceOf(other)}, ${length(other)}</span></li>`;
  return html`<nav class="onward" aria-label="More to read"><ul>
${item("Next", next)}
${item("For less", cheapest)}
<li><span class="kicker">All of it</span><a href="../index.html">Back to the front page</a></li>
</ul></nav>`;
};

export const articlePage = ({ post, coin, articles, drawings }, article) => {
  const offer = article.free ? "" : html` data-farthing-price="${article.price}" data-farthing-version="${article.version}"`;
  return page({
    post,
    coin,
    depth: 1,
    path: article.path,
    kind: "article",
    date: article.date,
    title: `${article.title} – ${post.name}`,
    description: article.deck,
    main: html`<main id="main">
<article class="story" id="story"${offer}>
<header class="story-head">
<div class="vignette">${raw(drawings.get(article.vignette))}</div>
<p class="kicker">${article.kicker}</p>
<h1>${article.title}</h1>
<p class="deck">${article.deck}</p>
<p class="byline">By ${article.byline} · <time datetime="${article.date}">${shortDate(article.date)}</time> · ${length(article)} · <b>${priceOf(article)}</b></p>
</header>
${raw(article.body)}
</article>
${onward(articles, article)}
</main>`,
  });
};
