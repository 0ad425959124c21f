// WebKit on a display that nobody sees, spoken to by WebDriver. The browser is the one that comes with the driver.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { Builder } from 'selenium-webdriver';

const freePort = () => new Promise((done) => {
  const server = createServer();
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

/** A browser with a profile of its own; `close` ends it and its display. */
export async function launch() {
  const port = await freePort();
  // A group of processes of its own, which ends as a whole.
  const child = spawn('xvfb-run', ['-a', 'dbus-run-session', '--', 'WebKitWebDriver', `--port=${port}`], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  child.stderr.on('data', (data) => { said += data; });
  const gone = new Promise((done) => child.once('exit', done));
  const end = async () => {
    try {
      process.kill(-child.pid, 'SIGTERM');
    } catch {
      // It has ended by itself.
    }
    await gone;
  };
  process.once('exit', () => { try { process.kill(-child.pid, 'SIGKILL'); } catch { /* It has ended. */ } });
  const address = `http://127.0.0.1:${port}`;
  for (let tries = 0; !(await fetch(`${address}/status`).catch(() => null))?.ok; tries += 1) {
    if (tries > 100 || child.exitCode !== null) {
      await end();
      throw new Error(`WebKitWebDriver does not answer: ${said}`);
    }
    await new Promise((done) => setTimeout(done, 100));
  }
  try {
    const driver = await new Builder().usingServer(address).withCapabilities({ browserName: 'MiniBrowser' }).build();
    return { driver, close: async () => { await driver.quit().catch(() => {}); await end(); } };
  } catch (error) {
    await end();
    throw error;
  }
}
