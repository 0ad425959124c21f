// Lets Node run the tests' and the sources' TypeScript as it stands: types are taken away by esbuild, nothing else is done.
import { register } from 'node:module';
register(new URL('./typescript-hooks.mjs', import.meta.url));
