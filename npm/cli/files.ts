/** The files of a site, and writing many of them as one. */
import { randomBytes } from 'node:crypto';
import { copyFile, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { Complaint } from './complaint.js';

/** Paths from the folder on, with `/`. Links are not followed: what they lead to is not published from here. */
export const listFiles = async (folder: string): Promise<string[]> => {
  const stats = await lstat(folder).catch(() => null);
  if (!stats?.isDirectory()) throw new Complaint('is not a folder', folder);
  const found: string[] = [];
  const look = async (place: string): Promise<void> => {
    for (const entry of await readdir(place, { withFileTypes: true })) {
      const path = join(place, entry.name);
      if (entry.isDirectory()) await look(path);
      else if (entry.isFile()) found.push(relative(folder, path).split(sep).join('/'));
    }
  };
  await look(folder);
  return found.sort();
};

/** Everything is written beside the site first; only when all of it is there, each file is moved into place. */
export const publish = async (folder: string, files: ReadonlyMap<string, string | Uint8Array>): Promise<void> => {
  const staging = join(dirname(folder), `.farthing-${randomBytes(6).toString('hex')}`);
  try {
    for (const [path, data] of files) {
      const draft = join(staging, path);
      await mkdir(dirname(draft), { recursive: true });
      await writeFile(draft, data);
    }
    for (const path of files.keys()) {
      const place = join(folder, path);
      await mkdir(dirname(place), { recursive: true });
      await rename(join(staging, path), place).catch(async (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EXDEV') throw error;
        await copyFile(join(staging, path), place);
      });
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
};
