/** Builds the panel's nodes; no markup is ever parsed. */

type Child = Node | string | false | undefined;

export const node = <N extends keyof HTMLElementTagNameMap>(
  name: N, attributes: Record<string, string | false>, ...children: Child[]
): HTMLElementTagNameMap[N] => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== false) made.setAttribute(key, value);
  made.append(...children.filter((child) => child !== false && child !== undefined) as (Node | string)[]);
  return made;
};

export interface Act { text: string; run: () => void; second?: boolean }

export const button = ({ text, run, second }: Act): HTMLButtonElement => {
  const made = node('button', { type: 'button', part: second ? 'button second' : 'button', class: second ? 'second' : 'first' }, text);
  made.addEventListener('click', () => made.getAttribute('aria-disabled') === 'true' || run());
  return made;
};

/** How tall the sealed text will be, about, from its length and the type around it. */
export const height = (length: number, host: HTMLElement): number => {
  const { fontSize, lineHeight } = getComputedStyle(host);
  const size = Number.parseFloat(fontSize) || 16;
  const line = Number.parseFloat(lineHeight) || size * 1.5;
  const perLine = Math.max(20, (host.clientWidth || 640) / (size * 0.47));
  return Math.ceil((length / perLine) * 1.12) * line;
};
