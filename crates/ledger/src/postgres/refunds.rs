//! Purchases that were given back.

use super::broken::Trouble;
use super::decide::decide;
use super::known::Known;
use super::session::Session;
use super::{column, frozen, rebinds, redeem, reserved};
use crate::spend::Spend;
use crate::{Rebind, RecordKey, Redeemed, Refund, RefundError, refund, rules};

/// What became of it: a refusal that leaves a freeze behind is committed with it.
type Refunded = Result<Redeemed, RefundError>;

pub(super) async fn refund(
    session: &Session,
    new: &Refund,
) -> Result<Redeemed, Trouble<RefundError>> {
    let refunded = session
        .transaction(async |session| in_transaction(session, new).await)
        .await;
    refunded?.map_err(Trouble::Refused)
}

async fn in_transaction(session: &Session, new: &Refund) -> Result<Refunded, Trouble<RefundError>> {
    let spend = Spend::Refund(new.clone());
    let group = [&spend];
    let mut known = Known::read(session, &group).await?;
    let decision = decide(&mut known, &group);
    if decision.repeats() {
        session.confirm().await?;
    } else if !is_spent(&decision.results) {
        let reserved = reserved::of(session, [RecordKey::rebind(&new.grant)]).await?;
        let is_reserved = rules::is_for_another(reserved.values().flatten(), new.binding);
        if is_reserved || rebinds::is_recorded(session, new.grant).await? {
            return Err(Trouble::Refused(RefundError::GrantRevoked));
        }
        refund::within_budget(new, given(session, new).await?).map_err(Trouble::Refused)?;
    }
    if !decision.accepted.is_empty() {
        known.terms.number_new(session).await?;
        redeem::write(session, &known.terms, &decision.accepted).await?;
        rebinds::record(session, &Rebind::of(new)).await?;
        count(session, new).await?;
        // Of refunds at once each sees those before it: the row that is counted in is locked until the end.
        let amount = new.split.amount().signed();
        let before = given(session, new).await?.saturating_sub(amount);
        refund::within_budget(new, before).map_err(Trouble::Refused)?;
    }
    frozen::write(session, &decision.frozen).await?;
    let result = decision.results.into_iter().next();
    let nothing = || crate::StoreError::Inconsistent("a refund was not decided".into()).into();
    Ok(result.map_or_else(
        || Err(nothing()),
        |result| result.map_err(RefundError::from),
    ))
}

/// Whether the right was spent before: that comes first (R26).
fn is_spent(results: &[Result<Redeemed, crate::SwapError>]) -> bool {
    use crate::SwapError::{AnswerExpired, TokenSpent};
    let mut results = results.iter();
    results.any(|result| matches!(result, Err(AnswerExpired | TokenSpent(_))))
}

/// What the publisher gave back on the day so far.
async fn given(session: &Session, new: &Refund) -> Result<i64, Trouble<RefundError>> {
    let select = "SELECT amount FROM refunds WHERE publisher = $1 AND day = $2 AND currency = $3";
    let (publisher, currency) = (new.publisher.as_str(), new.currency.as_str());
    let day = column::signed(new.hour.day());
    let row = session.row(select, &[&publisher, &day, &currency]).await?;
    let amount = row.map(|row| column::value(&row, 0)).transpose()?;
    Ok(amount.unwrap_or_default())
}

async fn count(session: &Session, new: &Refund) -> Result<(), Trouble<RefundError>> {
    let count = "INSERT INTO refunds (publisher, day, currency, count, amount) \
                 VALUES ($1, $2, $3, 1, $4) \
                 ON CONFLICT (publisher, day, currency) DO UPDATE SET \
                 count = refunds.count + 1, amount = refunds.amount + excluded.amount";
    let (publisher, currency) = (new.publisher.as_str(), new.currency.as_str());
    let (day, amount) = (column::signed(new.hour.day()), new.split.amount().signed());
    let params: super::session::Params<'_> = &[&publisher, &day, &currency, &amount];
    Ok(session.insert(count, params, 1).await?)
}
