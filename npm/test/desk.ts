/** A publisher's desk: the built command line tool, folders with sites, and a scripted issuer behind a real address. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ScriptedIssuer } from './issuer.js';

export const cli = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
export const publisher = 'https://post.example';
export const secretSentence = 'Turnpike keepers were paid by the wheel, and a careful carter counted his wheels before he came to the gate';

export const article = (body = '', attributes = 'data-farthing-price="0.20 EUR"') => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Turnpikes – The Post</title>
</head>
<body>
<article ${attributes}>
<header><p>History</p><h1>Turnpikes &amp; tolls</h1><p>A deck of some length stands here.</p></header>
<p>The first paragraph is free to read for everybody who passes.</p>
<p>The second is free as well, and with it the free half ends.</p>
<p>${secretSentence}.</p>
<figure><img src="gate.png" alt="A gate"><figcaption>The gate.</figcaption></figure>
<p>And so the rest goes on for a <b>w</b>hile, with caf&eacute;s and more.</p>
${body}</article>
<footer>Imprint</footer>
</body>
</html>
`;

export const envelopeOf = (page: string): string => /<script type="application\/farthing\+json">(.*?)<\/script>/s.exec(page)![1]!;
export const claimsOf = (page: string) => JSON.parse(Buffer.from(JSON.parse(envelopeOf(page)).offer.split('.')[1], 'base64url').toString());
export const listing = async (dir: string): Promise<string[]> => (await readdir(dir, { recursive: true })).sort();

export interface Ended { code: number; out: string; err: string }
export interface Desk {
  issuer: ScriptedIssuer; folder: string;
  site(files: Record<string, string | Uint8Array>): Promise<{ dir: string; keys: string }>;
  farthing(...given: string[]): Promise<Ended>;
  /** Awaited before the issuer answers. */
  hold(): Promise<void>;
  close(): Promise<void>;
}

export const openDesk = async (): Promise<Desk> => {
  const folder = await mkdtemp(join(tmpdir(), 'farthing-cli-'));
  let sites = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part)).on('end', async () => {
      await desk.hold();
      const answer = await issuer.fetch(issuer.id + request.url, { body: Buffer.concat(parts).toString() });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(Buffer.from(await answer.arrayBuffer()));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const issuer = new ScriptedIssuer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, Math.floor(Date.now() / 1000));
  const farthing = (...given: string[]): Promise<Ended> =>
    new Promise((resolve) => {
      execFile(process.execPath, [cli, ...given], { cwd: folder, maxBuffer: 64 << 20 }, (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }));
    });
  const desk: Desk = {
    issuer, folder, farthing, hold: async () => {},
    async site(files) {
      const home = join(folder, String(sites++));
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(home, 'site', path)), { recursive: true });
        await writeFile(join(home, 'site', path), text);
      }
      const keys = join(home, 'keys');
      const made = await farthing('keys', '--out', keys, '--origin', publisher, '--issuer', issuer.id, '--name', 'The Post');
      assert.equal(made.code, 0, made.err);
      return { dir: join(home, 'site'), keys };
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true });
    },
  };
  return desk;
};
