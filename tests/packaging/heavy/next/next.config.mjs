import { fileURLToPath } from 'node:url';

/** The tools are in the folder above. */
export default { output: 'export', turbopack: { root: fileURLToPath(new URL('../..', import.meta.url)) } };
