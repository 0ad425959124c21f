// A publisher's folder beside the generators that are installed here, with our package as it is published: packed and unpacked.
import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** `modules`: a folder of installed packages; ours is put beside them, as if it had been installed from a registry. */
export class Workshop {
  static async open(modules) {
    const workshop = new Workshop();
    workshop.folder = await mkdtemp(join(tmpdir(), 'farthing-workshop-'));
    await mkdir(join(workshop.folder, 'node_modules/.bin'), { recursive: true });
    for (const name of await readdir(modules)) {
      if (name === '.bin') for (const program of await readdir(join(modules, name))) await symlink(join(modules, name, program), join(workshop.folder, 'node_modules/.bin', program));
      else if (!name.startsWith('.')) await symlink(join(modules, name), join(workshop.folder, 'node_modules', name));
    }
    const ours = join(workshop.folder, 'node_modules/farthing');
    await mkdir(ours);
    const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', workshop.folder], { cwd: join(ROOT, 'npm') });
    await run('tar', ['-xzf', join(workshop.folder, stdout.trim()), '-C', ours, '--strip-components=1']);
    await chmod(join(ours, 'dist/cli.js'), 0o755);
    await symlink('../farthing/dist/cli.js', join(workshop.folder, 'node_modules/.bin/farthing'));
    return workshop;
  }

  /** A copy of an example. */
  async example(name) {
    const to = join(this.folder, name);
    await cp(join(ROOT, 'examples', name), to, { recursive: true, filter: (path) => !path.includes('node_modules') });
    return to;
  }

  /** Runs a line of a shell in a folder; gives what was said. */
  async shell(line, cwd, env = {}) {
    const { stdout, stderr } = await run('bash', ['-euc', line], { cwd, env: this.env(env), maxBuffer: 64 << 20 }).catch((error) => {
      throw new Error(`${line}\n${error.stdout}\n${error.stderr}`);
    });
    return stdout + stderr;
  }

  env(more = {}) {
    return { ...process.env, PATH: `${join(this.folder, 'node_modules/.bin')}:${process.env.PATH}`, ASTRO_TELEMETRY_DISABLED: '1', npm_config_update_notifier: 'false', ...more };
  }

  /** Starts something that goes on, and waits until it says `words`. */
  async start(line, cwd, words) {
    const child = spawn('bash', ['-euc', `exec ${line}`], { cwd, env: this.env(), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    // npx starts the program as a child of its own: the whole group has to end.
    const end = () => { try { process.kill(-child.pid, 'SIGTERM'); } catch { /* it has ended */ } };
    process.once('exit', end);
    let said = '';
    await new Promise((resolve, reject) => {
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => words.test((said += data)) && resolve());
      child.once('close', () => reject(new Error(`${line}: ${said}`)));
    });
    return { said: () => said, stop: () => { child.removeAllListeners('close'); end(); } };
  }

  close() {
    return rm(this.folder, { recursive: true, force: true });
  }
}

export const listing = async (folder) => (await readdir(folder, { recursive: true })).sort();

/** Everything in a folder, as one text. */
export const everything = async (folder) => {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  return (await Promise.all(files.map((entry) => readFile(join(entry.parentPath ?? entry.path, entry.name), 'latin1')))).join('\n');
};
