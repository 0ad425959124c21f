// The custom-elements manifest (schema 2.1): what editors and documentation tools know of <farthing-paywall>, read from its sources.
import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

const clean = (text) => text.replace(/\s+/g, ' ').trim();
const docOf = (node) => clean((node.jsDoc ?? []).map(({ comment }) => (typeof comment === 'string' ? comment : ts.getTextOfJSDocComment(comment) ?? '')).join(' ')) || undefined;
const is = (node, kind) => node.modifiers?.some((modifier) => modifier.kind === kind) ?? false;
const unique = (names) => [...new Set(names)].sort();
const found = (text, pattern) => unique([...text.matchAll(pattern)].map(([, name]) => name));

const attributes = {
  sealed: 'The text of an `application/farthing+json` script, in place of one inside the element.',
  lang: 'The language of the panel; left out, the page’s.',
  purse: 'The issuer serves a purse at its own address: the panel offers to add from there what is missing.',
  words: 'The address of a JSON file with own words.',
  'wasm-url': 'The address of `farthing/core.wasm`, if it does not lie beside the scripts.',
};

/** `at` gives the path of a file of the package. */
export const manifest = (at) => {
  const read = (file) => readFileSync(at('src/element', file), 'utf8');
  const parse = (file) => ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);
  const all = readdirSync(at('src/element')).filter((file) => file.endsWith('.ts')).map(read).join('\n');

  const events = parse('events.ts').statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === 'FarthingEvents');
  const source = parse('element.ts');
  const element = source.statements.find((node) => ts.isClassDeclaration(node) && node.name?.text === 'FarthingPaywallElement');
  const open = element.members.filter((member) => (ts.isMethodDeclaration(member) || ts.isPropertyDeclaration(member) || ts.isGetAccessor(member)) && ts.isIdentifier(member.name)
    && docOf(member));
  const type = (node) => (node ? { type: { text: clean(node.getText(source)) } } : {});

  const asked = unique([
    ...found(all, /\b(?:this|host)\.getAttribute\('([\w-]+)'\)/g), ...found(/observedAttributes[^[]*\[([^\]]*)\]/.exec(all)?.[1] ?? '', /'([\w-]+)'/g),
  ]);

  const declaration = {
    kind: 'class', customElement: true, tagName: 'farthing-paywall', name: 'FarthingPaywallElement', description: docOf(element), superclass: { name: 'HTMLElement', package: 'global:' },
    attributes: asked.map((name) => ({ name, type: { text: 'string' }, description: attributes[name] })),
    members: open.map((member) => ({
      kind: ts.isMethodDeclaration(member) ? 'method' : 'field', name: member.name.text, ...(is(member, ts.SyntaxKind.StaticKeyword) ? { static: true } : {}), description: docOf(member),
      ...(ts.isMethodDeclaration(member)
        ? { parameters: member.parameters.map((one) => ({ name: one.name.getText(source), ...type(one.type), ...(one.initializer || one.questionToken ? { optional: true } : {}) })), return: type(member.type) }
        : type(member.type)),
    })),
    events: events.members.map((member) => ({ name: member.name.text, type: { text: `CustomEvent<${clean(member.type.getText())}>` }, description: docOf(member) })),
    cssParts: found(all, /\bpart: '(\w[\w-]*)'/g).map((name) => ({ name })),
    cssProperties: found(all, /(--farthing-[\w-]+)/g).map((name) => ({ name })),
    cssStates: unique(/(?:type State = |state\(name: )((?:'[\w-]+'(?: \| )?)+)/i.exec(all)?.[1].match(/[\w-]+/g) ?? []).map((name) => ({ name })),
  };
  for (const list of ['members', 'events', 'cssParts', 'cssProperties', 'cssStates']) {
    if (declaration[list].length === 0) throw new Error(`build/manifest.mjs finds no ${list} of the element any more`);
  }
  return `${JSON.stringify({
    schemaVersion: '2.1.0', readme: 'README.md',
    modules: [
      { kind: 'javascript-module', path: 'dist/element/element.js', declarations: [declaration], exports: [{ kind: 'js', name: 'FarthingPaywallElement', declaration: { name: 'FarthingPaywallElement', module: 'dist/element/element.js' } }] },
      { kind: 'javascript-module', path: 'dist/element/define.js', exports: [
        { kind: 'custom-element-definition', name: 'farthing-paywall', declaration: { name: 'FarthingPaywallElement', module: 'dist/element/element.js' } },
      ] },
    ],
  }, null, 1)}\n`;
};
