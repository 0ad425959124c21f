// What every page shares: the head, the masthead (large on the front page, a strip elsewhere) and the imprint.

import { html, longDate, raw } from "./html.mjs";

const pages = [
  ["how-it-works.html", "How this works"],
  ["about.html", "About"],
  ["terms.html", "Terms"],
  ["feed.xml", "RSS"],
];

const head = ({ post, title, description, path, depth, kind, date }) => {
  const up = "../".repeat(depth);
  const address = `${post.origin}/${path === "index.html" ? "" : path}`;
  return html`<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<meta name="description" content="${description}">
<link rel="canonical" href="${address}">
<meta property="og:site_name" content="${post.name}">
<meta property="og:type" content="${kind}">
<meta property="og:title" content="${title}">
<meta property="og:description" content="${description}">
<meta property="og:url" content="${address}">
${date && html`<meta property="article:published_time" content="${date}T06:00:00Z">
`}<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#fcfaf6" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#15181e" media="(prefers-color-scheme: dark)">
<link rel="icon" type="image/svg+xml" href="${up}static/favicon.svg">
<link rel="alternate" type="application/rss+xml" title="${post.name}" href="${up}feed.xml">
<link rel="stylesheet" href="${up}static/post.css">
<link rel="stylesheet" href="${up}static/print.css" media="print">
</head>`;
};

const ears = (post) => html`
<p class="ear ear-left">“Four to the penny,<br>and still not the smallest<br>thing a person can buy.”</p>
<p class="ear ear-right">Price<br><b>One Farthing</b><br>or what each article says</p>`;

const masthead = (post, coin) => html`<header class="masthead">
<div class="masthead-top">${ears(post)}
<h1 class="nameplate"><span class="the">The</span> Farthing <span class="coin">${raw(coin)}</span> Post</h1>
<p class="motto">${post.motto}</p>
</div>
<p class="dateline"><span>No. ${post.number}</span><time datetime="${post.date}">${longDate(post.date)}</time><span>Price One Farthing</span></p>
</header>`;

const strip = (post, coin, up) => html`<header class="strip">
<a class="strip-name" href="${up}index.html"><span class="coin">${raw(coin)}</span>${post.name}</a>
<p class="strip-date"><time datetime="${post.date}">${longDate(post.date)}</time></p>
</header>`;

const imprint = (post, up) => html`<footer class="imprint">
<nav aria-label="The paper">${pages.map(([path, label]) => html`<a href="${up}${path}">${label}</a> `)}</nav>
<p>${post.publisher}. Complaints, corrections and compliments: <a href="mailto:${post.contact}">${post.contact}</a>. Prices are final prices and include tax.</p>
<p>This is a demonstration newspaper and its coins are sandbox coins: the history is real, the money is not.</p>
</footer>`;

/** A whole page. `front` asks for the large masthead; `depth` is how many folders deep the page lies. */
export const page = ({ post, coin, front = false, depth = 0, main, ...about }) => {
  const up = "../".repeat(depth);
  return html`<!doctype html>
<html lang="${post.language}">
${head({ post, depth, kind: "website", ...about })}
<body class="${front ? "front" : "inside"}">
<a class="skip" href="#main">To the text</a>
${front ? masthead(post, coin) : strip(post, coin, up)}
${main}
${imprint(post, up)}
</body>
</html>
`.toString();
};
