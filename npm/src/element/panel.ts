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

/**
 * Keeps the space that a sealed text of `length` bytes will take, so that nothing jumps: about as tall as it will be in the type around
 * it, or as much of that as can be seen.
 */
export const reserve = (lines: HTMLElement, length: number, most: number, visibility = 'hidden'): void => {
  const { fontSize, lineHeight } = getComputedStyle(lines);
  const size = Number.parseFloat(fontSize);
  const rows = (length / (lines.clientWidth / size / 0.47)) * 1.12;
  lines.style.blockSize = `${Math.min(rows * (Number.parseFloat(lineHeight) || size * 1.5), most)}px`;
  lines.style.visibility = visibility;
};

/** The last lines before the element fade: the text itself, and no veil over it. */
export const fade = (host: Element, on: boolean): void => {
  const plain = !on || matchMedia('(forced-colors:active),(prefers-contrast:more)').matches;
  const last = host.previousElementSibling as HTMLElement | null;
  last?.style.setProperty('mask-image', plain ? '' : 'linear-gradient(#000 calc(100% - 4.5em),rgb(0 0 0/.4))');
};
