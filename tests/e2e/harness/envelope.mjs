// The envelope in a sealed page, for tests that put a bad one in its place.
const SCRIPT = /(<script type="application\/farthing\+json">)(.*?)(<\/script>)/s;

/** A change of a page's bytes that replaces the envelope's text. */
export const text = (change) => ({ body, headers }) => {
  if (!SCRIPT.test(body)) throw new Error('no envelope in the page');
  return { headers, body: body.replace(SCRIPT, (_, open, inside, close) => open + change(inside) + close) };
};

/** A change of the envelope as an object. */
export const object = (change) => text((inside) => {
  const envelope = JSON.parse(inside);
  return JSON.stringify(change(envelope) ?? envelope);
});

export const read = (html) => JSON.parse(SCRIPT.exec(html)[2]);

/** Another payload under the old signature. */
export const forge = (jws, change) => {
  const [header, payload, signature] = jws.split('.');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  return [header, Buffer.from(JSON.stringify(change(claims) ?? claims)).toString('base64url'), signature].join('.');
};

/** One bit of base64url bytes turned. */
export const flip = (encoded, at) => {
  const bytes = Buffer.from(encoded, 'base64url');
  bytes[at < 0 ? bytes.length + at : at] ^= 1;
  return bytes.toString('base64url');
};
