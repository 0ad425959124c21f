/** Puts a verified text into the page. It is the publisher's own, signed; even so no script of it ever runs. */

interface Policy { createHTML(text: string): string }
interface TrustedTypes { createPolicy(name: string, rules: Policy): Policy }

let policy: Policy | undefined;
const trusted = (html: string): string => {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  policy ??= types?.createPolicy('farthing#html', { createHTML: (text) => text }) ?? { createHTML: (text) => text };
  return policy.createHTML(html);
};

const forbidden = 'script,iframe,frame,frameset,object,embed,base,meta,link,portal,fencedframe,animate,animatemotion,animatetransform,set';
const addresses = new Set(['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster', 'background']);

const clean = (root: DocumentFragment | Element): void => {
  // By name and without regard to case: SVG's elements keep theirs.
  const names = new Set(forbidden.split(','));
  for (const element of [...root.querySelectorAll('*')]) {
    if (names.has(element.localName.toLowerCase()) || (element.localName === 'use' && element.namespaceURI?.endsWith('svg'))) {
      element.remove();
      continue;
    }
    for (const { name, value } of [...element.attributes]) {
      const lower = name.toLowerCase();
      const scripted = addresses.has(lower) && /^(javascript|vbscript|data:text\/html)/i.test(value.replace(/[\u0000-\u0020]/g, ''));
      if (lower.startsWith('on') || lower === 'srcdoc' || lower === 'is' || scripted) element.removeAttribute(name);
    }
    if (element instanceof HTMLTemplateElement) clean(element.content);
  }
};

/** The text as nodes that can be put in place, parsed without running anything. */
export const textNodes = (html: string, document: Document): DocumentFragment => {
  const fragment = document.createDocumentFragment();
  const box = document.createElement('div') as HTMLElement & { setHTML?: (html: string, options: object) => void };
  if (box.setHTML) {
    // An empty configuration allows everything that cannot run script; classes and figures stay as they were written.
    box.setHTML(html, { sanitizer: {} });
    fragment.append(...box.childNodes);
  } else {
    const parsed = new DOMParser().parseFromString(trusted(html), 'text/html');
    clean(parsed.body);
    fragment.append(...[...parsed.body.childNodes].map((node) => document.adoptNode(node)));
  }
  return fragment;
};
