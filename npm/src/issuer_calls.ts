/** What few pages ask an issuer (spec section 10): apart from `Issuer`, which every page loads. Each throws a FarthingError: a refusal, or silence. */
import { failure } from './errors.js';
import type { Issuer } from './issuer.js';
import { readStrict } from './json.js';

/** `POST /v1/swaps` */
export const swap = (issuer: Issuer, body: string): Promise<string> => issuer.text('/v1/swaps', body);

/** `POST /v1/refunds` (R56) */
export const refund = (issuer: Issuer, body: string): Promise<string> => issuer.text('/v1/refunds', body);

/** `POST /v1/restore` (R35) */
export const restore = (issuer: Issuer, body: string): Promise<string> => issuer.text('/v1/restore', body);

/** `POST /v1/orders/find` (R36) */
export const findOrder = (issuer: Issuer, body: string): Promise<string> => issuer.text('/v1/orders/find', body);

/** `GET /v1/keysets/{id}`: one that the newest list may name no longer. */
export const keyset = (issuer: Issuer, id: string): Promise<string> => issuer.text(`/v1/keysets/${id}`);

/** `GET /v1/keysets/{id}/spent/{prefix}` (R37); `prefix` is `all` or binary digits. */
export const spent = (issuer: Issuer, id: string, prefix: string): Promise<string> => issuer.text(`/v1/keysets/${id}/spent/${prefix}`);

/** `POST /v1/grants/rebind` (R50) */
export const rebind = (issuer: Issuer, body: string): Promise<string> => issuer.text('/v1/grants/rebind', body);

/** `GET /v1/revocations`, as it stands after `query` (empty, or beginning with `?`). */
export const revocations = (issuer: Issuer, query: string): Promise<string> => issuer.text(`/v1/revocations${query}`);

/** `GET /.well-known/farthing-issuer.json`: what the issuer offers beside payments. */
export const directory = (issuer: Issuer): Promise<string> => issuer.text('/.well-known/farthing-issuer.json');

/** `GET /v1/publishers/{origin}/manifests`: heads of a publisher's list of starter tokens from number `from` on, page after page (R44). */
export const starterHeads = async (issuer: Issuer, publisher: string, from: number): Promise<string[]> => {
  const origin = btoa(publisher).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
  for (const all: string[] = []; ; ) {
    const { heads } = readStrict(await issuer.text(`/v1/publishers/${origin}/manifests?from=${from + all.length}`), { heads: 'object' }, 'answer_invalid');
    if (!Array.isArray(heads) || heads.some((head) => typeof head !== 'string')) throw failure('answer_invalid', 'heads');
    all.push(...heads);
    if (heads.length < 200 || all.length > 9999) return all;
  }
};

/** `POST /v1/promo`: what a publisher gives to whoever asks. */
export const claimStarters = (issuer: Issuer, body: string): Promise<string> => issuer.text('/v1/promo', body);
