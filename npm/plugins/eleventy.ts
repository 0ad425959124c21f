/** Eleventy: seals what a build wrote. With --serve and --watch articles stay whole, so that one can write them. */
import { resolve } from 'node:path';
import { sealSite } from '../cli/publisher.js';
import type { EleventyConfig, FarthingOptions } from './types.js';

export default function farthing(config: EleventyConfig, options: FarthingOptions = {}): void {
  const root = process.cwd();
  config.on('eleventy.after', async ({ directories, dir, runMode = 'build' }) => {
    const output = resolve(root, directories?.output ?? dir?.output ?? '_site');
    if (runMode !== 'build') return console.log('[farthing] articles stay readable while you write; `npx @11ty/eleventy` seals them');
    await sealSite(output, root, options, (line) => console.log(`[farthing] ${line}`));
  });
}
