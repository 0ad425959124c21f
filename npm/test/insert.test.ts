/** In a real browser, because only one knows what runs: a sealed text full of scripts is put into a page, and none of them does. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const hostile = [
  '<script>ran("script")</script>', '<img src=q onerror=ran("img")>', '<svg onload=ran("svg")></svg>', '<svg><script>ran("svg script")</script></svg>',
  '<a id=press href="javascript:ran(1)">k</a>', '<a id=press href=" java\nscript:ran(2)">k</a>', '<iframe srcdoc="<script>parent.ran(3)</script>"></iframe>',
  '<iframe src="javascript:parent.ran(4)"></iframe>', '<object data="javascript:ran(5)"></object>', '<form action="javascript:ran(6)"><button id=press>go</button></form>',
  '<form><button id=press formaction="javascript:ran(7)">go</button></form>', '<svg><a xlink:href="javascript:ran(8)"><text id=press y=20>t</text></a></svg>',
  '<svg><a><animate attributeName=href values="javascript:ran(9)"/><text id=press y=20>t</text></a></svg>',
  '<svg><a><set attributeName=href to="javascript:ran(10)"/><text id=press y=20>t</text></a></svg>', '<template><script>ran(11)</script></template>',
  '<p onclick=ran(12) id=press>p</p>', '<details open ontoggle=ran(13)>q</details>', '<input autofocus onfocus=ran(14)>', '<base href="https://elsewhere.example/">',
  '<meta http-equiv=refresh content="0;url=javascript:ran(15)">', '<noscript><p title="</noscript><img src=q onerror=ran(16)>"></noscript>',
];
const kept = '<p class="first" id="one" style="color: red">a <b>b</b></p><figure><svg viewBox="0 0 9 9"><path d="M0 0h9"></path></svg><figcaption>c</figcaption></figure>';

const program = (withSetHtml: boolean) => `
import { textNodes } from '/index.js';
const done = [];
globalThis.ran = (what) => done.push(what);
addEventListener('submit', (event) => {
  if ((event.submitter?.formAction || event.target.action).startsWith('javascript')) done.push('form');
  event.preventDefault();
});
${withSetHtml ? '' : 'delete Element.prototype.setHTML;'}
const main = document.querySelector('main');
const wait = () => new Promise((resolve) => setTimeout(resolve, 40));
for (const html of ${JSON.stringify(hostile).replaceAll('<', '\\u003c')}) {
  main.replaceChildren(textNodes(html, document));
  await wait();
  document.getElementById('press')?.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true }));
  await wait();
}
main.replaceChildren(textNodes(${JSON.stringify(kept).replaceAll('<', '\\u003c')}, document));
const result = document.createElement('pre');
result.textContent = btoa(JSON.stringify({ done, kept: main.innerHTML, native: 'setHTML' in Element.prototype }));
document.body.replaceChildren(result);
`;

const dist = new URL('../dist/', import.meta.url);

for (const withSetHtml of [true, false]) {
  test(`no script of a sealed text runs, and its form stays (${withSetHtml ? 'Element.setHTML' : 'our own cleaning, under trusted types'})`, async () => {
    const policy = "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; img-src *; frame-src *; require-trusted-types-for 'script'";
    const files: Record<string, [string, string]> = {
      '/': ['text/html', '<!doctype html><body><main></main><script type="module" src="/program.js"></script>'],
      '/program.js': ['text/javascript', program(withSetHtml)],
      ...Object.fromEntries(await Promise.all((await readdir(dist)).filter((name) => /^(index|library).*\.js$/.test(name))
        .map(async (name) => [`/${name}`, ['text/javascript', await readFile(new URL(name, dist), 'utf8')]] as const))),
    };
    const server = createServer((request, response) => {
      const [type, text] = files[request.url ?? ''] ?? [];
      response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain', 'content-security-policy': policy }).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const profile = await mkdtemp(join(tmpdir(), 'farthing-insert-'));
    try {
      const { stdout } = await promisify(execFile)(process.env.FARTHING_CHROMIUM ?? '/usr/bin/chromium', [
        '--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', '--disable-dev-shm-usage', `--user-data-dir=${profile}`, '--virtual-time-budget=20000', '--dump-dom', `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ], { timeout: 60_000 });
      const found = /<pre>([\w+/=]+)<\/pre>/.exec(stdout)?.[1];
      assert.ok(found, stdout.slice(0, 500));
      assert.deepEqual(JSON.parse(atob(found)), { done: [], kept, native: withSetHtml });
    } finally {
      server.close();
      await rm(profile, { recursive: true, force: true });
    }
  });
}
