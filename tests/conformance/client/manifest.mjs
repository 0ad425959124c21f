// Section 5: the walk along the heads, and the body.
import { H, b64u, exact, same, unb64u } from './bytes.mjs';
import { hash, open, read } from './jws.mjs';
import { jwkOf, pointOf, thumbprint } from './keys.mjs';
import { keysetId } from './token.mjs';

const TYP = 'farthing-manifest+jwt';
const CLOCK_TOLERANCE = 300;

/** Follows the heads from a pin, or from the first manifest where there is none; `now` in seconds. */
export async function walk(http, issuer, pin, now) {
  const { heads } = exact(await http.get(`/v1/manifests?from=${pin?.n ?? 1}`), 'heads');
  if (heads.length === 0) throw new Error('pin_unknown');
  const first = read(heads[0]);
  if (pin && b64u(hash(heads[0])) !== pin.hash) throw new Error('manifest_fork');
  const newest = read(heads.at(-1)).payload;
  const bytes = await http.bytes(`/v1/manifests/bodies/${newest.body}`);
  if (b64u(H(bytes)) !== newest.body) throw new Error('manifest_invalid');
  const body = checkBody(JSON.parse(Buffer.from(bytes).toString('utf8')), issuer);

  // With one set of keys in use, the newest body lists the key of the first head; the pin's hash vouches for that head.
  if (!body.signing_keys.some((key) => key.kid === first.header.kid)) throw new Error('manifest_key_unknown');
  let previous = null;
  for (const jws of heads) {
    const head = exact(open(jws, TYP, body.signing_keys, pointOf), 'iss', 'n', 'prev', 'body', 'iat');
    if (head.iss !== issuer || head.iat > now + CLOCK_TOLERANCE) throw new Error('manifest_invalid');
    if (previous && (head.n !== previous.n + 1 || head.prev !== previous.hash)) throw new Error('manifest_fork');
    if (!previous && head.n !== (pin?.n ?? 1)) throw new Error('manifest_fork');
    if (head.n === 1 && !same(unb64u(head.prev, 32), new Uint8Array(32))) throw new Error('manifest_invalid');
    previous = { n: head.n, hash: b64u(hash(jws)) };
  }
  if (newest.n !== body.n) throw new Error('manifest_invalid');
  return { ...body, hash: previous.hash };
}

function checkBody(body, issuer) {
  const { rights = [], ...rest } = body;
  exact(rest, 'iss', 'n', 'currencies', 'keysets', 'signing_keys', 'sealing_keys', 'terms');
  exact(body.terms, 'version', 'sha256', 'url');
  if (body.iss !== issuer) throw new Error('manifest_invalid');
  for (const currency of body.currencies) {
    exact(currency, 'currency', 'unit', 'pocket_max', 'mixes');
    for (const mix of currency.mixes) {
      exact(mix, 'mix', 'amount', 'coins');
      const sum = mix.coins.reduce((all, coin) => all + coin.denomination * coin.count, 0);
      if (sum !== mix.amount) throw new Error(`mix ${mix.mix} adds up to ${sum}`);
    }
  }
  for (const keyset of body.keysets) {
    exact(keyset, 'id', 'kind', 'currency', 'publisher', 'denomination', 'public_key', 'mint_from', 'mint_until', 'redeem_until', 'claim_until');
    const { unit } = body.currencies.find((each) => each.currency === keyset.currency);
    if (b64u(keysetId(issuer, unit, keyset)) !== keyset.id) throw new Error(`keyset id ${keyset.id}`);
    const k = Math.log2(keyset.denomination / unit);
    if (!Number.isInteger(k) || k < 0 || k >= 24) throw new Error(`denomination ${keyset.denomination}`);
  }
  // Section 14: worth nothing, and in a list of their own.
  for (const { currency, per, keysets, ...more } of rights) {
    exact(more);
    const { unit } = body.currencies.find((each) => each.currency === currency);
    if (!(per > 0)) throw new Error(`a right for each ${per}`);
    for (const keyset of keysets) {
      if (keyset.kind !== 'right' || keyset.denomination !== 0 || keyset.currency !== currency) throw new Error(`right ${keyset.id}`);
      if (b64u(keysetId(issuer, unit, keyset)) !== keyset.id) throw new Error(`keyset id ${keyset.id}`);
    }
  }
  for (const key of body.signing_keys) {
    exact(key, 'kty', 'crv', 'x', 'y', 'kid', 'alg', 'use');
    if (thumbprint(key) !== key.kid) throw new Error('signing key id');
  }
  for (const key of body.sealing_keys) {
    exact(key, 'kid', 'public_key', 'seal_until', 'open_until');
    if (thumbprint(jwkOf(unb64u(key.public_key, 33))) !== key.kid) throw new Error('sealing key id');
  }
  return body;
}

export const unitOf = (manifest, currency) =>
  manifest.currencies.find((each) => each.currency === currency).unit;

/** The one keyset for coins of this denomination that may be minted now. */
export function mintable(manifest, currency, denomination, now) {
  const found = manifest.keysets.filter((keyset) =>
    keyset.kind === 'money' && keyset.currency === currency && keyset.denomination === denomination &&
    keyset.mint_from <= now && now < keyset.mint_until);
  if (found.length !== 1) throw new Error(`${found.length} mintable keysets of ${denomination}`);
  return found[0];
}

/** R25. */
export function canonicalSplit(manifest, currency, amount, now) {
  const unit = unitOf(manifest, currency);
  const denominations = manifest.keysets
    .filter((k) => k.kind === 'money' && k.currency === currency && k.mint_from <= now && now < k.mint_until)
    .map((k) => k.denomination).sort((a, b) => b - a);
  const split = [];
  let rest = amount;
  for (const denomination of denominations) {
    while (rest >= denomination) {
      split.push(denomination);
      rest -= denomination;
    }
  }
  if (rest !== 0) throw new Error(`${amount} is no whole number of ${unit}`);
  return split;
}
