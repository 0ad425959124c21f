/** The files of a site, and writing many of them as one. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { copyFile, lstat, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { Complaint, ofDisk } from './complaint.js';

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

/** Set while files move into place; an interruption waits for its end. */
let moving: Promise<void> | undefined;
export const untilMoved = async (): Promise<void> => {
  await moving?.catch(() => {});
};

const staging = (folder: string): string => `.${basename(folder)}.farthing-`;

/** What a killed run left beside the site. */
export const sweep = async (folder: string): Promise<void> => {
  for (const name of await readdir(dirname(folder)).catch(() => [])) {
    if (name.startsWith(staging(folder)) && /-[0-9a-f]{12}$/.test(name)) await rm(join(dirname(folder), name), { recursive: true, force: true });
  }
};

/**
 * Everything is written beside the site first; only when all of it is there, each file is moved into place, in the given order, and
 * at last `gone` is removed. Broken off before that, the site is as it was; killed in the middle of it, every file is old or new and
 * whole, and doing it again does the rest.
 */
export const publish = async (folder: string, files: ReadonlyMap<string, string | Uint8Array>, gone: readonly string[] = []): Promise<void> => {
  const drafts = join(dirname(folder), staging(folder) + randomBytes(6).toString('hex'));
  const clean = () => rmSync(drafts, { recursive: true, force: true });
  process.once('exit', clean);
  try {
    for (const [path, data] of files) {
      const draft = join(drafts, path);
      await mkdir(dirname(draft), { recursive: true });
      await writeFile(draft, data);
      await mkdir(dirname(join(folder, path)), { recursive: true });
    }
    await (moving = (async () => {
      for (const path of files.keys()) {
        const place = join(folder, path);
        await rename(join(drafts, path), place).catch(async (error: NodeJS.ErrnoException) => {
          if (error.code !== 'EXDEV') throw error;
          await copyFile(join(drafts, path), place);
        });
      }
      for (const path of gone) await rm(join(folder, path), { force: true });
    })());
  } catch (error) {
    throw ofDisk(error);
  } finally {
    clean();
    process.removeListener('exit', clean);
  }
};
