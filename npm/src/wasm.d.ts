// The generated module lies outside the sources and is absent until it is built; src/core.ts says what is in it.
declare module '*/wasm/farthing.js' {
  const made: unknown;
  export {
    made as default, made as Manifest, made as Offer, made as Reading, made as headInfo, made as newSeed, made as prepareOrder,
    made as verifyDisclosure, made as planPouches, made as prepareDraw, made as finishDraw, made as checkToken, made as planRedemption,
    made as finishRedemption, made as prepareAnswer, made as openAnswer, made as verifyGrant,
  };
}

declare module '*.wasm' {
  const compiled: WebAssembly.Module;
  export default compiled;
}
