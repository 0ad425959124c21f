/** Builds the panel's nodes; no markup is ever parsed. */

export const node = <N extends keyof HTMLElementTagNameMap>(
  name: N, attributes: Record<string, string>, ...children: (Node | string)[]
): HTMLElementTagNameMap[N] => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** What a button says, and what its press does. */
export type Act = [text: string, press: () => void];

/** How tall the sealed text will be, about, from its length and the type around it. */
export const height = (length: number, host: HTMLElement): number => {
  const { fontSize, lineHeight } = getComputedStyle(host);
  const size = Number.parseFloat(fontSize);
  return (length / (host.clientWidth / size / 0.47)) * 1.12 * (Number.parseFloat(lineHeight) || size * 1.5);
};
