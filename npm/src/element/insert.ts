/** Puts a verified text into the page. It is the publisher's own, signed; even so no script of it ever runs. */

/** As the Trusted Types API makes it; a publisher may bring one of its own (`FarthingPaywallElement.policy`). */
export interface Policy { createHTML(text: string): unknown }
interface TrustedTypes { createPolicy(name: string, rules: Policy): Policy }

let ours: Policy | undefined;
const trusted = (html: string, policy?: Policy): string => {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  const own = { createHTML: (text: string) => text };
  return (policy ?? (ours ??= types?.createPolicy('farthing#html', own) ?? own)).createHTML(html) as string;
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

/**
 * The text as nodes that can be put in place, parsed without running anything. A `policy` given is always asked; what it returns is
 * cleaned as well. Left out, `Element.setHTML` does it, or where there is none the policy `farthing#html`.
 */
export const textNodes = (html: string, document: Document, policy?: Policy): DocumentFragment => {
  const fragment = document.createDocumentFragment();
  const box = document.createElement('div') as HTMLElement & { setHTML?: (html: string, options: object) => void };
  if (box.setHTML && !policy) {
    // An empty configuration allows everything that cannot run script; classes and figures stay as they were written.
    box.setHTML(html, { sanitizer: {} });
    fragment.append(...box.childNodes);
  } else {
    const parsed = new DOMParser().parseFromString(trusted(html, policy), 'text/html');
    clean(parsed.body);
    fragment.append(...[...parsed.body.childNodes].map((node) => document.adoptNode(node)));
  }
  return fragment;
};
