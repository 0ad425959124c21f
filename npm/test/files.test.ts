import assert from 'node:assert/strict';
import { test } from 'node:test';
import { unpack, withAddresses } from '../src/files.js';
import { Browser, openShop, text } from './reader.js';

const packed = (list: unknown, ...files: string[]): Uint8Array => {
  const json = Buffer.from(typeof list === 'string' ? list : JSON.stringify(list));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  return Buffer.concat([length, json, ...files.map((one) => Buffer.from(one))]);
};
const entry = (name: string, type: string, length: number) => ({ name, type, length });

test('a list of files that does not fit its content is refused, whatever is wrong with it', () => {
  const good = [entry('', 'text/html', 2), entry('a', 'image/png', 3)];
  assert.equal(unpack(packed(good, 'hi', 'png')).length, 2);
  const wrong: Uint8Array[] = [
    new Uint8Array(), Uint8Array.of(0, 0), Uint8Array.of(255, 255, 255, 255), packed('{', 'hi'), packed('{}'), packed('[]'), packed('null'), packed([1], 'hi'),
    packed(good, 'hi', 'pn'), packed(good, 'hi', 'png!'), packed([entry('', 'image/png', 2)], 'hi'), packed([entry('', 'text/html', -1), entry('a', 'image/png', 3)], 'hi'),
    packed([entry('', 'text/html', 1.5)], 'hi'), packed([{ name: '', type: 'text/html', length: '2' }], 'hi'), packed([entry('', 'text/html', 2 ** 53)], 'hi'),
    packed([good[0], null], 'hi'), packed([good[0], { ...good[1], type: 7 }], 'hi', 'png'),
  ];
  for (const bytes of wrong) assert.throws(() => unpack(bytes), { code: 'content_corrupt' }, Buffer.from(bytes).toString('latin1'));
});

test('files that could run script lose their type; a text read twice holds its files once, and gives them back', async () => {
  const html = '<a href="cid:p"></a><img src="cid:q">';
  const bytes = packed([entry('', 'text/html', html.length), entry('p', 'text/html', 5), entry('q', 'image/svg+xml', 6)], html, '<b>x!', '<svg/>');
  const shown = withAddresses('one', bytes);
  assert.equal(withAddresses('one', bytes), shown);
  const [page] = /blob:[^"]+/.exec(shown.html)!;
  assert.equal((await fetch(page!)).headers.get('content-type'), 'application/octet-stream');
  assert.equal((await fetch(/src="(blob:[^"]+)"/.exec(shown.html)![1]!)).headers.get('content-type'), 'image/svg+xml');
  shown.release();
  await assert.rejects(fetch(page!));
  assert.notEqual(withAddresses('one', bytes), shown);
});

test('content of a kind that this wallet cannot show is not bought', async () => {
  const shop = await openShop();
  const browser = new Browser(shop);
  await browser.fill(shop.seal());
  const length = new TextEncoder().encode(text).length;
  // The same text under another name for its kind; signed and whole.
  const key = shop.publisher.newContentKey();
  const first = JSON.parse(shop.seal({ path: '/other', key }));
  const claims = JSON.parse(Buffer.from(first.offer.split('.')[1], 'base64url').toString());
  const sealed = JSON.parse(shop.seal({ path: '/other', key, claims: { content: [{ ...claims.content[0], length, media_type: 'application/pdf' }] } }));
  const page = await browser.visit(JSON.stringify({ ...sealed, part: first.part }), { path: '/other' });
  await assert.rejects(page.unlock(), { code: 'unsupported' });
  assert.equal(shop.issuer.charged, 0);
});
