/** Sealing a built site, for generators' plugins: the same code and the same settings as `farthing seal`. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { FarthingOptions } from '../plugins/types.js';
import { publisherCore } from './core.js';
import { keyFolder, settingsFile } from './settings.js';
import { type Report, seal } from './seal.js';

/** Seals `folder`. Paths in `options`, and farthing.json where none is named, are looked for in `root`. */
export const sealSite = async (folder: string, root: string, options: FarthingOptions, say: (line: string) => void): Promise<Report> => {
  const { issuer, keys, terms, config, days, ...others } = options;
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(root, path));
  const usual = [join(keys ?? keyFolder, settingsFile), settingsFile].map((path) => resolve(root, path));
  const present = await Promise.all(usual.map((file) => stat(file).then(() => true, () => false)));
  const flags = {
    ...others, issuer: issuer === undefined ? undefined : [issuer].flat(), terms: at(terms), days: days === undefined ? undefined : String(days),
    config: at(config) ?? usual.find((_, place) => present[place]), keys: at(keys),
  };
  return seal(await publisherCore(), folder, flags, Math.floor(Date.now() / 1000), { say, step: () => {} });
};
