//! The whole answer and its record, built before anything is spent.

use super::respond::respond;
use super::{Authentic, RedeemRefusal, check};
use crate::in_force::InForce;
use crate::issuer::Issuer;
use crate::keys::Mint;
use crate::usecase::destroy::{ANSWER_LIFE, erase_at};
use farthing_core::answer::{self, PackedAnswer, PackedGrant};
use farthing_core::content::ContentKey;
use farthing_core::grant::{GrantClaims, Opening, Paid, grant_id};
use farthing_core::id::KeysetId;
use farthing_core::jwk::Kid;
use farthing_core::money::Micro;
use farthing_core::offer::Offer;
use farthing_core::request::RedeemRequest;
use farthing_core::time::Timestamp;
use farthing_ledger::{
    Commitment, Hour, Input, Ledger, Publisher, Redemption, SealedAnswer, Split,
};

pub(super) fn build<L: Ledger>(
    issuer: &Issuer<L>,
    authentic: &Authentic,
    publisher: &Publisher,
    offer: &Offer,
    key: ContentKey,
    now: Timestamp,
) -> Result<(Redemption, Vec<u8>), RedeemRefusal> {
    let Authentic {
        request,
        in_force,
        coins,
        lead,
    } = authentic;
    let fields = request.fields();
    let binding = *request.binding();
    let amount = fields.price.amount;
    let promo = check::promo(in_force, coins).is_some();
    // Nobody paid, so that nobody is paid and no fee is taken.
    let fee = if promo {
        Some(Micro::ZERO)
    } else {
        fee(amount, publisher.fee_basis_points)
    };
    let split = fee.and_then(|fee| Split::new(amount, fee, Micro::ZERO));
    let split = split.ok_or(RedeemRefusal::Internal("a price was not divided"))?;
    let paid = if promo { Paid::Promo } else { Paid::Money };

    let grant = Box::new(grant(
        issuer,
        in_force,
        request,
        offer,
        (&split, paid),
        now,
    )?);
    let packed = match fields.giver {
        None => PackedAnswer::Redeem { key, grant },
        Some(_) => PackedAnswer::Gift { key, grant },
    };
    let body = respond(issuer.id(), authentic, &packed)?;
    let sealed = answer::seal(lead, &binding, &packed.to_bytes())
        .ok_or(RedeemRefusal::Internal("an answer was not sealed"))?;
    let keysets = coins.outputs.iter().map(|output| &output.keyset);
    let redemption = Redemption {
        promo,
        binding,
        currency: fields.price.currency,
        answer_expires: answer_expires(in_force, &coins.inputs, keysets, now),
        inputs: coins.inputs.clone(),
        outputs: coins.outputs.clone(),
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

fn grant<L: Ledger>(
    issuer: &Issuer<L>,
    in_force: &InForce,
    request: &RedeemRequest,
    offer: &Offer,
    (split, paid): (&Split, Paid),
    now: Timestamp,
) -> Result<PackedGrant, RedeemRefusal> {
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
        paid,
        issuer_fee: split.fee(),
        tax: split.tax(),
        access_until: after(claims.access),
        refund_until: after(claims.refund),
        cnf: fields.cnf,
        giver: fields.giver.as_ref().map(Kid::of),
    };
    let signer = in_force.signer(now).ok_or(RedeemRefusal::KeyLacking)?;
    signer
        .sign_grant(&grant)
        .ok_or(RedeemRefusal::Internal("a grant was not signed"))
}

/// Fourteen months after the later of acceptance and the latest `redeem_until` of the inputs (R26), and no longer than
/// the secrets are there from which the request is answered again.
pub(in crate::usecase) fn answer_expires<'a>(
    in_force: &InForce,
    inputs: &'a [Input],
    outputs: impl IntoIterator<Item = &'a KeysetId>,
    now: Timestamp,
) -> Hour {
    let life = |keyset| in_force.mint(keyset).map(Mint::life);
    let spent = || inputs.iter().map(|input| &input.keyset);
    let spent_until = spent().filter_map(life).map(|life| life.redeem_until);
    let lives = spent().chain(outputs).filter_map(life);
    expires(now, spent_until, lives.map(|life| erase_at(&life)))
}

fn expires(
    now: Timestamp,
    spent_until: impl Iterator<Item = Timestamp>,
    erased: impl Iterator<Item = Timestamp>,
) -> Hour {
    let expires = Hour::from_then_on(spent_until.fold(now, Timestamp::max).plus(ANSWER_LIFE));
    let first = erased.min();
    first.map_or(expires, |first| expires.min(Hour::of(first)))
}

#[cfg(test)]
mod tests {
    use super::{ANSWER_LIFE, expires, fee};
    use farthing_core::money::{MAX_SAFE_INTEGER, Micro};
    use farthing_core::time::{DAY, Timestamp};
    use farthing_ledger::Hour;

    #[test]
    fn no_answer_is_kept_longer_than_the_keys_that_make_it_again() {
        let days = |days: u64| Timestamp::new(days.checked_mul(DAY).unwrap()).unwrap();
        let of = |time: Timestamp| Hour::of(time.plus(ANSWER_LIFE));
        let expires = |spent_until: u64, erased: [u64; 2]| {
            let erased = erased.map(|claim_until| days(claim_until).plus(ANSWER_LIFE));
            expires(
                days(10),
                [days(spent_until)].into_iter(),
                erased.into_iter(),
            )
        };
        // In an order of dates that only moves on, the end of the coins decides, or now if that is later.
        assert_eq!(expires(90, [190, 200]), of(days(90)));
        assert_eq!(expires(5, [190, 200]), of(days(10)));
        // Coins that were made to last shorter than those paid with.
        assert_eq!(expires(300, [400, 200]), of(days(200)));
        // Never rounded up past the end of a key.
        let odd = days(200).plus(1_799);
        let erased = [odd.plus(ANSWER_LIFE)].into_iter();
        let rounded = super::expires(days(10), [odd].into_iter(), erased);
        assert_eq!(rounded, of(days(200)));
    }

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
