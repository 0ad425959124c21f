//! The response, from the request and the packed answer: at first, and whenever the request is repeated.

use super::{Authentic, RedeemRefusal};
use farthing_core::answer::{self, PackedAnswer};
use farthing_core::hpke::key_info;
use farthing_core::jwk::Kid;
use farthing_core::origin::IssuerId;
use farthing_core::request::RedeemResponse;
use farthing_ledger::SealedAnswer;

/// Makes the response's body. Everything in it follows from the request, the issuer's keys and what was packed; nothing
/// from clock, chance, or which keys are the newest. So it is the same at every time and from every replica.
pub(super) fn respond(
    issuer: &IssuerId,
    authentic: &Authentic,
    packed: &PackedAnswer,
) -> Result<Vec<u8>, RedeemRefusal> {
    let (PackedAnswer::Redeem { key, grant } | PackedAnswer::Gift { key, grant }) = packed else {
        return Err(RedeemRefusal::Internal("the answer is not a redemption's"));
    };
    let Authentic {
        request,
        in_force,
        lead,
        ..
    } = authentic;
    let (fields, binding) = (request.fields(), request.binding());
    let giver = fields.giver.as_ref().map(Kid::of);
    let change = in_force.evaluate(binding, &fields.outputs);
    let ikm = lead.release_ikm(binding);
    let ops = in_force.keys().ops();
    let sealed = ops.seal(&fields.sealing, &key_info(binding), key, &ikm);
    let response = RedeemResponse {
        grant: grant.text(issuer, binding, &fields.cnf, giver),
        key: sealed.map_err(|_| RedeemRefusal::Internal("a content key was not sealed"))?,
        change: change.ok_or(RedeemRefusal::Internal("change was not evaluated"))?,
    };
    Ok(response.to_json().into_bytes())
}

/// Answers a repeated request from what was stored.
pub(super) fn repeat(
    issuer: &IssuerId,
    authentic: &Authentic,
    sealed: &SealedAnswer,
) -> Result<Vec<u8>, RedeemRefusal> {
    let stored = answer::open(&authentic.lead, authentic.request.binding(), sealed.bytes());
    let stored = stored.ok_or(RedeemRefusal::Internal("a stored answer does not open"))?;
    if answer::is_body(&stored) {
        return Ok(stored);
    }
    let packed = PackedAnswer::parse(&stored);
    let packed = packed.ok_or(RedeemRefusal::Internal("a stored answer is damaged"))?;
    respond(issuer, authentic, &packed)
}
