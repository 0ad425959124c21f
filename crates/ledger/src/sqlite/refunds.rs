//! Purchases that were given back.

use super::keysets::Keysets;
use super::{answers, rebinds, redeem, reserved, sql};
use crate::spend::Spend;
use crate::{Freeze, Rebind, RecordKey, Redeemed, Refund, RefundError, SwapError, refund};
use rusqlite::Connection;

/// What became of a refund, and the keysets that it froze: as of everything that spends, a freeze stays.
type Refunded = (Result<Redeemed, RefundError>, Vec<Freeze>);

pub(super) fn refund(conn: &Connection, new: &Refund) -> Result<Refunded, RefundError> {
    let right = core::slice::from_ref(&new.right);
    let stored = answers::stored(conn, &mut Keysets::default(), right, new.binding, new.hour);
    if let Some(answer) = stored.map_err(SwapError::from)? {
        return Ok((Ok(Redeemed::Replayed(answer)), Vec::new()));
    }
    let key = RecordKey::rebind(&new.grant);
    let is_revoked = rebinds::is_recorded(conn, new.grant)?;
    if is_revoked || reserved::is_for_another(conn, key, new.binding)? {
        return Err(RefundError::GrantRevoked);
    }
    let select = "SELECT amount FROM refunds WHERE publisher = ?1 AND day = ?2 AND currency = ?3";
    let (publisher, day) = (new.publisher.as_str(), sql::signed(new.hour.day()));
    let of = (publisher, day, new.currency.as_str());
    let given = sql::optional(conn, select, of, |row| row.get(0))?;
    refund::within_budget(new, given.unwrap_or_default())?;
    let (redeemed, frozen) = redeem::spend(conn, &Spend::Refund(new.clone()))?;
    if let Ok(Redeemed::Accepted) = redeemed {
        let count = "INSERT INTO refunds (publisher, day, currency, count, amount) \
                     VALUES (?1, ?2, ?3, 1, ?4) \
                     ON CONFLICT (publisher, day, currency) DO UPDATE SET \
                     count = count + 1, amount = amount + excluded.amount";
        let amount = new.split.amount().signed();
        let currency = new.currency;
        sql::execute_one(conn, count, (publisher, day, currency.as_str(), amount))?;
        rebinds::record(conn, &Rebind::of(new))?;
    }
    Ok((redeemed.map_err(RefundError::from), frozen))
}
