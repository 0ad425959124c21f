//! redeem: tokens for a grant, a content key and change (spec section 10, R32).
//!
//! In this order and no other: keysets; macs; the stored answer; the offer; the price; balance and mintable outputs; the
//! wrap; the whole answer; one durable transaction; only then does anything leave.

mod build;
mod check;
mod refusal;
mod respond;

pub(super) use build::answer_expires;
pub use refusal::RedeemRefusal;

use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::keys::ops::CheckError;
use crate::recent::VerifiedOffer;
use farthing_core::offer::UnverifiedOffer;
use farthing_core::origin::PublisherId;
use farthing_core::request::RedeemRequest;
use farthing_core::token::Output as Secret;
use farthing_ledger::{Element, Hour, Input, Ledger, Publisher, Redeemed, SealedAnswer};
use std::sync::Arc;

/// A request whose keysets are this issuer's, in the ledger's terms.
struct Coins {
    inputs: Vec<Input>,
    outputs: Vec<Element>,
}

/// A request whose keysets are this issuer's and whose macs are good.
struct Authentic {
    request: RedeemRequest,
    in_force: Arc<InForce>,
    coins: Coins,
    lead: Secret,
}

/// Redeems, from the request's body. Gives the response's; the same request gets the same bytes for as long as the answer
/// is kept.
///
/// # Errors
/// [`RedeemRefusal`]. Nothing was spent, except that after a failed store the outcome is unknown.
pub async fn redeem<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    body: impl AsRef<[u8]> + Send + 'static,
) -> Result<Vec<u8>, RedeemRefusal> {
    let check = {
        let issuer = Arc::clone(issuer);
        move || authenticate(&issuer, body.as_ref())
    };
    let authentic = issuer.compute().run(check).await;
    let authentic =
        authentic.map_err(|_| RedeemRefusal::Internal("the tokens were not checked"))??;
    let authentic = Arc::new(authentic);
    let binding = *authentic.request.binding();
    // From here on the lead's secret stands for the reader: what was stored can be opened.
    let stored = issuer
        .ledger()
        .stored_answer(authentic.coins.inputs.clone(), binding, hour(issuer))
        .await;
    if let Some(sealed) = stored.map_err(RedeemRefusal::StoredAnswer)? {
        return repeat(issuer, authentic, sealed).await;
    }
    let text = &authentic.request.fields().offer;
    let known = issuer.recent().offer(text);
    let publisher = match &known {
        Some(known) => known.offer().claims().publisher.clone(),
        None => claimed_publisher(text)?,
    };
    let publisher = issuer
        .ledger()
        .publisher(publisher)
        .await
        .map_err(RedeemRefusal::Store)?;
    let publisher = publisher.ok_or(RedeemRefusal::PublisherUnknown)?;

    let prepare = {
        let (issuer, authentic) = (Arc::clone(issuer), Arc::clone(&authentic));
        move || prepare(&issuer, &authentic, known, &publisher)
    };
    let prepared = issuer.compute().run(prepare).await;
    let (redemption, body) =
        prepared.map_err(|_| RedeemRefusal::Internal("an answer was not built"))??;
    match issuer
        .ledger()
        .redeem(redemption)
        .await
        .map_err(RedeemRefusal::Redeem)?
    {
        Redeemed::Accepted => Ok(body),
        // The same request came twice at once; the other one was first, and what it was answered is the answer.
        Redeemed::Replayed(sealed) => repeat(issuer, authentic, sealed).await,
    }
}

/// Answers again what was answered before. That is computing like any other, and waits its turn with it.
async fn repeat<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    authentic: Arc<Authentic>,
    sealed: SealedAnswer,
) -> Result<Vec<u8>, RedeemRefusal> {
    let work = {
        let issuer = Arc::clone(issuer);
        move || respond::repeat(issuer.id(), &authentic, &sealed)
    };
    let repeated = issuer.compute().run(work).await;
    repeated.map_err(|_| RedeemRefusal::Internal("an answer was not repeated"))?
}

fn hour<L: Ledger>(issuer: &Issuer<L>) -> Hour {
    Hour::of(issuer.now())
}

fn coins(in_force: &InForce, request: &RedeemRequest) -> Result<Coins, RedeemRefusal> {
    let fields = request.fields();
    let input = |input: &farthing_core::request::Input| {
        let denomination = in_force.mint(&input.keyset)?.keyset().denomination();
        Some(Input {
            keyset: input.keyset,
            denomination,
            nullifier: input.nullifier,
        })
    };
    let output = |output: &farthing_core::request::Output| {
        let denomination = in_force.mint(&output.keyset)?.keyset().denomination();
        Some(Element::new(
            output.keyset,
            denomination,
            output.blinded.bytes(),
        ))
    };
    let inputs: Option<Vec<Input>> = fields.inputs.iter().map(input).collect();
    let outputs: Option<Vec<Element>> = fields.outputs.iter().map(output).collect();
    match (inputs, outputs) {
        (Some(inputs), Some(outputs)) => Ok(Coins { inputs, outputs }),
        _ => {
            let inputs = fields.inputs.iter().map(|input| &input.keyset);
            let outputs = fields.outputs.iter().map(|output| &output.keyset);
            if in_force.lacks_one(inputs.chain(outputs)) {
                Err(RedeemRefusal::KeyLacking)
            } else {
                Err(RedeemRefusal::KeysetUnknown)
            }
        }
    }
}

/// Reads the request and checks what costs least first: form, order and points; keysets; then the mac of every input up
/// to the first bad one, which costs one multiplication.
fn authenticate<L: Ledger>(issuer: &Issuer<L>, body: &[u8]) -> Result<Authentic, RedeemRefusal> {
    let known = |text: &str| Some(*issuer.recent().offer(text)?.offer().hash());
    let request = RedeemRequest::parse_knowing(body, issuer.id(), known);
    let request = request.map_err(RedeemRefusal::Request)?;
    let in_force = issuer.in_force();
    let coins = coins(&in_force, &request)?;
    let mut lead = None;
    let inputs = request.fields().inputs.iter().zip(request.macs());
    for (index, (input, mac)) in inputs.enumerate() {
        let mint = in_force
            .mint(&input.keyset)
            .ok_or(RedeemRefusal::KeysetUnknown)?;
        let secret = mint
            .recognise(issuer.id(), &input.nonce, request.binding(), mac)
            .map_err(|error| match error {
                CheckError::Invalid => RedeemRefusal::TokenInvalid { index },
                CheckError::Failed(_) => RedeemRefusal::Internal("a token was not checked"),
            })?;
        // Inputs ascend by nullifier, so the first is the lead.
        lead.get_or_insert(secret);
    }
    let lead = lead.ok_or(RedeemRefusal::Internal("a redemption has no inputs"))?;
    Ok(Authentic {
        request,
        in_force,
        coins,
        lead,
    })
}

fn claimed_publisher(offer: &str) -> Result<PublisherId, RedeemRefusal> {
    let offer = UnverifiedOffer::parse(offer).map_err(|_| RedeemRefusal::OfferInvalid)?;
    offer.claimed_publisher().map_err(RedeemRefusal::Offer)
}

fn prepare<L: Ledger>(
    issuer: &Issuer<L>,
    authentic: &Authentic,
    known: Option<Arc<VerifiedOffer>>,
    publisher: &Publisher,
) -> Result<(farthing_ledger::Redemption, Vec<u8>), RedeemRefusal> {
    let Authentic {
        request,
        in_force,
        coins,
        ..
    } = authentic;
    let now = issuer.now();
    let text = &request.fields().offer;
    let verified = check::offer(issuer, in_force, publisher, text, known, now)?;
    let offer = verified.offer();
    check::price(issuer, in_force, publisher, offer, request)?;
    check::balance(in_force, publisher, request, coins, now)?;
    let key = check::wrap(issuer, in_force, offer, request, now)?;
    build::build(issuer, authentic, publisher, offer, key, now)
}
