//! Recovering tokens from the seed alone: the elements of a stretch of counters are made again, and the issuer evaluates
//! those again that it evaluated before (R35).

use super::ask::{Secret, receive_as};
use super::{FreshToken, Seed, WalletError};
use crate::id::KeysetId;
use crate::keyset::Keyset;
use crate::origin::IssuerId;
use crate::request::{
    FindRequest, FindResponse, MAX_RESTORED, Output, RestoreRequest, RestoreResponse, order_id,
};
use alloc::vec::Vec;

/// How many counters in a row of a keyset were never evaluated before the search in it ends.
pub const GAP: u32 = 100;

/// Asks after the elements of `count` counters from `from` on, on the seed's branch.
///
/// # Errors
/// [`WalletError::Exhausted`] beyond the last counter, and for none or more than a request holds.
pub fn search(
    issuer: &IssuerId,
    seed: &Seed,
    keyset: KeysetId,
    from: u32,
    count: u32,
) -> Result<RestoreRequest, WalletError> {
    let exhausted = WalletError::Exhausted;
    let end = from.checked_add(count).ok_or(exhausted)?;
    if count == 0 || u32::try_from(MAX_RESTORED).is_ok_and(|most| count > most) {
        return Err(exhausted);
    }
    let mut elements = Vec::new();
    for counter in from..end {
        elements.push(Secret::derive(seed, issuer, &keyset, counter)?.blinded);
    }
    Ok(RestoreRequest { keyset, elements })
}

/// Checks the proof and makes the tokens that were evaluated, spent ones among them. `from` is the counter of the
/// request's first element.
///
/// # Errors
/// [`WalletError::AnswerInvalid`] or [`WalletError::ProofInvalid`]; [`WalletError::TokenCorrupt`] if the request was not
/// made from this seed and counter.
pub fn finish_search(
    issuer: &IssuerId,
    seed: &Seed,
    keyset: &Keyset,
    from: u32,
    request: &RestoreRequest,
    response: &RestoreResponse,
) -> Result<Vec<FreshToken>, WalletError> {
    let invalid = WalletError::AnswerInvalid;
    if request.keyset != *keyset.id() || response.issued.len() != request.elements.len() {
        return Err(invalid);
    }
    let mut counters = Vec::new();
    let mut outputs = Vec::new();
    for ((counter, element), issued) in (from..).zip(&request.elements).zip(&response.issued) {
        if *issued {
            counters.push(counter);
            outputs.push(Output {
                keyset: request.keyset,
                blinded: element.clone(),
            });
        }
    }
    let mut counters = counters.into_iter();
    receive_as(
        seed,
        issuer,
        |_| Some(keyset),
        |_| counters.next(),
        &outputs,
        response.evaluation.as_slice(),
    )
}

/// Asks after the order under the claim key of that number (R36).
///
/// # Errors
/// [`WalletError::Exhausted`] with probability 2^-256.
pub fn find(
    issuer: &IssuerId,
    seed: &Seed,
    claim_counter: u32,
) -> Result<FindRequest, WalletError> {
    let claim = seed.claim(issuer, claim_counter);
    let claim = claim.ok_or(WalletError::Exhausted)?;
    let public = *claim.public();
    Ok(FindRequest {
        claim: public,
        signature: claim.sign(&FindRequest::binding(issuer, &public)),
    })
}

/// Checks that what was found is the order of that claim key, and that its numbers can be.
///
/// # Errors
/// [`WalletError::AnswerInvalid`].
pub fn check_found(
    issuer: &IssuerId,
    seed: &Seed,
    claim_counter: u32,
    found: &FindResponse,
) -> Result<(), WalletError> {
    let claim = seed.claim(issuer, claim_counter);
    let claim = claim.ok_or(WalletError::Exhausted)?;
    let fits = found.order == order_id(issuer, claim.public()) && found.unminted <= found.value;
    fits.then_some(()).ok_or(WalletError::AnswerInvalid)
}
