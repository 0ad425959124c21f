//! swap: tokens for others of the same worth (spec sections 9 and 10, R33).
//!
//! In this order and no other: keysets; macs; the stored answer; dates and balance; the evidence, recomputed; the whole
//! answer; one durable transaction; only then does anything leave.

use super::redeem::answer_expires;
use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::keys::ops::CheckError;
use farthing_core::answer::{self, PackedAnswer};
use farthing_core::keyset::Keyset;
use farthing_core::money::Micro;
use farthing_core::request::{SwapRequest, SwapResponse};
use farthing_core::time::Timestamp;
use farthing_core::token::Output as Secret;
use farthing_ledger::{
    Commitment, Element, Hour, Input, Ledger, Redeemed, SealedAnswer, StoredAnswerError, Swap,
    SwapError,
};
use std::sync::Arc;

/// Why a swap is refused. Nothing was spent, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SwapRefusal {
    /// A keyset is not this issuer's.
    KeysetUnknown,
    /// Another replica has made the key of a keyset, and this one has not got it yet.
    KeyLacking,
    /// A token was not made here, or its mac is for another request.
    TokenInvalid {
        /// Which input.
        index: usize,
    },
    /// There is no stored answer to repeat, although tokens were spent.
    StoredAnswer(StoredAnswerError),
    /// An input's keyset is not even claimed from any more.
    KeysetExpired,
    /// Inputs are not outputs, or not all of one currency.
    Unbalanced,
    /// A token is asked for in a keyset of which none are made now.
    KeysetNotMintable {
        /// The number of the manifest in force.
        manifest: u64,
    },
    /// The ledger refused.
    Swap(SwapError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// Swaps. Gives the response body; the same request gets the same bytes for as long as the answer is kept.
///
/// # Errors
/// [`SwapRefusal`]. Nothing was spent, except that after a failed store the outcome is unknown.
pub async fn swap<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: SwapRequest,
) -> Result<Vec<u8>, SwapRefusal> {
    let request = Arc::new(request);
    let binding = *request.binding();
    let in_force = issuer.in_force();
    let inputs = inputs(&in_force, &request)?;
    let work = {
        let (issuer, request) = (Arc::clone(issuer), Arc::clone(&request));
        let in_force = Arc::clone(&in_force);
        move || authenticate(&issuer, &in_force, &request)
    };
    let lead = issuer.compute().run(work).await;
    let lead = lead.map_err(|_| SwapRefusal::Internal("the tokens were not checked"))??;
    // From here on the lead's secret stands for the reader: what was stored can be opened.
    let hour = Hour::of(issuer.now());
    let stored = issuer
        .ledger()
        .stored_answer(inputs.clone(), binding, hour)
        .await;
    if let Some(sealed) = stored.map_err(SwapRefusal::StoredAnswer)? {
        return repeat(issuer, in_force, request, lead, sealed).await;
    }
    let prepare = {
        let (issuer, lead) = (Arc::clone(issuer), lead.clone());
        let (in_force, request) = (Arc::clone(&in_force), Arc::clone(&request));
        move || prepare(&issuer, &in_force, &request, inputs, &lead)
    };
    let prepared = issuer.compute().run(prepare).await;
    let (swap, body) = prepared.map_err(|_| SwapRefusal::Internal("an answer was not built"))??;
    match issuer
        .ledger()
        .swap(swap)
        .await
        .map_err(SwapRefusal::Swap)?
    {
        Redeemed::Accepted => Ok(body),
        // The same request came twice at once; the other one was first, and what it was answered is the answer.
        Redeemed::Replayed(sealed) => repeat(issuer, in_force, request, lead, sealed).await,
    }
}

/// Answers again what was answered before. That is computing like any other, and waits its turn with it.
async fn repeat<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    in_force: Arc<InForce>,
    request: Arc<SwapRequest>,
    lead: Secret,
    sealed: SealedAnswer,
) -> Result<Vec<u8>, SwapRefusal> {
    let work = move || {
        let stored = answer::open(&lead, request.binding(), sealed.bytes());
        let stored = stored.ok_or(SwapRefusal::Internal("a stored answer does not open"))?;
        if answer::is_body(&stored) {
            return Ok(stored);
        }
        match PackedAnswer::parse(&stored) {
            Some(PackedAnswer::Swap) => respond(&in_force, &request),
            _ => Err(SwapRefusal::Internal("a stored answer is damaged")),
        }
    };
    let repeated = issuer.compute().run(work).await;
    repeated.map_err(|_| SwapRefusal::Internal("an answer was not repeated"))?
}

/// The response's body, which follows from the request and the issuer's keys alone.
fn respond(in_force: &InForce, request: &SwapRequest) -> Result<Vec<u8>, SwapRefusal> {
    let groups = request.fields().groups.iter();
    let groups = groups.map(|group| in_force.evaluate(request.binding(), group));
    let groups: Option<_> = groups.collect();
    let groups = groups.ok_or(SwapRefusal::Internal("outputs were not evaluated"))?;
    Ok(SwapResponse { groups }.to_json().into_bytes())
}

fn inputs(in_force: &InForce, request: &SwapRequest) -> Result<Vec<Input>, SwapRefusal> {
    let input = |input: &farthing_core::request::SwapInput| {
        let mint = in_force.mint(&input.token.keyset)?;
        Some(Input {
            keyset: input.token.keyset,
            denomination: mint.keyset().denomination(),
            nullifier: input.token.nullifier,
        })
    };
    let inputs: Option<Vec<Input>> = request.fields().inputs.iter().map(input).collect();
    inputs.ok_or_else(|| unknown(in_force, request))
}

/// Whether a keyset that is named is nobody's, or one whose key this replica has not got yet.
fn unknown(in_force: &InForce, request: &SwapRequest) -> SwapRefusal {
    let fields = request.fields();
    let inputs = fields.inputs.iter().map(|input| &input.token.keyset);
    let outputs = fields.groups.iter().flatten();
    let outputs = outputs.map(|output| &output.keyset);
    if in_force.lacks_one(inputs.chain(outputs)) {
        SwapRefusal::KeyLacking
    } else {
        SwapRefusal::KeysetUnknown
    }
}

/// Checks the mac of every input, stops at the first bad one, and gives the lead's secret.
fn authenticate<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &SwapRequest,
) -> Result<Secret, SwapRefusal> {
    let (fields, binding) = (request.fields(), request.binding());
    let mut lead = None;
    for (index, (input, mac)) in fields.inputs.iter().zip(request.macs()).enumerate() {
        let (keyset, nonce) = (&input.token.keyset, &input.token.nonce);
        let mint = in_force.mint(keyset).ok_or(SwapRefusal::KeysetUnknown)?;
        let secret =
            mint.recognise(issuer.id(), nonce, binding, mac)
                .map_err(|error| match error {
                    CheckError::Invalid => SwapRefusal::TokenInvalid { index },
                    CheckError::Failed(_) => SwapRefusal::Internal("a token was not checked"),
                })?;
        // Inputs ascend by nullifier, so the first is the lead.
        lead.get_or_insert(secret);
    }
    lead.ok_or(SwapRefusal::Internal("a swap has no inputs"))
}

fn prepare<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &SwapRequest,
    inputs: Vec<Input>,
    lead: &Secret,
) -> Result<(Swap, Vec<u8>), SwapRefusal> {
    let (binding, now) = (request.binding(), issuer.now());
    let outputs = check(in_force, request, &inputs, now)?;
    let currency = inputs
        .first()
        .and_then(|input| in_force.mint(&input.keyset));
    let currency = currency
        .ok_or(SwapRefusal::KeysetUnknown)?
        .keyset()
        .currency();
    let body = respond(in_force, request)?;
    let sealed = answer::seal(lead, binding, &PackedAnswer::Swap.to_bytes())
        .ok_or(SwapRefusal::Internal("an answer was not sealed"))?;
    let keysets = outputs.iter().map(|output| &output.keyset);
    let promo = inputs.first();
    let promo = promo.and_then(|input| in_force.promo_of(&input.keyset));
    let swap = Swap {
        promo: promo.cloned(),
        binding: *binding,
        currency,
        evidence: evidence(issuer, request, &inputs)?,
        answer_expires: answer_expires(in_force, &inputs, keysets, now),
        inputs,
        outputs,
        hour: Hour::of(now),
        commitment: Commitment::new(lead.entry_commitment(binding)),
        answer: SealedAnswer::new(sealed),
    };
    Ok((swap, body))
}

/// Inputs are still claimed from, outputs are made now, both are worth the same and of one currency, kind and
/// publisher (R24).
fn check(
    in_force: &InForce,
    request: &SwapRequest,
    inputs: &[Input],
    now: Timestamp,
) -> Result<Vec<Element>, SwapRefusal> {
    let keyset = |id| {
        let mint = in_force.mint(id);
        let mint = mint.ok_or_else(|| unknown(in_force, request))?;
        Ok(mint.keyset())
    };
    let mut of = None;
    let mut is_one = |keyset: &Keyset| {
        let kind = (keyset.currency(), in_force.promo_of(keyset.id()));
        *of.get_or_insert(kind) == kind
    };
    for input in inputs {
        let keyset = keyset(&input.keyset)?;
        if !is_one(keyset) {
            return Err(SwapRefusal::Unbalanced);
        }
        if !keyset.is_claimable(now) {
            return Err(SwapRefusal::KeysetExpired);
        }
    }
    let mut outputs = Vec::new();
    for output in request.fields().groups.iter().flatten() {
        let denomination = keyset(&output.keyset)?.denomination();
        let element = Element::new(output.keyset, denomination, output.blinded.bytes());
        outputs.push(element);
    }
    let taken = Micro::sum(inputs.iter().map(|input| input.denomination));
    let given = Micro::sum(outputs.iter().map(|output| output.denomination));
    if taken.is_none() || taken != given {
        return Err(SwapRefusal::Unbalanced);
    }
    for output in &outputs {
        let keyset = keyset(&output.keyset)?;
        if !is_one(keyset) {
            return Err(SwapRefusal::Unbalanced);
        }
        if !in_force.is_mintable(keyset.id(), now) {
            return Err(SwapRefusal::KeysetNotMintable {
                manifest: in_force.body().n,
            });
        }
    }
    Ok(outputs)
}

/// The element that each token whose blind is shown was issued as: made from the token itself, so that no element can
/// stand for another token (ADR 0017).
fn evidence<L: Ledger>(
    issuer: &Issuer<L>,
    request: &SwapRequest,
    inputs: &[Input],
) -> Result<Vec<Option<Element>>, SwapRefusal> {
    let shown = |(input, of): (&farthing_core::request::SwapInput, &Input)| {
        let Some(blind) = &input.blind else {
            return Ok(None);
        };
        let token = &input.token;
        let element = blind.element(issuer.id(), &token.keyset, &token.nonce);
        let element = element.ok_or(SwapRefusal::Internal("an element was not recomputed"))?;
        Ok(Some(Element::new(
            token.keyset,
            of.denomination,
            element.bytes(),
        )))
    };
    request
        .fields()
        .inputs
        .iter()
        .zip(inputs)
        .map(shown)
        .collect()
}
