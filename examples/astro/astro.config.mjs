import { defineConfig } from 'astro/config';
import farthing from 'farthing/astro';

export default defineConfig({ integrations: [farthing()] });
