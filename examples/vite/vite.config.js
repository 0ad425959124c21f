import { fileURLToPath } from 'node:url';
import farthing from 'farthing/vite';
import { defineConfig } from 'vite';

const page = (name) => fileURLToPath(new URL(name, import.meta.url));

export default defineConfig({
  // Pictures stay files, however small: what Vite inlines is sealed with the text all the same.
  build: { assetsInlineLimit: 0, rollupOptions: { input: [page('index.html'), page('turnpikes.html')] } },
  plugins: [farthing()],
});
