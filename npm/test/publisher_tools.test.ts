import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { publisherCore } from '../cli/core.js';
import { type Ask, init } from '../cli/init.js';
import { complaints } from '../cli/linked_data.js';
import { openPart } from '../cli/open.js';
import { readPolicies, wanting } from '../cli/policy.js';
import { voice } from '../cli/progress.js';
import { article, claimsOf, cli, envelopeOf, openDesk, publisher } from './desk.js';

const desk = await openDesk();
const { issuer, site, farthing, folder } = desk;
after(() => desk.close());

const run = (cwd: string, ...given: string[]): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [cli, ...given], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { out: '', err: '' };
    child.stdout.on('data', (data) => (said.out += data));
    child.stderr.on('data', (data) => (said.err += data));
    child.once('close', (code) => resolve({ code: code ?? -1, ...said }));
  });

const home = () => mkdtemp(join(folder, 'home-'));

test('init with flags writes settings and a key readable by its owner only, keeps both out of the repository, and names the next step', async () => {
  const cwd = await home();
  await writeFile(join(cwd, '.gitignore'), '_site/');
  const made = await run(cwd, 'init', '--origin', 'post.example/blog', '--issuer', issuer.id, '--name', 'The Post');
  assert.equal(made.code, 0, made.err);
  const settings = JSON.parse(await readFile(join(cwd, 'farthing.json'), 'utf8'));
  assert.deepEqual(settings, { publisher, name: 'The Post', contact: '', issuers: [issuer.id], currency: 'EUR', keys: '.farthing', purse: true });
  assert.match(made.out, /Your issuer keeps purses for readers/);
  assert.equal((await stat(join(cwd, '.farthing/offer-key.json'))).mode & 0o777, 0o600);
  assert.equal((await stat(join(cwd, '.farthing'))).mode & 0o777, 0o700);
  assert.equal(await readFile(join(cwd, '.gitignore'), 'utf8'), '_site/\n.farthing/\n');
  assert.match(made.out, /answers; it deals in EUR/);
  assert.match(made.out, /Next:[\s\S]*npx farthing seal SITE[\s\S]*farthing-issuer publisher add https:\/\/post\.example/);
  await writeFile(join(cwd, 'a.html'), article());
  // The folder of keys lies inside of this one, and would be published.
  assert.match((await run(cwd, 'seal', '.')).err, /would be published/);
});

test('init writes nothing over; with --force the settings, never the key', async () => {
  const cwd = await home();
  const flags = ['init', '--origin', publisher, '--issuer', issuer.id];
  await run(cwd, ...flags);
  const key = await readFile(join(cwd, '.farthing/offer-key.json'), 'utf8');
  const again = await run(cwd, ...flags, '--name', 'Other');
  assert.equal(again.code, 1);
  assert.match(again.err, /farthing\.json: is there already and stays as it is/);
  assert.equal((await run(cwd, ...flags, '--name', 'Other', '--force')).code, 0);
  assert.equal(JSON.parse(await readFile(join(cwd, 'farthing.json'), 'utf8')).name, 'Other');
  assert.equal(await readFile(join(cwd, '.farthing/offer-key.json'), 'utf8'), key);
});

test('where nobody can be asked, init says which flag is missing; an issuer that does not answer is no hindrance', async () => {
  const cwd = await home();
  assert.match((await run(cwd, 'seal', '.')).err, /farthing\.json: there are no settings here yet; make them with `farthing init`/);
  const bare = await run(cwd, 'init', '--origin', publisher);
  assert.equal(bare.code, 2);
  assert.match(bare.err, /--issuer is needed/);
  const wrong = await run(cwd, 'init', '--origin', 'http://post.example', '--issuer', issuer.id);
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /--origin http:\/\/post\.example: an origin is wanted/);
  const away = await run(cwd, 'init', '--origin', publisher, '--issuer', 'http://127.0.0.1:9');
  assert.equal(away.code, 0);
  assert.match(away.out, /^Note: http:\/\/127\.0\.0\.1:9 cannot be reached \([^()]+\)\. Is it running, and is the address right\? It is asked again when you seal\.$/m);
  assert.doesNotMatch(away.out, /TypeError|fetch failed|issuer_unreachable/);
});

test('init asks until the answer is one, and what it wrote seals', async () => {
  const cwd = await home();
  const answers: Record<string, string[]> = { 'Where will': ['nowhere at all', publisher], name: ['The Post'], write: [''], Whose: [issuer.id], elements: ['main article'], price: ['cheap', '0.10 EUR'] };
  const asked: string[] = [];
  const ask: Ask = async (question) => {
    asked.push(question);
    return Object.entries(answers).find(([word]) => question.includes(word) && !question.startsWith('  '))?.[1].shift() ?? '';
  };
  await init(await publisherCore(), { config: join(cwd, 'farthing.json'), keys: join(cwd, 'keys') }, ask, Math.floor(Date.now() / 1000), () => {});
  assert.ok(asked.some((line) => /an origin is wanted/.test(line)) && asked.some((line) => /a price like/.test(line)));
  const settings = JSON.parse(await readFile(join(cwd, 'farthing.json'), 'utf8'));
  assert.deepEqual(settings.sell, [{ selector: 'main article', price: '0.10 EUR' }]);
  const { dir } = await site({ 'a.html': article('', '').replace('<article ', '<main><article').replace('</article>', '</article></main>') });
  const { code, err } = await run(cwd, 'seal', dir);
  assert.equal(code, 0, err);
  assert.equal(claimsOf(await readFile(join(dir, 'a.html'), 'utf8')).prices[0].amount, 100_000);
});

test('at a terminal a bar says how far it is; elsewhere there are only plain lines', () => {
  const shown: string[] = [];
  const lines: string[] = [];
  const bar = voice({ write: (text) => lines.push(text) }, { isTTY: true, columns: 40, write: (text) => shown.push(text) });
  bar.step(1, 2, 'articles/a-long-name-that-does-not-fit-here.html');
  bar.say('done');
  assert.ok(shown[0]!.includes('████████████░░░░░░░░░░░░ 1/2') && [...shown[0]!.replace('\r\u001b[K', '')].length < 40);
  assert.deepEqual(lines, ['done\n']);
  voice({ write: (text) => lines.push(text) }, { write: (text) => shown.push(text) }).step(1, 2, 'x');
  assert.equal(shown.length, 2, 'the second is the clearing before the line');
});

const served = async (dir: string, ...flags: string[]) => {
  const child = spawn(process.execPath, [cli, 'serve', dir, '--port', '0', ...flags], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (data) => {
      said += data;
      const found = /is at (http:\S+)/.exec(said);
      if (found) resolve(found[1]!);
    });
    child.once('close', () => reject(new Error(said)));
  });
  return { origin, said: () => said, close: () => { child.removeAllListeners('close'); child.kill('SIGTERM'); } };
};

test('serve gives types, ranges and a policy under which a sealed page works, and stays inside of its folder', async () => {
  const { dir, keys } = await site({ 'a.html': article('<script>globalThis.own = 1</script>').replace('</head>', '<script>globalThis.early = 1</script></head>'), 'b/index.html': '<p>b</p>', '404.html': '<p>lost</p>' });
  assert.equal((await farthing('seal', dir, '--keys', keys)).code, 0);
  const { origin, said, close } = await served(dir);
  try {
    const page = await fetch(`${origin}/a`);
    assert.equal(page.headers.get('content-type'), 'text/html;charset=utf-8');
    const policy = page.headers.get('content-security-policy')!;
    assert.match(policy, /script-src 'self' 'wasm-unsafe-eval' 'sha256-/);
    assert.deepEqual(wanting(readPolicies(policy), { self: origin, script: `${origin}/farthing/element/define.js`, issuers: [issuer.id], files: true }), []);
    assert.match(said(), /sealed for https:\/\/post\.example, and only there can they be bought/);
    const wasm = await fetch(`${origin}/farthing/farthing_bg.wasm`, { headers: { range: 'bytes=0-3' } });
    assert.equal(wasm.status, 206);
    assert.equal(wasm.headers.get('content-type'), 'application/wasm');
    assert.equal(await wasm.text(), '\0asm');
    assert.equal((await fetch(`${origin}/farthing/farthing_bg.wasm`, { headers: { range: 'bytes=99999999-' } })).status, 416);
    const document = await fetch(`${origin}/.well-known/farthing.json`);
    assert.deepEqual([document.headers.get('content-type'), document.headers.get('access-control-allow-origin')], ['application/json', '*']);
    assert.equal((await fetch(`${origin}/b/`)).status, 200);
    const lost = await fetch(`${origin}/nothing`);
    assert.deepEqual([lost.status, await lost.text()], [404, '<p>lost</p>']);
    assert.equal((await fetch(`${origin}/a`, { method: 'POST' })).status, 405);
    for (const path of ['/../keys/offer-key.json', '/%2e%2e/keys/offer-key.json', '/..%2fkeys/offer-key.json', '/%', '/%00']) {
      const status = await new Promise<number>((resolve, reject) => {
        const asking = request({ host: '127.0.0.1', port: new URL(origin).port, path }, (answer) => { answer.resume(); resolve(answer.statusCode!); });
        asking.on('error', reject).end();
      });
      assert.ok(status >= 400, `${path}: ${status}`);
    }
    await writeFile(join(dir, 'new.html'), '<p>just written</p>');
    assert.equal((await fetch(`${origin}/new`)).status, 200);
  } finally {
    close();
  }
  const taken = await served(dir);
  const second = await farthing('serve', dir, '--port', new URL(taken.origin).port);
  taken.close();
  assert.equal(second.code, 4);
  assert.match(second.err, /is taken; give another with --port, and seal for that address/);
});

test('without flags serve is at the origin that the settings name, if that is on this machine, because only there can its pages be bought', async () => {
  const free = createServer();
  await new Promise<void>((done) => free.listen(0, '127.0.0.1', done));
  const { port } = free.address() as AddressInfo;
  await new Promise((done) => free.close(done));
  for (const host of ['127.0.0.1', 'localhost']) {
    const cwd = await home();
    const origin = `http://${host}:${port}`;
    assert.equal((await run(cwd, 'init', '--origin', origin, '--issuer', issuer.id)).code, 0);
    await mkdir(join(cwd, 'site'));
    await writeFile(join(cwd, 'site/a.html'), article());
    assert.equal((await run(cwd, 'seal', 'site')).code, 0);
    const child = spawn(process.execPath, [cli, 'serve', 'site'], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      let said = '';
      child.stdout.on('data', (data) => (said += data));
      while (!said.includes('\n')) await once(child.stdout, 'data');
      assert.equal(said, `site is at ${origin} (Ctrl-C ends it)\n`);
      assert.equal((await fetch(`${origin}/a`)).status, 200);
      assert.doesNotMatch(said, /Note/);
    } finally {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }
  }
});

test('what the settings say of purse, starter reads and words is said to the element, and what is no such thing is refused', async () => {
  const cwd = await home();
  await run(cwd, 'init', '--origin', publisher, '--issuer', issuer.id);
  const settings = JSON.parse(await readFile(join(cwd, 'farthing.json'), 'utf8'));
  const sealed = async (more: object, ...flags: string[]) => {
    const dir = await mkdtemp(join(cwd, 'site-'));
    await writeFile(join(cwd, 'farthing.json'), JSON.stringify({ ...settings, purse: undefined, ...more }));
    await writeFile(join(dir, 'a.html'), article());
    const { code, err } = await run(cwd, 'seal', dir, ...flags);
    return code === 0 ? /<farthing-paywall class="farthing-sealed"(.*?)>/.exec(await readFile(join(dir, 'a.html'), 'utf8'))![1] : err;
  };
  assert.equal(await sealed({}), '');
  assert.equal(await sealed({ purse: true, starter: 3, words: '/words/nl.json?a&b' }), ' purse starter="3" words="/words/nl.json?a&amp;b"');
  assert.equal(await sealed({}, '--purse'), ' purse');
  assert.equal(await sealed({ offline: true }), '', 'it is no matter of the element');
  assert.match((await sealed({ purse: 'yes' }))!, /`purse` has to be true or false/);
  assert.match((await sealed({ starter: -1 }))!, /`starter` has to be a number of articles/);
  assert.match((await sealed({ words: '"><script>' }))!, /`words` has to be the address of a JSON file/);
});

test('a site that keeps what is bought for reading offline has the worker on top, and pages that tell it; another site has neither', async () => {
  const cwd = await home();
  await run(cwd, 'init', '--origin', publisher, '--issuer', issuer.id);
  const sealed = async (...flags: string[]) => {
    const dir = await mkdtemp(join(cwd, 'site-'));
    await writeFile(join(dir, 'a.html'), article());
    const { code, err } = await run(cwd, 'seal', dir, '--base', '/blog/', ...flags);
    assert.equal(code, 0, err);
    return { page: await readFile(join(dir, 'a.html'), 'utf8'), files: await readdir(dir, { recursive: true }) };
  };
  const without = await sealed();
  assert.ok(!without.page.includes('offline') && !without.files.some((name) => name.includes('offline')));
  const { page, files } = await sealed('--offline');
  assert.match(page, /<script type="module" src="\/blog\/farthing\/element\/define\.js" blocking="render"><\/script>\n<script type="module" src="\/blog\/farthing\/offline\/keep\.js"><\/script>/);
  assert.ok(files.includes('farthing-offline.js') && files.includes('farthing/offline/keep.js'));
});

test('init keeps the key out of a repository that is made later, or lies further up', async () => {
  const cwd = await home();
  await run(cwd, 'init', '--origin', publisher, '--issuer', issuer.id);
  assert.equal(await readFile(join(cwd, '.gitignore'), 'utf8'), '.farthing/\n');
});

test('a policy is judged as browsers judge it', () => {
  const needs = { self: 'https://post.example', script: 'https://post.example/farthing/element/define.js', issuers: ['https://issuer.example'], files: true };
  const codes = (text: string) => wanting(readPolicies(text), needs).map(({ code }) => code);
  assert.deepEqual(codes(''), []);
  assert.deepEqual(codes("script-src 'self' 'wasm-unsafe-eval'; connect-src 'self' https://issuer.example"), []);
  assert.deepEqual(codes("default-src 'self'"), ['csp_wasm', 'csp_connect', 'csp_image']);
  assert.deepEqual(codes("default-src 'none'"), ['csp_script', 'csp_wasm', 'csp_connect', 'csp_connect', 'csp_image']);
  assert.deepEqual(codes("script-src 'strict-dynamic' 'nonce-x' 'wasm-unsafe-eval'"), ['csp_script']);
  assert.deepEqual(codes("script-src 'self' 'unsafe-eval'; connect-src https: ; img-src 'self' blob:"), []);
  assert.deepEqual(codes("script-src https://*.example 'wasm-unsafe-eval'; connect-src *"), []);
  assert.deepEqual(codes("script-src https://*.other.example 'wasm-unsafe-eval'; connect-src post.example issuer.example:444"), ['csp_script', 'csp_connect']);
  assert.deepEqual(codes("trusted-types app; require-trusted-types-for 'script'"), ['csp_trusted_types']);
  assert.deepEqual(codes("script-src 'self', script-src 'self' 'wasm-unsafe-eval'"), ['csp_wasm'], 'of two policies each has to allow it');
});

test('structured data is held against what search engines ask', () => {
  const good = { '@context': 'https://schema.org', '@type': 'NewsArticle', isAccessibleForFree: false, hasPart: { '@type': 'WebPageElement', isAccessibleForFree: false, cssSelector: '.farthing-sealed' } };
  const classes = new Set(['farthing-sealed']);
  const wrong = (change: object, more = classes) => complaints([JSON.stringify({ ...good, ...change })], more).join('\n');
  assert.equal(wrong({}), '');
  assert.match(wrong({ isAccessibleForFree: 'False' }), /a boolean/);
  assert.match(wrong({ hasPart: undefined }), /no `hasPart`/);
  assert.match(wrong({ hasPart: { ...good.hasPart, cssSelector: '#rest' } }), /one class/);
  assert.match(wrong({}, new Set()), /matches nothing/);
  assert.match(wrong({ '@context': undefined }), /no @context|an @context/);
  assert.match(complaints(['{'], classes).join(), /not JSON.*isAccessibleForFree/s);
});

test('a sealed part opens with its key by the specification’s own steps, of whatever length', async () => {
  const core = await publisherCore();
  for (const length of [0, 1, 65_520, 65_521, 200_000]) {
    const key = core.newContentKey();
    const plain = Uint8Array.from({ length }, (_, at) => at % 251);
    const { part } = core.sealPart({ publisher, resource: '/a', version: '1' }, plain, key);
    assert.ok(Buffer.from(openPart(part, key)).equals(Buffer.from(plain)), String(length));
    assert.throws(() => openPart(part, core.newContentKey()));
  }
});

test('the doctor finds nothing wrong with a site as it is served, and everything that is put wrong', async () => {
  const { server, origin, bend } = await bentSite();
  try {
    const well = await look(`${origin}/a.html`);
    assert.equal(well.code, 0, well.out);
    assert.deepEqual(well.codes.filter((code) => !['opener_policy', 'document_cors'].includes(code)), []);
    const cases: [path: string, change: (answer: Bent) => void, wanted: string, exit: number][] = [
      ['/farthing/farthing_bg.wasm', (answer) => (answer.headers['content-type'] = 'application/octet-stream'), 'wasm_type', 0],
      ['/farthing/farthing_bg.wasm', (answer) => (answer.body = Buffer.from('<!doctype html>')), 'wasm_missing', 1],
      ['/farthing/element/engine.js', (answer) => (answer.headers['content-type'] = 'text/plain'), 'script_type', 1],
      ['/farthing/element/define.js', (answer) => (answer.status = 404), 'script_missing', 1],
      ['/farthing-offline.js', (answer) => (answer.status = 404), 'offline_missing', 0],
      ['/farthing/offline/keep.js', (answer) => (answer.headers['content-type'] = 'text/html'), 'offline_missing', 0],
      ['/.well-known/farthing.json', (answer) => (answer.status = 404), 'document_missing', 1],
      ['/.well-known/farthing.json', (answer) => (answer.body = Buffer.from(answer.body.toString().replace(/"x":"[^"]{4}/, '"x":"AAAA'))), 'offer_refused', 1],
      ['/.well-known/farthing.json', (answer) => (answer.headers['cache-control'] = 'max-age=999999'), 'document_cache', 0],
      ['/a.html', (answer) => (answer.headers['content-security-policy'] = "default-src 'self'"), 'csp_wasm', 1],
      ['/a.html', (answer) => (answer.headers['cache-control'] = 'no-store'), 'page_not_cached', 0],
      ['/a.html', (answer) => (answer.body = Buffer.from(answer.body.toString().replace('"isAccessibleForFree":false,"hasPart"', '"isAccessibleForFree":"no","hasPart"'))), 'structured_data', 0],
      ['/a.html', (answer) => (answer.body = Buffer.from(answer.body.toString().replace(/("part":".{400})(.)/, (_, before, one) => before + (one === 'A' ? 'B' : 'A')))), 'content_damaged', 1],
      ['/a.html', (answer) => (answer.body = Buffer.from(answer.body.toString().replace('</head>', `<meta name="description" content="${leaked}"></head>`))), 'text_in_the_clear', 1],
      ['/feed.xml', (answer) => Object.assign(answer, { status: 200, body: Buffer.from(`<rss>${leaked}</rss>`) }), 'text_in_the_clear', 1],
      ['/a.html', (answer) => (answer.body = Buffer.from(article())), 'article_missing', 1],
      ['/a.html', (answer) => (answer.status = 500), 'page_status', 1],
    ];
    for (const [path, change, wanted, exit] of cases) {
      bend(path, change);
      const { code, codes, out } = await look(`${origin}/a.html`);
      assert.ok(codes.includes(wanted), `${path} ${wanted}: ${out}`);
      assert.equal(code, exit, `${wanted}: ${out}`);
    }
    bend('', () => {});
    const elsewhere = await look(`${origin}/copy.html`);
    assert.ok(elsewhere.out.includes('offer_audience'));
    assert.equal((await look(`${origin}/a.html`, '--keys', 'no-such-folder')).codes.includes('clear_text_not_checked'), true);
    assert.equal((await farthing('doctor', 'http://127.0.0.1:9/a')).code, 3);
    assert.equal((await farthing('doctor', 'not an address')).code, 2);
    const words = await farthing('doctor', `${origin}/a.html`, '--keys', doctorKeys);
    assert.match(words.out, /right {2}structured data[\s\S]*Readers can buy and read here\./);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

interface Bent { status: number; headers: Record<string, string>; body: Buffer }
const leaked = 'were paid by the wheel, and a careful carter counted his wheels';
let doctorKeys = '';

/** A sealed site on its own origin, whose answers can be bent one at a time. */
const bentSite = async () => {
  const { createServer } = await import('node:http');
  let rule: { path: string; change: (answer: Bent) => void } = { path: '', change: () => {} };
  let dir = '';
  const types: Record<string, string> = { html: 'text/html', js: 'text/javascript', wasm: 'application/wasm', json: 'application/json' };
  const server = createServer(async (asked, response) => {
    const path = asked.url!;
    const body = await readFile(join(dir, path)).catch(() => null);
    const answer: Bent = { status: body ? 200 : 404, headers: { 'content-type': types[path.split('.').at(-1)!] ?? 'text/plain' }, body: body ?? Buffer.from('') };
    if (path === rule.path) rule.change(answer);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const made = await site({ 'a.html': article() });
  dir = made.dir;
  doctorKeys = made.keys;
  const { code, err } = await farthing('seal', dir, '--keys', made.keys, '--origin', origin, '--offline');
  assert.equal(code, 0, err);
  await writeFile(join(dir, 'copy.html'), await readFile(join(dir, 'a.html')));
  assert.ok(envelopeOf(await readFile(join(dir, 'a.html'), 'utf8')));
  return { server, origin, bend: (path: string, change: (answer: Bent) => void) => { rule = { path, change }; } };
};

const look = async (address: string, ...flags: string[]) => {
  const { code, out, err } = await farthing('doctor', address, '--json', '--keys', doctorKeys, ...flags);
  assert.ok(out, err);
  return { code, out, codes: (JSON.parse(out).findings as { code: string }[]).map((one) => one.code) };
};

