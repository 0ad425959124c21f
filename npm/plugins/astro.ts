/** Astro: seals what `astro build` wrote. */
import { fileURLToPath } from 'node:url';
import { sealSite } from '../cli/publisher.js';
import type { AstroIntegration, FarthingOptions } from './types.js';

export default function farthing(options: FarthingOptions = {}): AstroIntegration {
  let root = process.cwd();
  let base = '/';
  return {
    name: 'farthing',
    hooks: {
      'astro:config:done'({ config }) {
        root = fileURLToPath(config.root);
        base = config.base.endsWith('/') ? config.base : `${config.base}/`;
      },
      async 'astro:build:done'({ dir, logger }) {
        await sealSite(fileURLToPath(dir), root, { base, ...options }, (line) => logger.info(line));
      },
    },
  };
}
