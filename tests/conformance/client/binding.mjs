// Section 9: what macs and signatures are made over.
import { H, be32, be64, join, list, lp, unb64u } from './bytes.mjs';

const binding = (operation, issuer, ...fields) =>
  H(`farthing/v1/${operation}`, Uint8Array.of(0), lp(issuer), ...fields);

const element = ({ keyset, blinded }) => join(unb64u(keyset, 16), unb64u(blinded, 33));

export const order = (issuer, { claim, currency, amount, terms }) =>
  binding('order', issuer, unb64u(claim, 33), currency, be64(amount), unb64u(terms, 32));

export const draw = (issuer, orderId, { manifest, pouch, mix, elements }) =>
  binding('draw', issuer, be64(manifest), unb64u(orderId, 16), be32(pouch), lp(mix), list(elements.map(element)));

/** `request` needs no macs yet. */
export const redeem = (issuer, offerHash, request) =>
  binding('redeem', issuer, be64(request.manifest), offerHash,
    lp(request.price.issuer), request.price.currency, be64(request.price.amount), lp(request.price.sealing_kid),
    H(unb64u(request.wrap, 113)),
    list(request.inputs.map(({ keyset, nonce }) => join(unb64u(keyset, 16), unb64u(nonce, 32)))),
    list(request.outputs.map(element)),
    unb64u(request.cnf, 33), unb64u(request.sealing, 33), unb64u(request.salt, 32), lp(unb64u(request.kind_data)));

/** `request` needs no macs yet. */
export const swap = (issuer, { manifest, inputs, groups }) =>
  binding('swap', issuer, be64(manifest),
    list(inputs.map(({ keyset, nonce, blind }) => join(unb64u(keyset, 16), unb64u(nonce, 32), lp(unb64u(blind))))),
    list(groups.map(({ outputs }) => list(outputs.map(element)))));

export const rebind = (issuer, grantHash, { giver, cnf, memory }) =>
  binding('rebind', issuer, unb64u(grantHash, 32), lp(unb64u(giver)), unb64u(cnf, 33), unb64u(memory, 32));

export const refund = (issuer, grantHash, { manifest, reason, right, outputs }) =>
  binding('refund', issuer, be64(manifest), unb64u(grantHash, 32), lp(new TextEncoder().encode(reason)), unb64u(right.keyset, 16), unb64u(right.nonce, 32), list(outputs.map(element)));

export const answer = (issuer, { keyset, nonce }) => binding('answer', issuer, keyset, nonce);
