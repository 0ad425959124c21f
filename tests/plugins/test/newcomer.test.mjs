// A newcomer's first five minutes: nothing but what docs/publishers.md says, taken from there word for word.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Issuer, program } from '../../harness/issuer.mjs';
import { fund, isLocked, isOpen, launch, pay, Reader } from '../../e2e/harness/reader.mjs';
import { ROOT, Workshop } from '../harness/workshop.mjs';

/** The steps of the section: files to write, and lines to run. */
const steps = (text) => {
  const section = text.slice(text.indexOf('## Five minutes'), text.indexOf('\n## Mark'));
  return [...section.matchAll(/([^\n]*)\n\n```(\w+)\n([\s\S]*?)```/g)].map(([, before, kind, body]) =>
    kind === 'sh' ? { lines: body.trim().split('\n') } : { file: /.*`([^`]+)`[^`]*:$|.*`([^`]+)`;[^`]*:$/.exec(before)?.slice(1).find(Boolean), body });
};

const freePort = async () => {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
};

test('issuer and site of the document, and what the issuer opens beside it, have addresses of their own', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'farthing-newcomer-'));
  try {
    const text = await readFile(join(ROOT, 'docs/publishers.md'), 'utf8');
    const [, id] = /`farthing-issuer init --sandbox --issuer-id (\S+)`/.exec(text);
    const [, site] = /npx farthing init --origin (\S+)/.exec(text);
    await promisify(execFile)(program(), ['init', '--sandbox', '--issuer-id', id, '--dir', dir]);
    const opened = [...(await readFile(join(dir, 'farthing.toml'), 'utf8')).matchAll(/^(?:listen|address) = "(.+)"$/gm)].map(([, address]) => address);
    assert.equal(opened.length, 2, 'for readers, and for the operator');
    assert.ok(opened.includes(new URL(id).host) && !opened.includes(new URL(site).host), `${site} beside ${opened}`);
    assert.ok((await readFile(join(ROOT, 'README.md'), 'utf8')).includes(`farthing-issuer publisher add ${site}`), 'the same in README.md');
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('with the document alone, a blog of one’s own sells an article that a reader buys and keeps', async () => {
  const [issuer, browser, port] = [await Issuer.start(), await launch(), await freePort()];
  const workshop = await Workshop.open(fileURLToPath(new URL('../node_modules', import.meta.url)));
  const preview = [];
  try {
    const home = join(workshop.folder, 'home');
    await mkdir(home);
    const mine = (line) => line.replaceAll('127.0.0.1:8787', new URL(issuer.origin).host).replaceAll('127.0.0.1:8789', `127.0.0.1:${port}`);
    let cwd = home;
    const did = [];
    for (const { file, body, lines = [] } of steps(await readFile(join(ROOT, 'docs/publishers.md'), 'utf8'))) {
      if (body !== undefined) {
        assert.ok(file, `the file of this block is not named:\n${body}`);
        await writeFile(join(cwd, file), body);
        did.push(file);
      }
      for (const line of lines.map(mine)) {
        did.push(line);
        if (line === 'mkdir my-blog && cd my-blog') {
          await workshop.shell('mkdir my-blog', cwd);
          cwd = join(cwd, 'my-blog');
        } else if (line.startsWith('npm install')) {
          assert.equal(line, 'npm install farthing @11ty/eleventy');
          await symlink(join(workshop.folder, 'node_modules'), join(cwd, 'node_modules'));
        } else if (line.startsWith('npx farthing serve')) {
          preview.push(await workshop.start(line, cwd, new RegExp(`is at http://127\\.0\\.0\\.1:${port} `)));
        } else if (line.startsWith('farthing-issuer')) {
          await workshop.shell(line.replace('farthing-issuer', program()), issuer.dir);
        } else await workshop.shell(line, cwd);
      }
    }
    assert.deepEqual(did.filter((step) => !step.includes(' ')), ['eleventy.config.js', '_includes/post.njk', 'tolls.md']);
    const article = { path: '/tolls/', last: 'The keeper counted wheels, not people, and that is why carts on that road had three.' };
    const reader = await Reader.sit(browser, { origin: `http://127.0.0.1:${port}` });
    const locked = await reader.open(article);
    await isLocked(locked, article);
    await locked.close();
    const tab = await fund(reader, article);
    await pay(tab).click();
    await isOpen(tab, article);
    await tab.reload();
    await isOpen(tab, article);
    const said = await workshop.shell(`npx farthing doctor http://127.0.0.1:${port}/tolls/`, cwd);
    assert.match(said, /Readers can buy and read here\./);
    assert.match(said, /right {2}no sealed text in the clear/);
    await reader.leave();
  } finally {
    for (const { stop } of preview) stop();
    await browser.close();
    await issuer.stop();
    await workshop.close();
  }
});
