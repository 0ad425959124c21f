// What the issuer's books say, by its own audit.
import assert from 'node:assert/strict';

/** The audit must find no difference; gives its text for a closer look. */
export async function balanced(paper) {
  const text = await paper.issuer.audit();
  assert.match(text, /difference\D*0(\.0+)?\b/i, text);
  return text;
}
