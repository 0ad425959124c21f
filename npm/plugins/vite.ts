/** Vite: seals what the build wrote. The development server shows articles whole. */
import { resolve } from 'node:path';
import { sealSite } from '../cli/publisher.js';
import type { FarthingOptions, VitePlugin } from './types.js';

export default function farthing(options: FarthingOptions = {}): VitePlugin {
  let about: Parameters<VitePlugin['configResolved']>[0] | undefined;
  let written = false;
  return {
    name: 'farthing',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      about = config;
    },
    writeBundle() {
      written = true;
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler(error) {
        // A build that failed wrote nothing to seal, and what is built for a server is not published.
        if (!about || !written || error || about.build.ssr) return;
        written = false;
        const { root, base, build, logger } = about;
        const here = base.startsWith('/') && !base.startsWith('//') ? { base } : {};
        await sealSite(resolve(root, build.outDir), root, { ...here, ...options }, (line) => logger.info(line));
      },
    },
  };
}
