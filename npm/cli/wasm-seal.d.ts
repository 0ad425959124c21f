// Absent until it is built; cli/core.ts says what is in it.
declare module '*/wasm-seal/farthing.js' {}
