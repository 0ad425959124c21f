import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { sellsAndReads } from '../harness/example.mjs';
import { Workshop } from '../harness/workshop.mjs';

let workshop;
before(async () => { workshop = await Workshop.open(fileURLToPath(new URL('../node_modules', import.meta.url))); });
after(() => workshop?.close());

test('Eleventy seals what it builds, a buyer reads it with its picture, and a mistake stops the build', () =>
  sellsAndReads(workshop, 'eleventy', { build: 'npm run build', out: '_site', article: 'posts/turnpikes/index.html', path: '/posts/turnpikes/' }));

test('Vite seals what it builds, a buyer reads it with its picture, and a mistake stops the build', () =>
  sellsAndReads(workshop, 'vite', { build: 'npm run build', out: 'dist', article: 'turnpikes.html', path: '/turnpikes.html' }));
