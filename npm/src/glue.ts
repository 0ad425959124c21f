// What the browser takes from the generated module; what is not named here is left out of the bundle.
export {
  default, Manifest, Offer, Reading, headInfo, newSeed, prepareOrder, verifyDisclosure,
  planPouches, prepareDraw, finishDraw, checkToken, planRedemption, finishRedemption, prepareAnswer, openAnswer, verifyGrant,
} from '../wasm/farthing.js';
