import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sellsAndReads } from '../../harness/example.mjs';
import { Workshop } from '../../harness/workshop.mjs';

test('Astro seals what it builds, a buyer reads it with its picture, and a mistake stops the build', async () => {
  const workshop = await Workshop.open(fileURLToPath(new URL('../node_modules', import.meta.url)));
  try {
    await sellsAndReads(workshop, 'astro', { build: 'npm run build', out: 'dist', article: 'turnpikes/index.html', path: '/turnpikes/' });
  } finally {
    await workshop.close();
  }
});
