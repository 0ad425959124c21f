// Runs in the page: everything that a purchase computes, by the core alone, with the network's answers fetched before.
import init, {
  Manifest, Offer, Reading, finishDraw, finishRedemption, headInfo, newSeed, planRedemption, prepareDraw, prepareOrder, verifyGrant,
} from './wasm/farthing.js';
import { mint as mintInSteps } from '/farthing/element/mint.js';
import { p256 } from '@noble/curves/nist.js';
import { median, rounded } from './median.mjs';

const now = () => Math.floor(Date.now() / 1000);
const bytesOf = (b64u) => Uint8Array.from(atob(b64u.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = new TextEncoder();

let held;

async function ask(path, body) {
  const answer = await fetch(held.issuer + path, body && { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${said}`);
  return said;
}

/** Loads, draws and buys once for real, and keeps what was sent and answered. */
async function prepare(issuer, path) {
  await init();
  held = { issuer, path, seed: newSeed() };
  const page = new DOMParser().parseFromString(await (await fetch(`${path}.html`)).text(), 'text/html');
  const { offer: jws, wraps, part } = JSON.parse(page.querySelector('script[type="application/farthing+json"]').textContent);
  held.document = new Uint8Array(await (await fetch('/.well-known/farthing.json')).arrayBuffer());
  held.jws = jws;
  held.part = bytesOf(part);
  held.offer = Offer.open(jws, held.document, location.origin, path);
  const view = held.offer.view();
  const pin = view.pins[0];
  held.heads = JSON.parse(await ask(`/v1/manifests?from=${pin.n}`)).heads;
  const body = await fetch(`${issuer}/v1/manifests/bodies/${headInfo(held.heads.at(-1)).body}`);
  held.body = new Uint8Array(await body.arrayBuffer());
  held.manifest = Manifest.follow(issuer, null, { n: pin.n, hash: pin.hash }, held.heads, held.body, now());
  held.trust = held.manifest.trust();

  // The issuer's largest pouch: 20 coins.
  const [currency] = held.manifest.view().currencies;
  const largest = currency.mixes.reduce((a, b) => (a.amount > b.amount ? a : b));
  const { order, request } = prepareOrder(held.manifest, held.seed, 0, currency.currency, largest.amount);
  await globalThis.payAt(JSON.parse(await ask('/v1/orders', request)).checkout);
  held.draw = { order, claimCounter: 0, pouch: 0, mix: largest.mix, rest: largest.amount, currency: currency.currency, counters: {}, now: now() };
  const plan = prepareDraw(held.manifest, held.seed, held.draw);
  held.drawn = { request: plan.request, counters: {}, response: await ask(`/v1/orders/${order}/draw`, plan.request) };
  const tokens = await mintInSteps({ finishDraw }, held.manifest, held.seed, held.drawn, held.drawn.response);
  held.pouch = tokens.length;

  const [price] = view.prices;
  held.purchase = { wrap: bytesOf(wraps[0].wrap), price, tokens: five(tokens, price.amount), counters: plan.counters, now: now() };
  held.redemption = planRedemption(held.manifest, held.offer, held.seed, held.purchase);
  if (held.redemption.inputs.length !== 5) throw new Error(`the price takes ${held.redemption.inputs.length} tokens`);
  held.answer = await ask('/v1/redemptions', held.redemption.request);
  held.bought = await finish();
}

/** Five tokens of which all are needed, with as many coins of change as there can be. */
function five(tokens, amount) {
  const sorted = [...tokens].sort((a, b) => a.amount - b.amount);
  let best = { coins: -1, chosen: null };
  const pick = (chosen, from, sum) => {
    if (chosen.length === 5) {
      const coins = ((sum - amount) / 1000).toString(2).replaceAll('0', '').length;
      if (sum > amount && sum - chosen[0].amount < amount && coins > best.coins) best = { coins, chosen };
      return;
    }
    for (let i = from; i < sorted.length; i += 1) pick([...chosen, sorted[i]], i + 1, sum + sorted[i].amount);
  };
  pick([], 0, 0);
  if (!best.chosen) throw new Error('no five tokens for this price');
  held.change = best.coins;
  return best.chosen;
}

const finish = () => {
  const { request } = held.redemption;
  const attempt = { offer: held.jws, publisherDocument: held.document, request, counters: held.purchase.counters, now: now() };
  return finishRedemption(held.manifest, held.seed, attempt, held.answer);
};

/** From bytes to text, as at every visit: manifest, offer and grant are verified again, the key is opened, the text decrypted. */
async function open() {
  const manifest = Manifest.follow(held.issuer, held.trust, null, [held.heads.at(-1)], held.body, now());
  const offer = Offer.open(held.jws, held.document, location.origin, held.path);
  const { grant, key, binding, lead } = held.bought;
  const reading = await Reading.open(manifest, offer, held.seed, { grant, key, binding, lead, now: now() });
  const opened = new TextDecoder().decode(await reading.decrypt(held.part));
  for (const handle of [manifest, offer, reading]) handle.free();
  return opened;
}

async function decryptOnly() {
  const { grant, key, binding, lead } = held.bought;
  const reading = await Reading.open(held.manifest, held.offer, held.seed, { grant, key, binding, lead, now: now() });
  const start = performance.now();
  new TextDecoder().decode(await reading.decrypt(held.part));
  const time = performance.now() - start;
  reading.free();
  return time;
}

const breathe = () => new Promise((done) => setTimeout(done, 0));

async function time(work, times) {
  for (let i = 0; i < Math.min(times, 10); i += 1) await work();
  const all = [];
  for (let i = 0; i < times; i += 1) {
    await breathe();
    const start = performance.now();
    await work();
    all.push(performance.now() - start);
  }
  return rounded(median(all));
}

/** Medians of works that are compared: they take turns, twenty at a time for a clock of tenths of milliseconds, so that whatever else the
 * machine does meets all of them. */
async function race(works, times) {
  // Enough for the engine's last and best compilation of each, which another thread makes meanwhile.
  for (const work of works) for (let i = 0; i < 200; i += 1) await work();
  const all = works.map(() => []);
  for (let i = 0; i < times; i += 1) {
    for (const [at, work] of works.entries()) {
      await breathe();
      const start = performance.now();
      for (let j = 0; j < 20; j += 1) await work();
      all[at].push((performance.now() - start) / 20);
    }
  }
  return all.map((some) => rounded(median(some)));
}

/** A compact JWS in its parts, as whoever verifies one without the core has to take it apart. */
function takenApart(jws) {
  const [header, payload, signature] = jws.split('.');
  const object = (part) => JSON.parse(new TextDecoder().decode(bytesOf(part)));
  return { header: object(header), payload: object(payload), message: text.encode(`${header}.${payload}`), signature: bytesOf(signature) };
}

const mint = () => {
  const plan = prepareDraw(held.manifest, held.seed, held.draw);
  finishDraw(held.manifest, held.seed, plan.request, {}, held.drawn.response);
};

async function measure() {
  const { kid } = takenApart(held.bought.grant).header;
  const jwk = JSON.parse(new TextDecoder().decode(held.body)).signing_keys.find((key) => key.kid === kid);
  const point = new Uint8Array([4, ...bytesOf(jwk.x), ...bytesOf(jwk.y)]);
  const key = await crypto.subtle.importKey('jwk', { kty: 'EC', crv: 'P-256', x: jwk.x, y: jwk.y }, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['verify']);
  const publisher = held.offer.view().publisher;

  // The same work for all three: from a grant's text to what it says, shown to be signed.
  const wasm = () => verifyGrant(held.manifest, held.bought.grant, publisher, now());
  const noble = () => {
    const { message, signature } = takenApart(held.bought.grant);
    if (!p256.verify(signature, message, point, { prehash: true, lowS: false })) throw new Error('noble says no');
  };
  const native = async () => {
    const { message, signature } = takenApart(held.bought.grant);
    if (!(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, message))) throw new Error('WebCrypto says no');
  };

  const minted = await time(mint, 11);
  const shown = await open();
  const planned = await time(() => planRedemption(held.manifest, held.offer, held.seed, held.purchase), 15);
  const finished = await time(finish, 15);
  const decrypts = [];
  for (let i = 0; i < 25; i += 1) decrypts.push(await decryptOnly());
  const openTime = await time(open, 31);
  const [inWasm, inNoble, inWebCrypto] = await race([wasm, noble, native], 40);
  return {
    es256_verify_wasm_ms: inWasm,
    es256_verify_noble_ms: inNoble,
    es256_verify_webcrypto_ms: inWebCrypto,
    open_100kb_ms: openTime,
    decrypt_100kb_ms: rounded(median(decrypts.slice(5))),
    opened_chars: shown.length,
    mint_20_tokens_ms: rounded((minted * 20) / held.pouch),
    pouch_tokens: held.pouch,
    mint_pouch_ms: minted,
    change_tokens: held.change,
    plan_5_tokens_ms: planned,
    finish_5_tokens_ms: finished,
    unlock_no_network_5_tokens_ms: rounded(planned + finished + openTime),
  };
}

/** The coins of one pouch as the page makes them: asked for in one task, made in several. */
async function mintAsThePage() {
  const { request } = prepareDraw(held.manifest, held.seed, held.draw);
  await breathe();
  const made = await mintInSteps({ finishDraw }, held.manifest, held.seed, { request, counters: {} }, held.drawn.response);
  return made.length;
}

/** Everything a reader's page computes, each in a task of its own as in the page. */
async function once() {
  await mintAsThePage();
  await breathe();
  planRedemption(held.manifest, held.offer, held.seed, held.purchase);
  await breathe();
  await finish();
  await breathe();
  await open();
}

globalThis.bench = { prepare, measure, once, mintAsThePage };
