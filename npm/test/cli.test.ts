import assert from 'node:assert/strict';
import { cp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { IDBFactory } from 'fake-indexeddb';
import { createPaywall } from '../src/paywall.js';
import { article, claimsOf, envelopeOf, listing, openDesk, publisher, secretSentence } from './desk.js';

const desk = await openDesk();
const { issuer, site, farthing } = desk;
after(() => desk.close());

test('keys are made once, readable by their owner only, and told what to do with', async () => {
  const { keys } = await site({ 'index.html': '' });
  const file = join(keys, 'offer-key.json');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  const first = await readFile(file, 'utf8');
  const again = await farthing('keys', '--out', keys);
  assert.equal(again.code, 0);
  assert.match(again.out, /is there already/);
  assert.equal(await readFile(file, 'utf8'), first);
  assert.ok(!again.out.includes(JSON.parse(first).secret));
});

test('a sealed page keeps its free half, holds no word of the other, and sells exactly that', async () => {
  const { dir, keys } = await site({ 'articles/turnpikes.html': article(), 'index.html': '<p>Front page</p>' });
  const { code, out, err } = await farthing('seal', dir, '--keys', keys);
  assert.equal(code, 0, err);
  assert.match(out, /Sealed 1 article, \d+ words/);
  const page = await readFile(join(dir, 'articles/turnpikes.html'), 'utf8');
  assert.match(page, /The second is free as well/);
  assert.match(page, /<footer>Imprint<\/footer>/);
  assert.ok(!page.includes('Turnpike keepers') && !page.includes('And so the rest'));
  assert.match(page, /<script type="module" src="\/farthing\/element\/define\.js" blocking="render"><\/script>\s*<\/head>|<\/script>\s*<script type="application\/ld\+json">/);
  assert.match(page, /words, costs 0\.20 EUR/);
  // Who blocks scripts still has the teaser, the price, and where to go.
  assert.match(page, /<a href="">load it again<\/a>\. It is paid with coins of <a href="https?:[^"]+\/" rel="noopener">/);
  const linked = JSON.parse(/<script type="application\/ld\+json">(.*?)<\/script>/s.exec(page)![1]!);
  assert.equal(linked.isAccessibleForFree, false);
  assert.deepEqual(linked.hasPart, { '@type': 'WebPageElement', isAccessibleForFree: false, cssSelector: '.farthing-sealed' });
  assert.match(page, /<farthing-paywall class="farthing-sealed">/);
  const claims = claimsOf(page);
  assert.equal(claims.resource, '/articles/turnpikes');
  assert.equal(claims.title, 'Turnpikes & tolls');
  assert.deepEqual(claims.prices, [{ issuer: issuer.id, currency: 'EUR', amount: 200_000, sealing_kid: issuer.sealing.kid }]);
  const document = JSON.parse(await readFile(join(dir, '.well-known/farthing.json'), 'utf8'));
  assert.deepEqual([document.v, document.publisher, document.name, document.keys.length], [1, publisher, 'The Post', 1]);
  assert.deepEqual((await listing(join(dir, 'farthing'))), [
    'element', ...['define', 'define_pocket', 'engine', 'files'].map((name) => `element/${name}.js`), 'element/gifts', 'element/gifts.js', ...['de', 'en', 'es', 'fr', 'ja', 'ko'].map((code) => `element/gifts/${code}.js`), 'element/holdings',
    'element/holdings.js', ...['de', 'en', 'es', 'fr', 'ja', 'ko'].map((code) => `element/holdings/${code}.js`), 'element/leaving.js', 'element/limits.js', 'element/refused.js',
    'element/seldom', ...['de', 'en', 'es', 'fr', 'ja', 'ko'].map((code) => `element/seldom/${code}.js`), 'element/shortfall.js',
    'element/starter', 'element/starter.js', ...['de', 'en', 'es', 'fr', 'ja', 'ko'].map((code) => `element/starter/${code}.js`), 'element/starting.js',
    'element/undo', 'element/undo.js', ...['de', 'en', 'es', 'fr', 'ja', 'ko'].map((code) => `element/undo/${code}.js`), 'element/unfinished.js',
    'element/words', ...['de', 'en', 'es', 'fr', 'ja', 'ko', 'own'].map((code) => `element/words/${code}.js`), 'farthing_bg.wasm', 'purse', 'purse/core.js', 'purse/farthing_purse_bg.wasm',
  ]);
  assert.equal((await stat(join(keys, 'keys.json'))).mode & 0o777, 0o600);
});

test('what was sealed is what a buyer reads, to the byte', async () => {
  const { dir, keys } = await site({ 'turnpikes/index.html': article() });
  assert.equal((await farthing('seal', dir, '--keys', keys)).code, 0);
  const sealed = envelopeOf(await readFile(join(dir, 'turnpikes/index.html'), 'utf8'));
  const document = await readFile(join(dir, '.well-known/farthing.json'));
  const page = createPaywall({
    sealed, page: { origin: publisher, path: '/turnpikes/' }, indexedDB: new IDBFactory(), core: await readFile(new URL('../wasm/farthing_bg.wasm', import.meta.url)),
    fetch: async (address, init) => (address.startsWith(issuer.id) ? issuer.fetch(address, init) : new Response(document)),
  });
  const load = await page.load(500_000, publisher);
  assert.ok(load.kind === 'checkout');
  issuer.settle(load.order);
  await page.collect();
  const opened = await page.unlock();
  assert.ok(opened.kind === 'opened');
  const source = article();
  assert.equal(opened.html, source.slice(source.indexOf(`<p>${secretSentence}`), source.indexOf('</article>')).trim());
});

test('an undo is promised only where the issuer gives purchases back, and the publisher is told otherwise', async () => {
  const { dir, keys } = await site({ 'turnpikes/index.html': article().replace('data-farthing-price=', 'data-farthing-refund="24h" data-farthing-price=') });
  const { code, out, err } = await farthing('seal', dir, '--keys', keys);
  assert.equal(code, 0, err);
  assert.ok(`${out}${err}`.includes(`no undo is promised, because ${issuer.id} gives nothing back`), out + err);
  assert.equal(claimsOf(await readFile(join(dir, 'turnpikes/index.html'), 'utf8')).refund, 0);
});

test('an empty cut mark goes, a mark with content begins the sealed half', async () => {
  for (const [mark, begins] of [['<hr data-farthing-cut>', '<p>Sealed from here on'], ['<h2 data-farthing-cut>Part two</h2>', '<h2 data-farthing-cut>']] as const) {
    const source = `<article data-farthing-price="0.002 EUR"><h1>T</h1><p>Free.</p>${mark}<p>Sealed from here on, and it is a text of quite some words.</p></article>`;
    const { dir, keys } = await site({ 'a.html': source });
    assert.equal((await farthing('seal', dir, '--keys', keys)).code, 0);
    const page = await readFile(join(dir, 'a.html'), 'utf8');
    assert.ok(!page.includes('data-farthing-cut') && !page.includes('Part two') && page.includes('<p>Free.</p>'));
    assert.equal(claimsOf(page).content[0].length, source.slice(source.indexOf(begins), -'</article>'.length).length);
  }
});

test('a sealed folder is recognised and left as it is', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  await farthing('seal', dir, '--keys', keys);
  const page = await readFile(join(dir, 'a.html'), 'utf8');
  const again = await farthing('seal', dir, '--keys', keys);
  assert.equal(again.code, 0);
  assert.match(again.out, /sealed already: 1 article/);
  assert.equal(await readFile(join(dir, 'a.html'), 'utf8'), page);
});

test('the same text built again keeps key and ciphertext, whatever its price; another text gets another key', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  const seal = async (source: string) => {
    await writeFile(join(dir, 'a.html'), source);
    assert.equal((await farthing('seal', dir, '--keys', keys)).code, 0);
    const page = await readFile(join(dir, 'a.html'), 'utf8');
    return { part: JSON.parse(envelopeOf(page)).part, claims: claimsOf(page) };
  };
  const first = await seal(article());
  const dearer = await seal(article('', 'data-farthing-price="0.50 EUR"'));
  assert.equal(dearer.part, first.part);
  assert.equal(dearer.claims.key_commit, first.claims.key_commit);
  assert.equal(dearer.claims.prices[0].amount, 500_000);
  const other = await seal(article('<p>A new paragraph.</p>'));
  assert.notEqual(other.claims.key_commit, first.claims.key_commit);
});

const excerpt = secretSentence.split(' ').slice(3, 13).join(' ');
const leaks: Record<string, [string, string | Uint8Array, number]> = {
  'another page': ['about.html', `<p>Hello</p>\n<p>${excerpt}</p>`, 2],
  'its own description': ['a.html', article().replace('<title>', `<meta name="description" content="${excerpt}">\n<title>`), 5],
  'a feed': ['feed.xml', `<rss>\n<item>\n<description><![CDATA[<p>${excerpt.replace('careful', '<i>careful</i>')}</p>]]></description></item></rss>`, 3],
  'a feed that escapes its markup': ['feed.xml', `<rss>\n<description>&lt;p&gt;${excerpt.replaceAll(' ', '\n')}&lt;/p&gt;</description></rss>`, 2],
  'a search index': ['search.json', JSON.stringify({ docs: [{ body: `x\n${excerpt.toUpperCase()}` }] }, null, 1), 4],
  'JSON-LD': ['a.html', article().replace('</head>', `<script type="application/ld+json">{"@type":"NewsArticle","articleBody":"${excerpt.replaceAll('a', '\\u0061')}"}</script></head>`), 6],
  'a sitemap': ['sitemap.xml', `<urlset><url><news:title>${excerpt}</news:title></url></urlset>`, 1],
  'a source map': ['app.js.map', `{"version":3,\n"sourcesContent":["const a = '${excerpt}\\n';"]}`, 2],
  'a comment': ['index.html', `<p>x</p><!-- ${excerpt} -->`, 1],
};
for (const [name, [file, content, line]] of Object.entries(leaks)) {
  test(`sealed text that also stands in ${name} stops the tool, which names file and line and writes nothing`, async () => {
    const { dir, keys } = await site({ 'a.html': article(), [file]: content });
    const before = await Promise.all((await listing(dir)).map((path) => readFile(join(dir, path), 'utf8')));
    const { code, err } = await farthing('seal', dir, '--keys', keys);
    assert.equal(code, 1);
    assert.ok(err.includes(`${join(dir, file)}:${line}: `), err);
    assert.deepEqual(await Promise.all((await listing(dir)).map((path) => readFile(join(dir, path), 'utf8'))), before);
    assert.deepEqual((await listing(keys)).filter((name) => name.startsWith('keys.json')), []);
  });
}

test('a sentence of the free half that the sealed half says again is no leak', async () => {
  const refrain = '<p>And the gate stayed shut until the farthing had been paid.</p>';
  const { dir, keys } = await site({ 'a.html': article(refrain).replace('<p>The second is', `${refrain.replace('<p>', '<p><i>').replace('</p>', '</i></p>')}\n<p>The second is`).replace('<p>The first', '<div hidden></div><p>The first') });
  const { code, err } = await farthing('seal', dir, '--keys', keys);
  assert.equal(code, 0, err);
});

test('packed copies of a page are looked into', async () => {
  const { gzipSync, brotliCompressSync } = await import('node:zlib');
  for (const [name, pack] of [['a.html.gz', gzipSync], ['a.html.br', brotliCompressSync]] as const) {
    const { dir, keys } = await site({ 'a.html': article(), [name]: pack(Buffer.from(article())) });
    const { code, err } = await farthing('seal', dir, '--keys', keys);
    assert.equal(code, 1);
    assert.ok(err.includes(name));
  }
});

const mistakes: Record<string, [Record<string, string>, RegExp]> = {
  'a price that is none': [{ 'a.html': article('', 'data-farthing-price="twenty cents"') }, /a\.html:8: .*no price/],
  'a price smaller than the smallest coin': [{ 'a.html': article('', 'data-farthing-price="0.0005 EUR"') }, /a\.html:8: .*whole number of 0\.001 EUR/],
  'a price between coins': [{ 'a.html': article('', 'data-farthing-price="0.2005 EUR"') }, /a\.html:8: .*whole number/],
  'a currency the issuer has not': [{ 'a.html': article('', 'data-farthing-price="0.20 USD"') }, /a\.html:8: .*does not deal in USD/],
  'two articles in a page': [{ 'a.html': article() + article() }, /a\.html:\d+: a page can sell one article/],
  'no end of the free half': [{ 'a.html': '<article data-farthing-price="0.20 EUR"><h1>T</h1><p>One.</p></article>' }, /a\.html:1: .*data-farthing-cut/],
  'a cut after which the article goes on elsewhere': [{ 'a.html': '<article data-farthing-price="0.20 EUR"><h1>T</h1><div><hr data-farthing-cut><p>a b c</p></div><p>more</p></article>' }, /a\.html:1: the cut lies inside/],
  'nothing for sale': [{ 'a.html': '<p>free</p>' }, /nothing is for sale/],
  'two files at one address': [{ 'a.html': article(), 'a/index.html': article() }, /same address/],
};
for (const [name, [files, message]] of Object.entries(mistakes)) {
  test(`${name} is said with file and line`, async () => {
    const { dir, keys } = await site(files);
    const { code, err } = await farthing('seal', dir, '--keys', keys);
    assert.equal(code, 1);
    assert.match(err, message);
  });
}

test('keys inside of the published folder, or readable by others, are refused', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  await cp(keys, join(dir, '.farthing'), { recursive: true });
  assert.match((await farthing('seal', dir, '--keys', join(dir, '.farthing'))).err, /would be published/);
  await rm(join(dir, '.farthing'), { recursive: true });
  const { chmod } = await import('node:fs/promises');
  await chmod(join(keys, 'offer-key.json'), 0o644);
  assert.match((await farthing('seal', dir, '--keys', keys)).err, /can be read by others/);
});

test('an issuer that shows another history of its keys is not sealed for', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  assert.equal((await farthing('seal', dir, '--keys', keys)).code, 0);
  const kept = [...issuer.heads];
  issuer.publish({ fork: true });
  await writeFile(join(dir, 'a.html'), article());
  const { code, err } = await farthing('seal', dir, '--keys', keys);
  issuer.heads.splice(0, issuer.heads.length, ...kept);
  assert.equal(code, 1);
  assert.match(err, /manifest_fork/);
});

test('an issuer that cannot be reached is said to be so', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  const { code, err } = await farthing('seal', dir, '--keys', keys, '--issuer', 'http://127.0.0.1:9');
  assert.equal(code, 3);
  assert.match(err, /127\.0\.0\.1:9 cannot be reached/);
});
