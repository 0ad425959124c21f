/** CSS selectors over parse5's tree. */
import { selectAll, type Options } from 'css-select';
import type { DefaultTreeAdapterTypes as Tree } from 'parse5';
import { Complaint } from './complaint.js';

export type Element = Tree.Element;
export const isElement = (node: Tree.Node): node is Element => 'tagName' in node;
export const attribute = (element: Element, name: string): string | undefined => element.attrs.find((one) => one.name === name)?.value;
export const children = (node: Tree.Node): Tree.Node[] =>
  'content' in node ? (node as Tree.Template).content.childNodes : 'childNodes' in node ? node.childNodes : [];

export const walk = function* (node: Tree.Node): Generator<Element> {
  for (const child of children(node)) {
    if (isElement(child)) yield child;
    yield* walk(child);
  }
};

/** The text of a node, without scripts and styles; what stood in different elements is apart. */
export const plain = (node: Tree.Node): string =>
  'value' in node && node.nodeName === '#text' ? node.value : isElement(node) && ['script', 'style'].includes(node.tagName) ? '' : children(node).map(plain).join(' ');

const parentOf = (node: Tree.Node): Tree.Node | null => ('parentNode' in node ? node.parentNode : null);

const adapter: Options<Tree.Node, Element>['adapter'] = {
  isTag: isElement,
  getAttributeValue: attribute,
  getChildren: children,
  getName: ({ tagName }) => tagName,
  getParent: parentOf,
  getSiblings: (node) => { const parent = parentOf(node); return parent ? children(parent) : [node]; },
  getText: plain,
  hasAttrib: (element, name) => attribute(element, name) !== undefined,
  removeSubsets: (nodes) => nodes.filter((node) => {
    for (let above = parentOf(node); above; above = parentOf(above)) if (nodes.includes(above)) return false;
    return true;
  }),
};

/** @throws Complaint if it is no selector. */
export const select = (root: Tree.Node, selector: string): Element[] => {
  try {
    return selectAll<Tree.Node, Element>(selector, root, { adapter: adapter!, xmlMode: false });
  } catch (error) {
    throw new Complaint(`\`${selector}\` is no CSS selector: ${(error as Error).message}`);
  }
};
