// What the browser takes from the generated module; what is not named here is left out of the bundle.
import start, {
  Manifest, Offer, Reading, headInfo, newSeed, prepareOrder, verifyDisclosure, planPouches, prepareDraw, finishDraw, planRedemption,
  finishRedemption, prepareAnswer, openAnswer, checkToken, verifyGrant,
} from '../wasm/farthing.js';

export const glue: unknown = {
  start, Manifest, Offer, Reading, headInfo, newSeed, prepareOrder, verifyDisclosure, planPouches, prepareDraw, finishDraw, planRedemption,
  finishRedemption, prepareAnswer, openAnswer, checkToken, verifyGrant,
};
