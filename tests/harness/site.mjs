// A static web server on loopback whose answers a test can bend.
import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm', '.json': 'application/json', '.xml': 'application/xml', '.txt': 'text/plain; charset=utf-8',
};

export class Site {
  /** Listens before there is anything to serve: the address is needed to make the pages. */
  static async listen() {
    const site = new Site();
    site.rules = [];
    site.server = createServer((request, response) => {
      site.answer(request.url.split(/[?#]/)[0], response).catch((error) => response.writeHead(500).end(String(error)));
    });
    await new Promise((done) => site.server.listen(0, '127.0.0.1', done));
    site.origin = `http://127.0.0.1:${site.server.address().port}`;
    return site;
  }

  /** From now on `change({ body, headers })` may alter what stands at `path`; `from` names another file to begin with. */
  bend(path, change, from = path) {
    this.rules.unshift({ path, change, from });
  }

  straighten() {
    this.rules = [];
  }

  async answer(path, response) {
    const rule = this.rules.find((one) => one.path === path);
    let file = join(this.folder, normalize(decodeURIComponent(rule?.from ?? path)));
    if ((await stat(file).catch(() => null))?.isDirectory()) file = join(file, 'index.html');
    const body = await readFile(file).catch(() => null);
    if (!body) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404');
      return;
    }
    const headers = { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'cache-control': 'no-cache' };
    if (path === '/.well-known/farthing.json') headers['access-control-allow-origin'] = '*';
    const answer = rule ? rule.change({ body: body.toString('utf8'), headers }) : { body, headers };
    response.writeHead(200, answer.headers ?? headers).end(answer.body);
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((done) => this.server.close(done));
  }
}
