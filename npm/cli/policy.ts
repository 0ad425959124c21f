/** Content security policies: one that a sealed page can live with, and whether a given one lets it live. */
import { createHash } from 'node:crypto';
import { parse } from 'parse5';
import { attribute, plain, walk } from './select.js';

/** Scripts of the page itself, by hash, so that a strict policy does not stop what its author put there. */
const inlineHashes = (html: string): string[] => {
  const scripts = [...walk(parse(html))].filter((one) => one.tagName === 'script' && attribute(one, 'src') === undefined);
  const code = scripts.filter((one) => /^(module|(text|application)\/javascript|)$/.test(attribute(one, 'type') ?? ''));
  return code.map((one) => {
    const text = one.childNodes.map((node) => ('value' in node ? node.value : plain(node))).join('');
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  });
};

export const policyFor = (html: string, issuers: readonly string[]): string =>
  [
    `script-src 'self' 'wasm-unsafe-eval'${inlineHashes(html).map((hash) => ` ${hash}`).join('')}`, `connect-src 'self'${issuers.map((id) => ` ${id}`).join('')}`,
    "img-src 'self' data: blob: https:", "media-src 'self' blob: https:", "object-src 'none'", "base-uri 'self'",
  ].join('; ');

type Directives = Map<string, string[]>;

/** The policies of a header or meta element; every one of them has to allow a thing. */
export const readPolicies = (text: string): Directives[] =>
  text.split(',').filter((one) => one.trim()).map((policy) => {
    const directives: Directives = new Map();
    for (const piece of policy.split(';')) {
      const [name, ...values] = piece.trim().split(/\s+/);
      if (name && !directives.has(name.toLowerCase())) directives.set(name.toLowerCase(), values);
    }
    return directives;
  });

const sources = (policy: Directives, ...names: string[]): string[] | undefined => {
  for (const name of [...names, 'default-src']) if (policy.has(name)) return policy.get(name);
  return undefined;
};

/** As far as the sources reach that publishers write: schemes, hosts with and without scheme, `*.`, ports, `'self'`. */
const allows = (list: readonly string[], address: string, self: string): boolean => {
  const url = new URL(address);
  return list.some((source) => {
    if (source === "'self'") return url.origin === self;
    if (source === '*') return /^(https?|wss?):$/.test(url.protocol) || url.protocol === new URL(self).protocol;
    if (/^[a-z][a-z0-9+.-]*:$/i.test(source)) return url.protocol === source.toLowerCase();
    const match = /^(?:([a-z][a-z0-9+.-]*):\/\/)?(\*\.)?([^/:]+|\[[^\]]+\])(?::(\d+|\*))?(\/.*)?$/i.exec(source);
    if (!match) return false;
    const [, scheme, wild, host, port, path] = match;
    const usual = url.port || { 'https:': '443', 'http:': '80' }[url.protocol] || '';
    return (!scheme || `${scheme.toLowerCase()}:` === url.protocol)
      && (wild ? url.hostname.endsWith(`.${host}`) : url.hostname === host)
      && (!port ? url.port === '' : port === '*' || port === usual)
      && (!path || path === '/' || (path.endsWith('/') ? url.pathname.startsWith(path) : url.pathname === path));
  });
};

export interface Needs { self: string; script: string; issuers: readonly string[]; files: boolean }
export interface Wanting { code: 'csp_script' | 'csp_wasm' | 'csp_connect' | 'csp_image' | 'csp_trusted_types'; message: string }

/** What a page with these policies could not do, with the words to add. */
export const wanting = (policies: readonly Directives[], { self, script, issuers, files }: Needs): Wanting[] =>
  policies.flatMap((policy) => {
    const wrong: Wanting[] = [];
    const scripts = sources(policy, 'script-src-elem', 'script-src');
    // With 'strict-dynamic' hosts do not count; our script element carries neither nonce nor hash.
    if (scripts && (scripts.includes("'strict-dynamic'") || !allows(scripts, script, self))) {
      wrong.push({ code: 'csp_script', message: `the policy does not allow ${script}: add 'self' to script-src${scripts.includes("'strict-dynamic'") ? " (and take out 'strict-dynamic', or give the script element a nonce)" : ''}` });
    }
    const evaluation = sources(policy, 'script-src');
    if (evaluation && !evaluation.includes("'wasm-unsafe-eval'") && !evaluation.includes("'unsafe-eval'")) {
      wrong.push({ code: 'csp_wasm', message: "the policy forbids WebAssembly: add 'wasm-unsafe-eval' to script-src" });
    }
    const connect = sources(policy, 'connect-src');
    for (const target of [`${self}/`, ...issuers.map((id) => `${id}/v1/`)]) {
      if (connect && !allows(connect, target, self)) wrong.push({ code: 'csp_connect', message: `the policy does not let the page reach ${new URL(target).origin}: add it to connect-src` });
    }
    const images = sources(policy, 'img-src');
    if (files && images && !images.includes('blob:')) wrong.push({ code: 'csp_image', message: 'the policy forbids the article’s own pictures: add blob: to img-src' });
    const names = policy.get('trusted-types');
    if (names && !names.includes('farthing#html') && !names.includes('*')) {
      wrong.push({ code: 'csp_trusted_types', message: 'the policy names its Trusted Types: add farthing#html to trusted-types (browsers without Element.setHTML need it)' });
    }
    return wrong;
  });
