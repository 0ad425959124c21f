import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, mock, test } from 'node:test';
import { IDBFactory } from 'fake-indexeddb';
import { createPaywall } from '../src/paywall.js';
import { article, claimsOf, cli, envelopeOf, listing, openDesk, publisher } from './desk.js';

const desk = await openDesk();
const { issuer, site, farthing } = desk;
after(() => desk.close());

const contents = async (dir: string): Promise<Record<string, string>> => {
  const files: Record<string, string> = {};
  for (const path of await listing(dir)) if ((await stat(join(dir, path))).isFile()) files[path] = (await readFile(join(dir, path))).toString('latin1');
  return files;
};

const sealed = async (dir: string, keys: string, ...more: string[]): Promise<string> => {
  const { code, out, err } = await farthing('seal', dir, '--keys', keys, ...more);
  assert.equal(code, 0, err);
  return out;
};

/** A reader's browser at a page of the folder; what it asks for comes from there. */
const visit = async (dir: string, path: string, address: string, disk = new IDBFactory()) =>
  createPaywall({
    sealed: envelopeOf(await readFile(join(dir, path), 'utf8')), page: { origin: publisher, path: address }, indexedDB: disk,
    core: await readFile(new URL('../wasm/farthing_bg.wasm', import.meta.url)),
    fetch: async (asked, init) => {
      if (asked.startsWith(issuer.id)) return issuer.fetch(asked, init);
      const body = await readFile(join(dir, new URL(asked).pathname)).catch(() => null);
      return new Response(body && new Uint8Array(body), { status: body ? 200 : 404 });
    },
  });

const buy = async (dir: string, path: string, address: string, disk: IDBFactory) => {
  const page = await visit(dir, path, address, disk);
  const load = await page.load(500_000, publisher + address);
  assert.ok(load.kind === 'checkout');
  issuer.settle(load.order);
  await page.collect();
  const opened = await page.unlock();
  assert.ok(opened.kind === 'opened');
  return opened;
};

test('a site built again without a change keeps every byte of what was published', async () => {
  const { dir, keys } = await site({ 'a.html': article(), 'b.html': article('<p>Another.</p>', 'data-farthing-price="0.50 EUR"') });
  await sealed(dir, keys);
  const before = await contents(dir);
  for (const [path, text] of [['a.html', article()], ['b.html', article('<p>Another.</p>', 'data-farthing-price="0.50 EUR"')]] as const) await writeFile(join(dir, path), text);
  assert.match(await sealed(dir, keys), /2 with the key they had, 2 of them unchanged/);
  assert.deepEqual(await contents(dir), before);
  await writeFile(join(dir, 'a.html'), article('', 'data-farthing-price="0.30 EUR"'));
  assert.match(await sealed(dir, keys), /a\.html: offered anew, with the key it had/);
  const { 'a.html': changed, ...others } = await contents(dir);
  const { 'a.html': original, ...same } = before;
  assert.deepEqual(others, same);
  assert.notEqual(changed, original);
});

test('a changed text gets another key and version; who bought the old one opens it still, also from the publisher’s copy', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  await sealed(dir, keys);
  const old = claimsOf(await readFile(join(dir, 'a.html'), 'utf8'));
  const disk = new IDBFactory();
  const bought = await buy(dir, 'a.html', '/a', disk);
  await writeFile(join(dir, 'a.html'), article('<p>A correction.</p>'));
  assert.match(await sealed(dir, keys), /a\.html: sealed again, under a new key/);
  const now = claimsOf(await readFile(join(dir, 'a.html'), 'utf8'));
  assert.notEqual(now.version, old.version);
  assert.notEqual(now.key_commit, old.key_commit);
  const read = await (await visit(dir, 'a.html', '/a', disk)).read();
  assert.ok(read?.kind === 'opened' && read.newer && read.html === bought.html);
  // The browser has lost the text, and kept what was paid.
  await new Promise<void>((resolve) => {
    const opening = disk.open('farthing', 1);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction('texts', 'readwrite');
      transaction.objectStore('texts').clear();
      transaction.oncomplete = () => resolve();
    };
  });
  const again = await (await visit(dir, 'a.html', '/a', disk)).read();
  assert.ok(again?.kind === 'opened' && again.html === bought.html);
  await rm(join(dir, 'farthing/parts'), { recursive: true });
  const kept = await (await visit(dir, 'a.html', '/a', disk)).read();
  assert.ok(kept?.kind === 'opened' && kept.html === bought.html, 'once fetched, it is kept again');
});

test('a sealed folder is offered anew when terms change, when told to, and when half of an offer’s time is over', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  await sealed(dir, keys);
  const first = await readFile(join(dir, 'a.html'), 'utf8');
  await writeFile(join(keys, 'terms.txt'), 'Our terms.');
  assert.match(await sealed(dir, keys, '--terms', join(keys, 'terms.txt')), /sealed already: 1 article, 1 offered anew/);
  const second = await readFile(join(dir, 'a.html'), 'utf8');
  assert.notEqual(claimsOf(second).terms, claimsOf(first).terms);
  assert.deepEqual(claimsOf(second).content, claimsOf(first).content);
  assert.equal(JSON.parse(envelopeOf(second)).part, JSON.parse(envelopeOf(first)).part);
  await sealed(dir, keys);
  const { sealSite } = await import(new URL('../dist/publisher.js', import.meta.url).href);
  const third = await readFile(join(dir, 'a.html'), 'utf8');
  const later = async (days: number) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() + days * 86_400_000 });
    await sealSite(dir, dirname(dir), { keys }, () => {}).finally(() => mock.timers.reset());
    return readFile(join(dir, 'a.html'), 'utf8');
  };
  assert.equal(await later(150), third);
  const fourth = claimsOf(await later(190));
  assert.ok(fourth.exp > claimsOf(third).exp + 180 * 86_400);
  assert.deepEqual(fourth.content, claimsOf(third).content);
});

const gate = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(90_000, 7)]);

test('pictures and downloads of the sealed half are sealed with it, leave the site, and come back in a buyer’s page', async () => {
  const body = '<p><a href="data/tolls.csv" download>Table</a> and <a href="about.html">about</a></p><img srcset="/gate.png 1x, big.png 2x" src="gate.png" alt="">';
  const { dir, keys } = await site({ 'a.html': article(body), 'about.html': '<p>About</p>', 'gate.png': gate, 'big.png': Buffer.concat([gate, gate]), 'data/tolls.csv': 'gate,toll\nnorth,2\n' });
  const report = await sealed(dir, keys);
  assert.match(report, /3 files sealed with them/);
  assert.ok(!(await listing(dir)).some((path) => /gate|big\.png|tolls/.test(path)));
  const { content } = claimsOf(await readFile(join(dir, 'a.html'), 'utf8'));
  assert.equal(content[0].media_type, 'application/vnd.farthing.article');
  assert.equal(content[0].place, `/farthing/parts/${content[0].ct_hash}`);
  const opened = await buy(dir, 'a.html', '/a', new IDBFactory());
  assert.ok(!opened.html.includes('cid:') && opened.html.includes('href="about.html"'));
  const addresses = [...opened.html.matchAll(/blob:[^"\s]+/g)].map(([address]) => address);
  assert.equal(addresses.length, 5);
  const shown = await fetch(addresses.at(-1)!);
  assert.ok(Buffer.from(await shown.arrayBuffer()).equals(gate) && shown.headers.get('content-type') === 'image/png');
  const table = await fetch(/href="(blob:[^"]+)"/.exec(opened.html)![1]!);
  assert.equal(await table.text(), 'gate,toll\nnorth,2\n');
  assert.equal(table.headers.get('content-type'), 'application/octet-stream');
  opened.release();
  await assert.rejects(fetch(addresses[0]!));
});

test('a generator that does not copy a sealed picture again gets the same sealed bytes; a picture that is also named in the clear stays', async () => {
  const { dir, keys } = await site({ 'a.html': article(), 'gate.png': gate });
  await sealed(dir, keys);
  const before = await contents(dir);
  await writeFile(join(dir, 'a.html'), article());
  await sealed(dir, keys);
  assert.deepEqual(await contents(dir), before);
  await writeFile(join(dir, 'a.html'), article());
  await writeFile(join(dir, 'gate.png'), gate);
  await sealed(dir, keys);
  assert.deepEqual(await contents(dir), before, 'copied again, it is taken out again');
  const teaser = '<img src="gate.png" alt="The teaser">';
  await writeFile(join(dir, 'a.html'), article());
  await writeFile(join(dir, 'gate.png'), gate);
  await writeFile(join(dir, 'index.html'), `<p>Front</p>\n${teaser}`);
  assert.match(await sealed(dir, keys), /gate\.png stays in the clear, because .*index\.html:2 names it, too/);
  assert.ok((await listing(dir)).includes('gate.png'));
  assert.equal(claimsOf(await readFile(join(dir, 'a.html'), 'utf8')).content[0].media_type, 'text/html');
});

test('an article whose files come to more than a browser should hold is refused', async () => {
  const { dir, keys } = await site({ 'a.html': article(), 'gate.png': Buffer.alloc(33 << 20, 1) });
  const { code, err } = await farthing('seal', dir, '--keys', keys);
  assert.equal(code, 1);
  assert.match(err, /a\.html:8: .*32 MiB is the most/);
});

test('JSON-LD of an article inside of a graph is completed where it stands', async () => {
  const graph = { '@context': 'https://schema.org', '@graph': [{ '@type': 'WebSite', name: 'x' }, { '@type': ['BlogPosting'], headline: 'Turnpikes' }] };
  const { dir, keys } = await site({ 'a.html': article().replace('</head>', `<script type="application/ld+json">${JSON.stringify(graph)}</script></head>`) });
  await sealed(dir, keys);
  const page = await readFile(join(dir, 'a.html'), 'utf8');
  const blocks = [...page.matchAll(/<script type="application\/ld\+json">(.*?)<\/script>/gs)].map(([, text]) => JSON.parse(text!));
  assert.equal(blocks.length, 1);
  assert.deepEqual(blocks[0]['@graph'][1].hasPart, { '@type': 'WebPageElement', isAccessibleForFree: false, cssSelector: '.farthing-sealed' });
});

test('a selector sells what pages do not mark; what a page says itself goes first', async () => {
  const { dir, keys } = await site({ 'a.html': article('', 'class="paid long"'), 'b.html': article('<p>More.</p>', 'class="paid" data-farthing-price="0.50 EUR"'), 'c.html': article('<p>Free.</p>', '') });
  await sealed(dir, keys, '--selector', 'article.paid', '--price', '0.10 EUR').catch(() => {});
  const { code, err } = await farthing('seal', dir, '--keys', keys, '--selector', 'article.paid', '--price', '0.10 EUR');
  assert.equal(code, 1, 'c.html says the same words in the clear');
  assert.match(err, /c\.html/);
  await rm(join(dir, 'c.html'));
  await sealed(dir, keys, '--selector', 'article.paid', '--price', '0.10 EUR');
  const [a, b] = await Promise.all(['a.html', 'b.html'].map((path) => readFile(join(dir, path), 'utf8')));
  assert.equal(claimsOf(a!).prices[0].amount, 100_000);
  assert.equal(claimsOf(b!).prices[0].amount, 500_000);
  assert.match(a!, /<article data-farthing-sealed="0\.10 EUR" class="paid long">/);
  assert.match(b!, /<article data-farthing-sealed="0\.50 EUR" class="paid">/);
});

const mistakes: Record<string, [change: (dir: string, keys: string) => Promise<void>, flags: string[], exit: number, RegExp]> = {
  'a selector that matches nothing': [async () => {}, ['--selector', '.nothing', '--price', '0.20 EUR'], 1, /`\.nothing` matches nothing/],
  'a selector that is none': [async () => {}, ['--selector', 'a[[', '--price', '0.20 EUR'], 1, /is no CSS selector/],
  'a selector without a price': [async () => {}, ['--selector', 'article'], 1, /`sell` has to be a list/],
  'no key': [(_, keys) => rm(join(keys, 'offer-key.json')), [], 1, /there is no offer key; make one with `farthing init`/],
  'a key file that is no JSON': [(_, keys) => writeFile(join(keys, 'offer-key.json'), '{"secret": "'), [], 1, /offer-key\.json: is not a JSON object/],
  'a key of the wrong length': [(_, keys) => writeFile(join(keys, 'offer-key.json'), '{"secret": "AAAA"}'), [], 1, /holds no key of 32 bytes/],
  'content keys that are no list': [(_, keys) => writeFile(join(keys, 'keys.json'), '{"keys": {}}', { mode: 0o600 }), [], 1, /keys\.json: has no list `keys`/],
  'settings that are no JSON': [(_, keys) => writeFile(join(keys, 'farthing.json'), '{"publisher": }'), [], 1, /farthing\.json: is not JSON/],
  'a setting that is misspelt': [(_, keys) => writeFile(join(keys, 'farthing.json'), '{"isuers": []}'), [], 1, /does not know `isuers`; did you mean `issuers`\?/],
  'an option that is misspelt': [async () => {}, ['--isuer', 'x'], 2, /no option `--isuer`; did you mean `--issuer`\?/],
  'an article without a teaser': [(dir) => writeFile(join(dir, 'a.html'), '<article data-farthing-price="0.20 EUR"><h1>T</h1><hr data-farthing-cut><p>All of it is sealed.</p></article>'), [], 1, /a\.html:1: the article has no free half/],
  'terms that are not there': [async () => {}, ['--terms', 'no-such-file.txt'], 1, /the terms cannot be read/],
  'a damaged sealed page': [(dir) => writeFile(join(dir, 'a.html'), '<farthing-paywall><script type="application/farthing+json">{"v":1</script></farthing-paywall>'), [], 1, /a\.html: holds a <farthing-paywall> whose content is damaged/],
};
for (const [name, [change, flags, exit, message]] of Object.entries(mistakes)) {
  test(`${name} is said plainly, ends with ${exit} and writes nothing`, async () => {
    const { dir, keys } = await site({ 'a.html': article() });
    await change(dir, keys);
    const before = [await contents(dir), await contents(keys)];
    const { code, err, out } = await farthing('seal', dir, '--keys', keys, ...flags);
    assert.match(err, message);
    assert.equal(code, exit, out);
    assert.deepEqual([await contents(dir), await contents(keys)], before);
  });
}

test('a command that is misspelt is told the nearest; for programs a complaint is JSON with a stable code', async () => {
  const wrong = await farthing('sael', 'x');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /no command `sael`; did you mean `seal`\?/);
  const { dir, keys } = await site({ 'a.html': article() });
  const done = await farthing('seal', dir, '--keys', keys, '--json');
  assert.deepEqual(JSON.parse(done.out).articles.map(({ file, resource, change }: Record<string, string>) => [file, resource, change]), [['a.html', '/a', 'new']]);
  await writeFile(join(dir, 'feed.xml'), '<p>x</p>');
  await writeFile(join(dir, 'a.html'), '<article data-farthing-price="x"><p>a b</p></article>');
  const { err, code } = await farthing('seal', dir, '--keys', keys, '--json');
  assert.equal(code, 1);
  assert.deepEqual({ ...JSON.parse(err), message: '' }, { code: 'site_invalid', message: '', file: join(dir, 'a.html'), line: 1 });
});

test('while one seals with these keys another is told to wait; what a dead one left is taken over', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  await writeFile(join(keys, 'lock'), String(process.pid), { mode: 0o600 });
  const { code, err } = await farthing('seal', dir, '--keys', keys);
  assert.equal(code, 4);
  assert.match(err, /another `farthing seal` \(process \d+\) is at work/);
  await writeFile(join(keys, 'lock'), '999999999');
  await sealed(dir, keys);
  assert.ok(!(await listing(keys)).includes('lock'));
});

test('two that seal at the same time end as one did: nobody’s keys are lost', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  const results = await Promise.all([1, 2, 3].map(() => farthing('seal', dir, '--keys', keys)));
  assert.ok(results.some(({ code }) => code === 0));
  assert.ok(results.every(({ code }) => code === 0 || code === 4), results.map(({ err }) => err).join());
  const { ct_hash } = claimsOf(await readFile(join(dir, 'a.html'), 'utf8')).content[0];
  assert.deepEqual(JSON.parse(await readFile(join(keys, 'keys.json'), 'utf8')).keys.map((one: { ct_hash: string }) => one.ct_hash), [ct_hash]);
});

const start = (command: string, given: string[]) => {
  const child = spawn(command, given, { cwd: desk.folder, stdio: ['ignore', 'ignore', 'pipe'] });
  let err = '';
  child.stderr.on('data', (data) => (err += data));
  const ended = new Promise<{ code: number | null; err: string }>((resolve) => child.once('close', (code) => resolve({ code, err })));
  return { child, ended };
};

test('where the disk takes no more, the site is as it was and nothing lies about', async () => {
  const { dir, keys } = await site({ 'a.html': article(), 'gate.png': gate });
  const before = [await contents(dir), (await readdir(dirname(dir))).sort()];
  // No file may grow beyond 64 KiB: the WebAssembly file is larger, and so is the sealed part.
  const { code, err } = await start('bash', ['-c', 'ulimit -f 64; exec "$0" "$@"', process.execPath, cli, 'seal', dir, '--keys', keys]).ended;
  assert.equal(code, 5, err);
  assert.match(err, /no room to write .*nothing of the site was changed/);
  assert.deepEqual([await contents(dir), (await readdir(dirname(dir))).sort()], before);
  assert.ok(!(await listing(keys)).some((name) => name.endsWith('.new') || name === 'lock'));
  await sealed(dir, keys);
});

test('interrupted while it waits for the issuer, it leaves site and keys as they were', async () => {
  const { dir, keys } = await site({ 'a.html': article() });
  const before = [await contents(dir), await contents(keys), (await readdir(dirname(dir))).sort()];
  let asked!: () => void;
  const waiting = new Promise<void>((resolve) => (asked = resolve));
  desk.hold = () => (asked(), new Promise(() => {}));
  const { child, ended } = start(process.execPath, [cli, 'seal', dir, '--keys', keys]);
  await waiting;
  child.kill('SIGINT');
  assert.equal((await ended).code, 130);
  desk.hold = async () => {};
  assert.deepEqual([await contents(dir), await contents(keys), (await readdir(dirname(dir))).sort()], before);
});

test('killed at any moment, every page is whole, old or new, and sealing again does the rest', async () => {
  const pages = Object.fromEntries(Array.from({ length: 12 }, (_, n) => [`p${n}.html`, article(`<p>Page ${n}.</p>`)]));
  const { dir, keys } = await site(pages);
  for (const delay of [250, 350, 420, 480, 540, 600, 700]) {
    const { child, ended } = start(process.execPath, [cli, 'seal', dir, '--keys', keys]);
    const timer = setTimeout(() => child.kill('SIGKILL'), delay);
    await ended;
    clearTimeout(timer);
    for (const [path, text] of Object.entries(pages)) {
      const page = await readFile(join(dir, path), 'utf8');
      assert.ok(page === text || JSON.parse(envelopeOf(page)).v === 1, path);
    }
  }
  await sealed(dir, keys);
  for (const path of Object.keys(pages)) assert.equal(claimsOf(await readFile(join(dir, path), 'utf8')).iss, publisher);
  assert.deepEqual((await readdir(dirname(dir))).sort(), ['keys', 'site']);
});
