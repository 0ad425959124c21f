// A real farthing-issuer on loopback, in a folder of its own that is removed afterwards.
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PATIENCE = 20_000;

const running = new Set();
// A run that is broken off takes its issuers along.
process.once('exit', () => {
  for (const issuer of running) {
    issuer.child?.kill('SIGTERM');
    rmSync(issuer.dir, { recursive: true, force: true });
  }
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

export function program() {
  const folder = process.env.FARTHING_BIN ?? join(ROOT, 'target', 'debug');
  const path = join(folder, 'farthing-issuer');
  if (!existsSync(path)) throw new Error(`${path} is missing: cargo build -p farthing-issuer`);
  return path;
}

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** The pages of the readers' purse, as `cargo xtask build` leaves them. */
export const PURSE = join(ROOT, 'npm', 'wallet');
const purse = async (config) => (existsSync(join(PURSE, 'wallet.json')) && !/^\[wallet\]/m.test(await readFile(config, 'utf8')) ? { FARTHING__WALLET__PAGES: PURSE } : {});

export class Issuer {
  /** `before(dir)` may change the new issuer's files before it serves; `host` is its name in its id. */
  static async start(before = async () => {}, host = '127.0.0.1') {
    const dir = await mkdtemp(join(tmpdir(), 'farthing-issuer-'));
    const origin = `http://${host}:${await freePort()}`;
    const issuer = new Issuer(origin, dir);
    running.add(issuer);
    await issuer.command('init', '--sandbox', '--issuer', origin, '--dir', dir);
    // All readers of a test come from one address, faster than people.
    const config = await readFile(issuer.config, 'utf8');
    await writeFile(issuer.config, config.replace(/^per_minute = \d+$/m, 'per_minute = 6000'));
    await before(dir, origin);
    await issuer.serve();
    return issuer;
  }

  constructor(origin, dir) {
    this.origin = origin;
    this.dir = dir;
    this.config = join(dir, 'farthing.toml');
  }

  async command(...args) {
    const { stdout } = await run(program(), args);
    return stdout;
  }

  async serve() {
    this.said = '';
    this.child = spawn(program(), ['serve', '--config', this.config], { stdio: ['ignore', 'pipe', 'pipe'], env: { ...(await purse(this.config)), ...process.env } });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (data) => { this.said += data; });
    }
    const end = Date.now() + PATIENCE;
    for (;;) {
      if (this.child.exitCode !== null) throw new Error(`the issuer ended: ${this.said}`);
      const answer = await fetch(`${this.origin}/.well-known/jwks.json`).catch(() => null);
      if (answer?.ok) return;
      if (Date.now() > end) throw new Error(`the issuer does not answer: ${this.said}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async pause() {
    if (!this.child || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((done) => this.child.once('exit', done));
    this.child.kill('SIGTERM');
    await ended;
  }

  async stop() {
    await this.pause();
    running.delete(this);
    await rm(this.dir, { recursive: true, force: true });
  }

  addPublisher(origin) {
    return this.command('publisher', 'add', origin, '--config', this.config);
  }

  audit() {
    return this.command('audit', '--config', this.config);
  }
}

/** Serves a publisher's document, as its site would. */
export async function serveDocument(make) {
  const server = createServer((request, response) => {
    if (request.url !== '/.well-known/farthing.json') {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'content-type': 'application/json', 'access-control-allow-origin': '*' });
    response.end(JSON.stringify(make()));
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => new Promise((done) => server.close(done)) };
}
