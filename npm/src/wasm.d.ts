// The generated module lies outside the sources and is absent until it is built; src/core.ts says what is in it.
declare module '*/wasm/farthing.js' {
  const made: unknown;
  export {
    made as default, made as Manifest, made as Offer, made as Reading, made as headInfo, made as newSeed, made as prepareOrder,
    made as verifyDisclosure, made as planPouches, made as prepareDraw, made as finishDraw, made as checkToken, made as planRedemption,
    made as finishRedemption, made as prepareAnswer, made as openAnswer, made as verifyGrant,
  };
}

declare module '*/wasm-purse/farthing_purse.js' {
  const made: unknown;
  export {
    made as default, made as Manifest, made as Offer, made as Reading, made as headInfo, made as newSeed, made as prepareOrder,
    made as verifyDisclosure, made as planPouches, made as prepareDraw, made as finishDraw, made as checkToken, made as planRedemption,
    made as finishRedemption, made as prepareAnswer, made as openAnswer, made as verifyGrant, made as newPhrase, made as phraseWords,
    made as phraseFromWords, made as phraseSuggestions, made as phraseSeed, made as onBranch, made as checkTokenOf, made as chooseTokens,
    made as tokensToRenew, made as worthOf, made as askElements, made as receiveElements, made as planSwap, made as finishSwap,
    made as swapGroup, made as prepareRestore, made as finishRestore, made as prepareFind, made as finishFind, made as spentPrefix,
    made as lookUpSpent, made as recoverAnswer,
  };
}

declare module '*.wasm' {
  const compiled: WebAssembly.Module;
  export default compiled;
}
