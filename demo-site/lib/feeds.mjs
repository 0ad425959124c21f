// RSS 2.0 and the sitemap. A paid article appears with its deck and opening, which stand before the cut; never more.

import { feedDate, html } from "./html.mjs";
import { priceOf } from "./article.mjs";

const item = (post, article) => {
  const address = `${post.origin}/${article.path}`;
  const note = article.free ? "Free." : `${priceOf(article)}, tax included.`;
  return html`<item>
<title>${article.title}</title>
<link>${address}</link>
<guid isPermaLink="true">${address}</guid>
<pubDate>${feedDate(article.date)}</pubDate>
<category>${article.kicker}</category>
<description>${html`<p>${article.deck}</p><p>${article.opening}</p><p>${note}</p>`.toString()}</description>
</item>
`;
};

export const rss = ({ post, articles }) => html`<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>${post.name}</title>
<link>${post.origin}/</link>
<atom:link href="${post.origin}/feed.xml" rel="self" type="application/rss+xml"/>
<description>${post.description}</description>
<language>${post.language.toLowerCase()}</language>
<lastBuildDate>${feedDate(post.date)}</lastBuildDate>
${articles.map((article) => item(post, article))}</channel>
</rss>
`.toString();

export const sitemap = ({ post }, paths) => html`<?xml version="1.0" encoding="utf-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
${paths.map((path) => html`<url><loc>${post.origin}/${path === "index.html" ? "" : path}</loc><lastmod>${post.date}</lastmod></url>
`)}</urlset>
`.toString();
