/** Puts a verified text into the page. It is the publisher's own, signed; even so no script of it ever runs. */

interface Policy { createHTML(text: string): string }
interface TrustedTypes { createPolicy(name: string, rules: Policy): Policy }

let policy: Policy | undefined;
const trusted = (html: string): string => {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  policy ??= types?.createPolicy('farthing#html', { createHTML: (text) => text }) ?? { createHTML: (text) => text };
  return policy.createHTML(html);
};

const forbidden = /^(script|i?frame(set)?|object|embed|base|meta|link|animate|set)$/;
const addresses = /^(xlink:)?(href|src|(form)?action)$/;

const clean = (root: DocumentFragment | Element): void => {
  for (const element of [...root.querySelectorAll('*')]) {
    if (forbidden.test(element.localName) || element instanceof SVGUseElement) {
      element.remove();
      continue;
    }
    for (const { name, value } of [...element.attributes]) {
      // The parser has made every name lower case but those of SVG that are none of these.
      const scripted = addresses.test(name) && /^(javascript|data:text\/html)/i.test(value.replace(/[\0- ]/g, ''));
      if (/^on|^srcdoc$/.test(name) || scripted) element.removeAttribute(name);
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
