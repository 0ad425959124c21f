//! refund: a purchase is given back for fresh tokens, at the price of a right (spec section 14, R56).
//!
//! In this order: keysets; the right's mac; the stored answer; whether it is offered; the grant and the signature of its key;
//! its time; balance and mintable outputs; the whole answer; one durable transaction; only then does anything leave.

use super::grant_keys::counting_keys;
use super::redeem::answer_expires;
use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::keys::ops::CheckError;
use farthing_core::answer::{self, PackedAnswer};
use farthing_core::grant::{Grant, GrantClaims, Paid};
use farthing_core::money::Micro;
use farthing_core::request::{RefundRequest, RefundResponse};
use farthing_core::time::Timestamp;
use farthing_core::token::Output as Secret;
use farthing_ledger::{
    Commitment, Element, Hour, Input, Ledger, Redeemed, Refund, RefundError, SealedAnswer, Split,
    StoredAnswerError,
};
use std::sync::Arc;

/// Why a purchase is not given back. Nothing was spent, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundRefusal {
    /// This issuer gives nothing back by itself, or not what was bought so: a gift, or with starter tokens.
    Unsupported,
    /// It is no grant of this issuer by a key that counts.
    GrantInvalid,
    /// The grant's key did not sign.
    Signature,
    /// The time for it is over, or there never was one.
    Over,
    /// A keyset is not this issuer's.
    KeysetUnknown,
    /// Another replica has made a key, and it has not come here yet.
    KeyLacking,
    /// The right was not made here, is none, or its mac is for another request.
    TokenInvalid,
    /// The right's keyset is over.
    KeysetExpired,
    /// There is no stored answer to repeat, although the right was spent.
    StoredAnswer(StoredAnswerError),
    /// What is asked for is not the price.
    Unbalanced,
    /// A token is asked for in a keyset of which none are made now.
    KeysetNotMintable {
        /// The number of the manifest in force.
        manifest: u64,
    },
    /// The ledger refused.
    Refund(RefundError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// Gives a purchase back. Gives the response body; the same request gets the same bytes for as long as the answer is kept.
///
/// # Errors
/// [`RefundRefusal`].
pub async fn refund<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: RefundRequest,
) -> Result<Vec<u8>, RefundRefusal> {
    let request = Arc::new(request);
    let in_force = issuer.in_force();
    let right = right(&in_force, &request)?;
    let work = {
        let (issuer, request) = (Arc::clone(issuer), Arc::clone(&request));
        let in_force = Arc::clone(&in_force);
        move || authenticate(&issuer, &in_force, &request)
    };
    let lead = issuer.compute().run(work).await;
    let lead = lead.map_err(|_| RefundRefusal::Internal("a right was not checked"))??;
    let hour = Hour::of(issuer.now());
    let stored = issuer
        .ledger()
        .stored_answer(vec![right], *request.binding(), hour)
        .await;
    if let Some(sealed) = stored.map_err(RefundRefusal::StoredAnswer)? {
        return repeat(issuer, in_force, request, lead, sealed).await;
    }
    let prepare = {
        let (issuer, lead) = (Arc::clone(issuer), lead.clone());
        let (in_force, request) = (Arc::clone(&in_force), Arc::clone(&request));
        move || prepare(&issuer, &in_force, &request, right, &lead)
    };
    let prepared = issuer.compute().run(prepare).await;
    let (refund, body) =
        prepared.map_err(|_| RefundRefusal::Internal("an answer was not built"))??;
    let refunded = issuer.ledger().refund(refund).await;
    match refunded.map_err(RefundRefusal::Refund)? {
        Redeemed::Accepted => Ok(body),
        // The same request came twice at once; the other one was first, and what it was answered is the answer.
        Redeemed::Replayed(sealed) => repeat(issuer, in_force, request, lead, sealed).await,
    }
}

async fn repeat<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    in_force: Arc<InForce>,
    request: Arc<RefundRequest>,
    lead: Secret,
    sealed: SealedAnswer,
) -> Result<Vec<u8>, RefundRefusal> {
    let work = move || {
        let stored = answer::open(&lead, request.binding(), sealed.bytes());
        let stored = stored.ok_or(RefundRefusal::Internal("a stored answer does not open"))?;
        match PackedAnswer::parse(&stored) {
            Some(PackedAnswer::Refund) => respond(&in_force, &request),
            _ => Err(RefundRefusal::Internal("a stored answer is damaged")),
        }
    };
    let repeated = issuer.compute().run(work).await;
    repeated.map_err(|_| RefundRefusal::Internal("an answer was not repeated"))?
}

/// The response's body, which follows from the request and the issuer's keys alone.
fn respond(in_force: &InForce, request: &RefundRequest) -> Result<Vec<u8>, RefundRefusal> {
    let evaluations = in_force.evaluate(request.binding(), &request.fields().outputs);
    let evaluations = evaluations.ok_or(RefundRefusal::Internal("outputs were not evaluated"))?;
    Ok(RefundResponse { evaluations }.to_json().into_bytes())
}

fn unknown(in_force: &InForce, request: &RefundRequest) -> RefundRefusal {
    let fields = request.fields();
    let outputs = fields.outputs.iter().map(|output| &output.keyset);
    if in_force.lacks_one(outputs.chain([&fields.right.keyset])) {
        RefundRefusal::KeyLacking
    } else {
        RefundRefusal::KeysetUnknown
    }
}

fn right(in_force: &InForce, request: &RefundRequest) -> Result<Input, RefundRefusal> {
    let right = &request.fields().right;
    let mint = in_force.mint(&right.keyset);
    let mint = mint.ok_or_else(|| unknown(in_force, request))?;
    if !mint.is_of_rights() {
        return Err(RefundRefusal::TokenInvalid);
    }
    Ok(Input {
        keyset: right.keyset,
        denomination: mint.keyset().denomination(),
        nullifier: right.nullifier,
    })
}

/// Checks the right's mac and gives its secret.
fn authenticate<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &RefundRequest,
) -> Result<Secret, RefundRefusal> {
    let right = &request.fields().right;
    let mint = in_force
        .mint(&right.keyset)
        .ok_or(RefundRefusal::KeysetUnknown)?;
    let secret = mint.recognise(issuer.id(), &right.nonce, request.binding(), request.mac());
    secret.map_err(|error| match error {
        CheckError::Invalid => RefundRefusal::TokenInvalid,
        CheckError::Failed(_) => RefundRefusal::Internal("a right was not checked"),
    })
}

fn prepare<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &RefundRequest,
    right: Input,
    lead: &Secret,
) -> Result<(Refund, Vec<u8>), RefundRefusal> {
    let undo = issuer.config().undo().ok_or(RefundRefusal::Unsupported)?;
    let (binding, now) = (request.binding(), issuer.now());
    let grant = grant(issuer, in_force, request, now)?;
    let outputs = outputs(in_force, request, &grant, now)?;
    let life = in_force.mint(&right.keyset).map(crate::keys::Mint::life);
    if life.is_none_or(|life| now >= life.redeem_until) {
        return Err(RefundRefusal::KeysetExpired);
    }
    let split = Split::new(grant.amount, grant.issuer_fee, grant.tax);
    let split = split.ok_or(RefundRefusal::Internal("a price was not divided"))?;
    let body = respond(in_force, request)?;
    let sealed = answer::seal(lead, binding, &PackedAnswer::Refund.to_bytes())
        .ok_or(RefundRefusal::Internal("an answer was not sealed"))?;
    let keysets = outputs.iter().map(|output| &output.keyset);
    let inputs = core::slice::from_ref(&right);
    let refund = Refund {
        binding: *binding,
        currency: grant.currency,
        grant: grant.id,
        ends: kept_until(&grant).map(Hour::from_then_on),
        answer_expires: answer_expires(in_force, inputs, keysets, now),
        right,
        outputs,
        split,
        per_day: undo.per_day(&grant.publisher),
        publisher: grant.publisher,
        hour: Hour::of(now),
        commitment: Commitment::new(lead.entry_commitment(binding)),
        answer: SealedAnswer::new(sealed),
    };
    Ok((refund, body))
}

/// Until when it is remembered that the grant was given back: as long as it opens something, and as long as somebody could give
/// it back once more.
fn kept_until(grant: &GrantClaims) -> Option<Timestamp> {
    let until = |access: Timestamp| access.max(grant.refund_until.unwrap_or_default());
    grant.access_until.map(until)
}

/// The grant, if it may be given back now by whoever signed.
fn grant<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &RefundRequest,
    now: Timestamp,
) -> Result<GrantClaims, RefundRefusal> {
    let keys = counting_keys(in_force.body());
    let grant = Grant::verify(&request.fields().grant, issuer.id(), &keys);
    let grant = grant.map_err(|_| RefundRefusal::GrantInvalid)?;
    let grant = grant.claims().clone();
    let ops = in_force.keys().ops();
    let signed = ops.verify(&grant.cnf, request.binding().bytes(), request.signature());
    let unchecked = RefundRefusal::Internal("a signature was not checked");
    if !signed.map_err(|_| unchecked)? {
        return Err(RefundRefusal::Signature);
    }
    // A gift is taken back by its giver, and what starter tokens bought cost nothing.
    if grant.giver.is_some() || grant.paid == Paid::Promo {
        return Err(RefundRefusal::Unsupported);
    }
    if grant.refund_until.is_none_or(|until| now >= until) {
        return Err(RefundRefusal::Over);
    }
    Ok(grant)
}

/// The elements: money that is made now, worth the price.
fn outputs(
    in_force: &InForce,
    request: &RefundRequest,
    grant: &GrantClaims,
    now: Timestamp,
) -> Result<Vec<Element>, RefundRefusal> {
    let mut outputs = Vec::new();
    for output in &request.fields().outputs {
        let mint = in_force.mint(&output.keyset);
        let mint = mint.ok_or_else(|| unknown(in_force, request))?;
        let keyset = mint.keyset();
        let is_money = mint.promo().is_none() && !mint.is_of_rights();
        if !is_money || keyset.currency() != grant.currency {
            return Err(RefundRefusal::Unbalanced);
        }
        if !in_force.is_mintable(keyset.id(), now) {
            return Err(RefundRefusal::KeysetNotMintable {
                manifest: in_force.body().n,
            });
        }
        let element = Element::new(output.keyset, keyset.denomination(), output.blinded.bytes());
        outputs.push(element);
    }
    let worth = Micro::sum(outputs.iter().map(|output| output.denomination));
    if worth == Some(grant.amount) {
        Ok(outputs)
    } else {
        Err(RefundRefusal::Unbalanced)
    }
}
