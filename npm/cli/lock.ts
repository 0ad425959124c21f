/** One at a time: two that seal with the same keys would each lose what the other keeps. */
import { rmSync } from 'node:fs';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Complaint } from './complaint.js';

const lives = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Does `work` while `file` stands there with our process id; one that a dead process left is taken over. */
export const locked = async <T>(file: string, what: string, work: () => Promise<T>): Promise<T> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  for (let tries = 0; ; tries++) {
    const handle = await open(file, 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
      return null;
    });
    if (handle) {
      await handle.writeFile(String(process.pid));
      await handle.close();
      break;
    }
    const pid = Number(await readFile(file, 'utf8').catch(() => ''));
    // Empty: it was made this moment, and its owner is about to write into it.
    if (tries > 2 || !pid || lives(pid)) throw new Complaint(`another \`farthing seal\`${pid ? ` (process ${pid})` : ''} is at work on ${what}; wait for it, or remove this file if there is none`, file, undefined, 'busy');
    await rm(file, { force: true });
  }
  const free = () => rmSync(file, { force: true });
  process.once('exit', free);
  try {
    return await work();
  } finally {
    free();
    process.removeListener('exit', free);
  }
};
