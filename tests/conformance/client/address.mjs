// Section 1.3: origins and resources.
import { Refused, must } from './strict.mjs';

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

function isHost(host) {
  if (host === '[::1]') return true;
  const labels = host.split('.');
  if (!labels.every((label) => /^[a-z0-9_-]+$/.test(label))) return false;
  if (!/^(?:[0-9]+|0x[0-9a-f]*)$/.test(labels.at(-1))) return true;
  return labels.length === 4 && labels.every((label) => /^(?:0|[1-9][0-9]{0,2})$/.test(label) && Number(label) <= 255);
}

/** R6. */
export function origin(text, sandbox = false) {
  const [, scheme, host, port] = /^(https?):\/\/(\[[^\]]*\]|[^:/?#[\]@]+)(?::([1-9][0-9]{0,4}))?$/.exec(text) ?? [];
  must(scheme && text.length <= 255 && isHost(host), 'malformed', `origin ${text}`);
  must(!port || (Number(port) <= 65_535 && port !== { https: '443', http: '80' }[scheme]), 'malformed', `port ${port}`);
  must(scheme === 'https' || (sandbox && LOOPBACK.includes(host)), 'malformed', 'plain http');
  return text;
}

const badSegment = (path) => path.split('/').some((segment) => segment === '.' || segment === '..');

/** R7: the normal form. */
export function resource(path) {
  if (path.includes('?')) throw new Refused('unsupported', 'query');
  must(path.length <= 1024 && /^\/[!-~]*$/.test(path) && !/\/\/|\\|#|%2e|%2f|%5c/i.test(path), 'malformed', `path ${path}`);
  must(!/%(?![0-9a-f]{2})/i.test(path) && !badSegment(path), 'malformed', `path ${path}`);
  let normal = path.replace(/%[0-9a-f]{2}/gi, (escape) => {
    const character = String.fromCharCode(Number.parseInt(escape.slice(1), 16));
    return /[A-Za-z0-9._~-]/.test(character) ? character : escape.toUpperCase();
  });
  normal = normal.replace(/["<>^`{}]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  for (let before; before !== normal;) {
    before = normal;
    normal = normal.replace(/(?:\/index\.html|\.html|\/)$/, '') || '/';
  }
  must(!badSegment(normal), 'malformed', `path ${path}`);
  return normal;
}
