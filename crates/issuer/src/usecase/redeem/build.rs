//! The whole answer and its record, built before anything is spent.

use super::{Coins, RedeemRefusal};
use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::random::secret;
use farthing_core::answer;
use farthing_core::content::ContentKey;
use farthing_core::grant::{GrantClaims, Opening, grant_id};
use farthing_core::hpke::{self, key_info};
use farthing_core::jws;
use farthing_core::money::Micro;
use farthing_core::offer::Offer;
use farthing_core::request::{RedeemRequest, RedeemResponse};
use farthing_core::time::{DAY, Timestamp};
use farthing_core::token::Output as Secret;
use farthing_ledger::{
    Commitment, Hour, Input, Ledger, Publisher, Redemption, SealedAnswer, Split,
};

/// Fourteen months (R26), taken at their longest.
const ANSWER_LIFE: u64 = 427 * DAY;

#[expect(
    clippy::too_many_arguments,
    reason = "everything that was checked, each once"
)]
pub(super) fn build<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &RedeemRequest,
    coins: Coins,
    publisher: &Publisher,
    offer: &Offer,
    key: &ContentKey,
    lead: &Secret,
    now: Timestamp,
) -> Result<(Redemption, Vec<u8>), RedeemRefusal> {
    let fields = request.fields();
    let binding = *request.binding();
    let amount = fields.price.amount;
    let fee = fee(amount, publisher.fee_basis_points);
    let split = fee.and_then(|fee| Split::new(amount, fee, Micro::ZERO));
    let split = split.ok_or(RedeemRefusal::Internal("a price was not divided"))?;

    let change = in_force
        .evaluate(&binding, &fields.outputs)
        .ok_or(RedeemRefusal::Internal("change was not evaluated"))?;
    let response = RedeemResponse {
        grant: grant(issuer, in_force, request, offer, &split, now)?,
        key: release(issuer, in_force, request, key)?,
        change,
    };
    let body = response.to_json().into_bytes();
    let sealed = answer::seal(lead, &binding, &body)
        .ok_or(RedeemRefusal::Internal("an answer was not sealed"))?;
    let redemption = Redemption {
        binding,
        currency: fields.price.currency,
        answer_expires: answer_expires(in_force, &coins.inputs, now),
        inputs: coins.inputs,
        outputs: coins.outputs,
        split,
        publisher: publisher.origin.clone(),
        offer: *offer.hash(),
        hour: Hour::of(now),
        commitment: Commitment::new(lead.entry_commitment(&binding)),
        answer: SealedAnswer::new(sealed),
    };
    Ok((redemption, body))
}

/// floor(amount × basis points / 10,000).
fn fee(amount: Micro, basis_points: u16) -> Option<Micro> {
    let fee = u128::from(amount.get()).checked_mul(u128::from(basis_points))? / 10_000;
    u64::try_from(fee).ok().and_then(Micro::new)
}

/// Seals the content key to the reader, for this redemption only.
fn release<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &RedeemRequest,
    key: &ContentKey,
) -> Result<hpke::SealedKey, RedeemRefusal> {
    let random = secret::<32>(issuer.random())
        .map_err(|_| RedeemRefusal::Internal("no randomness to seal a key with"))?;
    let info = key_info(request.binding());
    let ops = in_force.keys().ops();
    let sealed = ops.seal(&request.fields().sealing, &info, key, &random);
    sealed.map_err(|_| RedeemRefusal::Internal("a content key was not sealed"))
}

fn grant<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &RedeemRequest,
    offer: &Offer,
    split: &Split,
    now: Timestamp,
) -> Result<String, RedeemRefusal> {
    let (fields, claims) = (request.fields(), offer.claims());
    let after = |seconds: u64| (seconds > 0).then(|| now.plus(seconds));
    let grant = GrantClaims {
        issuer: issuer.id().clone(),
        publisher: claims.publisher.clone(),
        id: grant_id(request.binding()),
        iat: now,
        subject: Opening::of(offer, fields.salt).subject(),
        amount: split.amount(),
        currency: fields.price.currency,
        issuer_fee: split.fee(),
        tax: split.tax(),
        access_until: after(claims.access),
        refund_until: after(claims.refund),
        cnf: fields.cnf,
    };
    let signer = in_force.signer(now).ok_or(RedeemRefusal::KeyLacking)?;
    signer
        .sign(jws::GRANT, &grant.to_json())
        .ok_or(RedeemRefusal::Internal("a grant was not signed"))
}

/// Fourteen months after the later of acceptance and the latest `redeem_until` of the inputs (R26).
pub(in crate::usecase) fn answer_expires(
    in_force: &InForce,
    inputs: &[Input],
    now: Timestamp,
) -> Hour {
    let ends = inputs
        .iter()
        .filter_map(|input| in_force.mint(&input.keyset));
    let latest = ends
        .map(|mint| mint.life().redeem_until)
        .fold(now, Timestamp::max);
    Hour::from_then_on(latest.plus(ANSWER_LIFE))
}

#[cfg(test)]
mod tests {
    use super::fee;
    use farthing_core::money::{MAX_SAFE_INTEGER, Micro};

    #[test]
    fn fees_are_rounded_down_and_never_overflow() {
        let fee_of = |amount, bps| fee(Micro::new(amount).unwrap(), bps).unwrap().get();
        assert_eq!(fee_of(200_000, 1_000), 20_000);
        assert_eq!(fee_of(1_000, 1), 0);
        assert_eq!(fee_of(9_999, 10_000), 9_999);
        assert_eq!(fee_of(MAX_SAFE_INTEGER, 10_000), MAX_SAFE_INTEGER);
        assert_eq!(fee_of(2_000, 0), 0);
    }
}
