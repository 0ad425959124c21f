// One function for each check of tests/vectors: what a stranger answers, or a Refused.
import { p256_oprf } from '@noble/curves/nist.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { H, b64u, join, lp, same, unb64u } from './bytes.mjs';
import { origin, resource } from './address.mjs';
import * as content from './content.mjs';
import { readLink } from './gift.mjs';
import { openKey, sealKey } from './hpke.mjs';
import { jwkOf, publicPoint, thumbprint } from './keys.mjs';
import { checkDisclosure, checkGrant, checkKeyset, checkOffer, parseBody, parseOffer, walkHeads } from './objects.mjs';
import { grantOf, unpack } from './packed.mjs';
import * as requests from './requests.mjs';
import {
  claimKey, cnfKey, giftCnfKey, giftSealingKey, giftSecret, giverKey, grantSalt, phraseBytes, phraseSeed, reboundKey, sealingKey, tokenSecrets,
} from './secrets.mjs';
import { Refused, as, isScalar, many, must, point, raw, readJson, shape, trying, word } from './strict.mjs';
import { blindCoin, mac, nullifier, takeEvaluations, voprfInput } from './token.mjs';

const RESPONSE = 256 * 1024;

function kept(text) {
  const bytes = unb64u(text);
  must(bytes.length === 81 && bytes[0] === 1, 'token_corrupt', 'kept token');
  return { keyset: bytes.slice(1, 17), nonce: bytes.slice(17, 49), y: bytes.slice(49) };
}

const keep = (token) => b64u(join(Uint8Array.of(1), token.keyset, token.nonce, token.y));
const leadOf = ({ lead_keyset, lead_nonce }) => ({ keyset: unb64u(lead_keyset, 16), nonce: unb64u(lead_nonce, 32) });
const counted = (counters) => new Map(counters.map(({ keyset, next }) => [keyset, next]));

/** The coins that a request asked for, made again from the seed; they must be the ones that were sent. */
function coinsOf(seed, body, elements, counters) {
  const next = counted(counters);
  return elements.map(({ keyset: id, blinded }) => {
    const keyset = body.keysets.find((each) => each.id === id);
    must(keyset, 'token_corrupt', 'keyset');
    const counter = next.get(id) ?? 0;
    next.set(id, counter + 1);
    const coin = blindCoin(unb64u(seed), body.iss, keyset, counter);
    must(b64u(coin.blinded) === blinded, 'token_corrupt', 'not from this seed and counter');
    return coin;
  });
}

const proof = (value) => {
  const bytes = unb64u(raw(64)(value));
  for (const half of [bytes.slice(0, 32), bytes.slice(32)]) must(isScalar(half), 'malformed', 'no scalar');
};
const evaluationShape = many(shape({ keyset: raw(16), evaluated: many(point, 1, 64), proof }), 0, 64);

function tokensOf(coins, evaluations) {
  const order = [...new Set(coins.map((coin) => coin.keyset.id))];
  must(evaluations.map((group) => group.keyset).join() === order.join(), 'answer_invalid', 'groups');
  for (const group of evaluations) {
    must(group.evaluated.length === coins.filter((coin) => coin.keyset.id === group.keyset).length, 'answer_invalid', 'elements');
  }
  return trying('proof_invalid', () => takeEvaluations(coins, evaluations)).map(keep);
}

async function released(secret, info, key, commit, badKey) {
  let cek;
  try {
    cek = await openKey(secret, info, unb64u(key, 113));
  } catch (error) {
    throw new Refused(badKey, String(error));
  }
  must(same(content.keyCommit(cek), unb64u(commit)), 'key_mismatch', 'commit');
  return b64u(cek);
}

const subjectOf = (salt, { resource: path, version, hash, key_commit }) =>
  b64u(H('farthing/v1/subject', unb64u(salt), lp(path), lp(version), unb64u(hash), unb64u(key_commit)));

export const checks = {
  json: ({ texts }) => texts.forEach((text) => readJson(text, 64 * 1024)),
  origin: ({ texts, sandbox }) => texts.forEach((text) => origin(text, sandbox)),
  resource: ({ paths }) => ({ normal: paths.map(resource) }),

  keyset({ issuer, unit, keyset }) {
    checkKeyset(issuer, unit, keyset);
    return { id: keyset.id };
  },
  nullifier({ issuer, keyset, nonce }) {
    const [id, secret] = [unb64u(keyset), unb64u(nonce)];
    return { nullifier: b64u(nullifier(issuer, { keyset: id, nonce: secret })), voprf_input: b64u(voprfInput(issuer, id, secret)) };
  },
  mac: ({ token, binding }) => ({ mac: b64u(mac(kept(token).y, unb64u(binding))) }),
  token({ issuer, keyset_secret, keyset, nonce, binding, mac: given }) {
    const y = p256_oprf.voprf.evaluate(unb64u(keyset_secret), voprfInput(issuer, unb64u(keyset), unb64u(nonce)));
    must(b64u(mac(y, unb64u(binding))) === given, 'token_invalid', 'mac');
  },

  phrase({ words }) {
    const bytes = phraseBytes(words);
    return { bytes: b64u(bytes), seed: b64u(phraseSeed(bytes)) };
  },
  token_secret({ seed, issuer, keyset, counter }) {
    const { nonce, blind } = tokenSecrets(unb64u(seed), issuer, unb64u(keyset), counter);
    return { nonce: b64u(nonce), blind: b64u(blind), voprf_input: b64u(voprfInput(issuer, unb64u(keyset), nonce)) };
  },
  claim_key({ seed, issuer, counter }) {
    const secret = claimKey(unb64u(seed), issuer, counter);
    return { secret: b64u(secret), public: b64u(publicPoint(secret)) };
  },
  redemption_secret(input) {
    const [seed, lead] = [unb64u(input.seed), leadOf(input)];
    const sealing = sealingKey(seed, input.issuer, lead);
    return {
      cnf: b64u(publicPoint(cnfKey(seed, input.issuer, lead))), salt: b64u(grantSalt(seed, input.issuer, lead)),
      sealing: b64u(publicPoint(sealing)), sealing_secret: b64u(sealing),
    };
  },

  gift_secret(input) {
    const [seed, lead] = [unb64u(input.seed), leadOf(input)];
    const secret = giftSecret(seed, input.issuer, lead);
    const named = { cnf: giftCnfKey(secret), sealing: giftSealingKey(secret), giver: giverKey(seed, input.issuer, lead), rebound: reboundKey(seed, input.issuer, unb64u(input.jti, 16)) };
    const points = Object.entries(named).map(([name, key]) => [name, b64u(publicPoint(key))]);
    return { secret: b64u(secret), ...Object.fromEntries(points) };
  },

  manifest: walkHeads,
  offer({ offer, document, ...place }) {
    const read = parseOffer(offer, document);
    checkOffer(read, place);
    return { key_commit: read.key_commit, offer_hash: read.hash };
  },
  async part({ offer, document, part, cek }) {
    const read = parseOffer(offer, document);
    const bytes = trying('content_mismatch', () => unb64u(part));
    const found = trying('content_mismatch', () => content.take(bytes));
    const [{ ct_hash: ctHash, length }] = read.content;
    const fits = found.publisher === read.iss && found.resource === read.resource && found.version === read.version && found.length === length;
    must(fits && same(found.ctHash, unb64u(ctHash)), 'content_mismatch', 'header or hash');
    must(same(content.keyCommit(unb64u(cek)), unb64u(read.key_commit)), 'key_mismatch', 'commit');
    const text = await content.open(bytes, { ...found, ctHash: found.ctHash }, unb64u(cek));
    return { ct_hash: ctHash, key_commit: read.key_commit, text: b64u(text) };
  },
  async wrap({ issuer, sealing_secret, offer_hash, key_commit, wrap }) {
    const secret = unb64u(sealing_secret);
    const info = join('farthing/v1/wrap', lp(issuer), lp(thumbprint(jwkOf(publicPoint(secret)))), unb64u(offer_hash));
    return { cek: await released(secret, info, wrap, key_commit, 'wrap_invalid') };
  },
  async release(input) {
    const secret = sealingKey(unb64u(input.seed), input.issuer, leadOf(input));
    return { cek: await released(secret, join('farthing/v1/key', unb64u(input.binding)), input.key, input.key_commit, 'key_mismatch') };
  },
  grant({ grant, manifest, publisher, opening, cnf, binding, amount, currency }) {
    const members = {
      aud: publisher, amount, currency, jti: b64u(H('farthing/v1/grant', unb64u(binding)).slice(0, 16)),
      subject: subjectOf(opening.salt, { ...opening, hash: opening.offer_hash }),
    };
    const { jti, subject } = checkGrant(grant, parseBody(manifest), { members, cnf });
    return { jti, subject };
  },

  order_request: ({ issuer, request }) => requests.order(issuer, request),
  draw_request: ({ issuer, order, claim, request }) => requests.draw(issuer, order, claim, request),
  redeem_request: ({ issuer, request }) => requests.redeem(issuer, request),
  swap_request: ({ issuer, request }) => requests.swap(issuer, request),
  answer_request: ({ issuer, request }) => requests.answer(issuer, request),

  refund_request: ({ issuer, manifest, request }) => requests.refund(issuer, parseBody(manifest).signing_keys, request),
  rebind_request: ({ issuer, manifest, request }) => requests.rebind(issuer, parseBody(manifest).signing_keys, request),
  gift_link: ({ fragment }) => trying('malformed', () => readLink(fragment)),

  disclosure({ disclosure, manifest }) {
    const { order, total, value } = checkDisclosure(disclosure, parseBody(manifest));
    return { order, total, value };
  },
  draw({ seed, manifest, request, counters, response }) {
    const body = parseBody(manifest);
    const { evaluations } = shape({ evaluations: evaluationShape })(readJson(response, RESPONSE));
    return { tokens: tokensOf(coinsOf(seed, body, JSON.parse(request).elements, counters), evaluations) };
  },
  swap({ seed, manifest, request, group, counters, response }) {
    const body = parseBody(manifest);
    const { groups } = shape({ groups: many(shape({ evaluations: evaluationShape }), 0, 64) })(readJson(response, RESPONSE));
    const sent = JSON.parse(request).groups;
    must(groups.length === sent.length, 'answer_invalid', 'groups');
    return { tokens: tokensOf(coinsOf(seed, body, sent[group].outputs, counters), groups[group].evaluations) };
  },
  async payment({ seed, manifest, document, offer, request, counters, response }) {
    const body = parseBody(manifest);
    const claims = parseOffer(offer, document);
    const sent = JSON.parse(request);
    const { binding } = requests.redeem(body.iss, request);
    const [first] = sent.inputs;
    const lead = leadOf({ lead_keyset: first.keyset, lead_nonce: first.nonce });
    const answer = as('answer_invalid', () => shape({ grant: word(), key: raw(113), change: evaluationShape })(readJson(response, RESPONSE)));
    const cnf = b64u(publicPoint(cnfKey(unb64u(seed), body.iss, lead)));
    const members = {
      aud: claims.iss, amount: sent.price.amount, currency: sent.price.currency, jti: b64u(H('farthing/v1/grant', unb64u(binding)).slice(0, 16)),
      subject: subjectOf(sent.salt, claims),
    };
    checkGrant(answer.grant, body, { members, cnf });
    const secret = sealingKey(unb64u(seed), body.iss, lead);
    const cek = await released(secret, join('farthing/v1/key', unb64u(binding)), answer.key, claims.key_commit, 'key_mismatch');
    return { cek, change: tokensOf(coinsOf(seed, body, sent.outputs, counters), answer.change) };
  },
  async answer({ seed, issuer, tokens, response }) {
    const { binding, lead, answer } = as('answer_invalid', () => requests.answerShape(readJson(response, RESPONSE)));
    const mine = tokens.map(kept).find((token) => b64u(nullifier(issuer, token)) === lead);
    must(mine, 'answer_invalid', 'the lead is not mine');
    try {
      const packed = unpack(await content.openStored(mine.y, unb64u(binding), unb64u(answer)));
      if (packed.operation === 'swap') return { operation: 'swap' };
      const cnf = publicPoint(cnfKey(unb64u(seed), issuer, mine));
      const grant = grantOf(packed, { issuer, binding: unb64u(binding), cnf });
      return { operation: 'redeem', cek: b64u(packed.cek), grant };
    } catch (error) {
      throw new Refused('answer_invalid', String(error));
    }
  },
  async key_release({ lead, binding, sealing, cek }) {
    const over = unb64u(binding);
    const ikm = hkdf(sha256, kept(lead).y, over, join('farthing/v1/key-ephemeral'), 32);
    return { key: b64u(await sealKey(unb64u(sealing), join('farthing/v1/key', over), unb64u(cek), ikm)) };
  },
};

/** Texts and paths stand for one vector each: of a bad file every one must be refused. */
export function single(check, input) {
  const list = { json: 'texts', origin: 'texts', resource: 'paths' }[check];
  return list ? input[list].map((item) => ({ ...input, [list]: [item] })) : [input];
}

