// Pages that are neither front page nor article: how it works, about, terms. The first <h1> is the title, the first <p> the description.

import { html, raw, textOf } from "./html.mjs";
import { page } from "./shell.mjs";

const first = (tag, markup) => textOf(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`).exec(markup)[1]);

export const plainPage = ({ post, coin }, name, markup) =>
  page({
    post,
    coin,
    path: `${name}.html`,
    title: `${first("h1", markup)} – ${post.name}`,
    description: first("p", markup),
    main: html`<main id="main">
<div class="story plain">
${raw(markup.trim())}
</div>
</main>`,
  });
