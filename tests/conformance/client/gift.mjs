// Section 13: the link of a gift.
import { H, b64u, unb64u } from './bytes.mjs';
import { origin, resource } from './address.mjs';
import { publicPoint } from './keys.mjs';
import { Reader, grantOf, unpackGrant } from './packed.mjs';
import { giftCnfKey, giftSealingKey } from './secrets.mjs';
import { VERSION, must } from './strict.mjs';

const NAME = 'farthing-gift=';

/** Everything that a fragment says; throws for anything that is no link. */
export function readLink(fragment) {
  must(fragment.startsWith(NAME) && fragment.length <= 3_072, 'malformed', 'fragment');
  const reader = new Reader(unb64u(fragment.slice(NAME.length)));
  const [form] = reader.take(1);
  must(form === 1, 'malformed', 'form');
  const [secret, binding, key, giver] = [32, 32, 113, 32].map((length) => reader.take(length));
  const [salt, offerHash, commit, ctHash] = [32, 32, 32, 32].map((length) => b64u(reader.take(length)));
  const length = reader.number();
  const issuer = origin(reader.text(), true);
  const path = reader.text();
  must(resource(path) === path, 'malformed', 'resource');
  const version = reader.text();
  must(VERSION.test(version), 'malformed', 'version');
  const mediaType = reader.text();
  must(Buffer.byteLength(mediaType) <= 100, 'malformed', 'media type');
  const cnf = publicPoint(giftCnfKey(secret));
  const grant = grantOf(unpackGrant(reader), { issuer, binding, cnf, giver: b64u(giver) });
  return {
    issuer, binding: b64u(binding), jti: b64u(H('farthing/v1/grant', binding).slice(0, 16)), key: b64u(key), salt, resource: path, version,
    offer_hash: offerHash, key_commit: commit, ct_hash: ctHash, length, media_type: mediaType,
    cnf: b64u(cnf), sealing: b64u(publicPoint(giftSealingKey(secret))), grant,
  };
}
