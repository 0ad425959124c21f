/** Resources in normal form (spec R7): two paths are one article if and only if their normal forms are equal. */

const unreserved = /[A-Za-z0-9\-._~]/;

/** The normal form of a path without query; `null` for what R7 refuses. */
export const normalPath = (path: string): string | null => {
  if (!path.startsWith('/') || path.length > 1024 || /[^!-~]|[\\#?]|\/\/|%2e|%2f|%5c|%(?![0-9a-f]{2})/i.test(path) || /(^|\/)\.\.?(\/|$)/.test(path)) return null;
  let normal = path
    .replace(/%[0-9a-f]{2}/gi, (escape) => {
      const character = String.fromCharCode(parseInt(escape.slice(1), 16));
      return unreserved.test(character) ? character : escape.toUpperCase();
    })
    .replace(/["<>^`{}]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  for (let ending; (ending = /(\/index\.html|\.html|\/)$/.exec(normal)?.[0]); normal = normal.slice(0, -ending.length));
  return /(^|\/)\.\.?$/.test(normal) ? null : normal || '/';
};
