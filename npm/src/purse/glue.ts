// What the purse takes from its generated module.
import start, {
  Manifest, Offer, Reading, headInfo, newSeed, prepareOrder, verifyDisclosure, planPouches, prepareDraw, finishDraw, planRedemption,
  finishRedemption, prepareAnswer, openAnswer, checkToken, verifyGrant, newPhrase, phraseWords, phraseFromWords, phraseSuggestions, phraseSeed,
  onBranch, checkTokenOf, chooseTokens, tokensToRenew, worthOf, askElements, receiveElements, planSwap, finishSwap, swapGroup, prepareRestore,
  finishRestore, prepareFind, finishFind, spentPrefix, lookUpSpent, recoverAnswer, planGift, finishGift, readGift, claimGift, takeGiftBack, finishRebind, revokedOf, rightsOf, prepareRefund, finishRefund, GiftReading, Starters,
} from '../../wasm-purse/farthing_purse.js';

export const glue: unknown = {
  start, Manifest, Offer, Reading, headInfo, newSeed, prepareOrder, verifyDisclosure, planPouches, prepareDraw, finishDraw, planRedemption,
  finishRedemption, prepareAnswer, openAnswer, checkToken, verifyGrant, newPhrase, phraseWords, phraseFromWords, phraseSuggestions, phraseSeed,
  onBranch, checkTokenOf, chooseTokens, tokensToRenew, worthOf, askElements, receiveElements, planSwap, finishSwap, swapGroup, prepareRestore,
  finishRestore, prepareFind, finishFind, spentPrefix, lookUpSpent, recoverAnswer, planGift, finishGift, readGift, claimGift, takeGiftBack, finishRebind, revokedOf, rightsOf, prepareRefund, finishRefund, GiftReading, Starters,
};
