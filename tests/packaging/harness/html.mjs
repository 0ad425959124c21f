import { vectors } from './vectors.mjs';

const element = `<farthing-paywall><p>The rest costs 0.20 EUR.</p><script type="application/farthing+json">${vectors.sealed.replaceAll('<', '\\u003c')}</script></farthing-paywall>`;

/** A page with one script, and so many elements as a publisher's tool writes them. */
export const pageFor = (script, elements = 0, kind = 'type="module" ') =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Turnpikes</title></head><body><main>${element.repeat(elements)}</main><script ${kind}src="${script}"></script></body></html>\n`;
