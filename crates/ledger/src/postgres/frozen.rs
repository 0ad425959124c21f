//! Frozen keysets. Whoever freezes one has its row of counts for itself, and so has whoever counts.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::Session;
use crate::breaker::since;
use crate::{Freeze, Frozen, Hour, StoreError, Transition};
use farthing_core::id::KeysetId;

/// Freezes, in the transaction that is open.
pub(super) async fn write(session: &Session, freeze: &Freeze) -> Result<Transition, Broken> {
    let (keyset, currency) = (freeze.keyset.bytes().as_slice(), freeze.currency.as_str());
    let denomination = freeze.denomination.signed();
    let hour = column::signed(since(freeze.hour).number());
    let begin = "INSERT INTO keyset_counts (keyset, currency, denomination, issued, spent) \
                 VALUES ($1, $2, $3, 0, 0) ON CONFLICT (keyset) DO NOTHING";
    session
        .execute(begin, &[&keyset, &currency, &denomination])
        .await?;
    let select = "SELECT currency, denomination FROM keyset_counts WHERE keyset = $1";
    let row = session.one(select, &[&keyset]).await?;
    let terms = (column::currency(&row, 0)?, column::micro(&row, 1)?);
    if terms != (freeze.currency, freeze.denomination) {
        return Err(Broken::inconsistent("a keyset has other terms"));
    }
    let update = "UPDATE keyset_counts SET frozen_hour = $2, frozen_reason = $3 \
                  WHERE keyset = $1 AND frozen_hour = 0";
    let rows = session
        .execute(update, &[&keyset, &hour, &freeze.reason])
        .await?;
    Ok(changed(rows))
}

pub(super) async fn freeze(
    session: &Session,
    freeze: &Freeze,
) -> Result<Transition, Trouble<StoreError>> {
    session
        .transaction(async |session| {
            let transition = write(session, freeze).await?;
            if transition == Transition::AlreadyDone {
                session.confirm().await?;
            }
            Ok(transition)
        })
        .await
}

pub(super) async fn thaw(
    session: &Session,
    keyset: KeysetId,
) -> Result<Transition, Trouble<StoreError>> {
    session
        .transaction(async |session| {
            let update = "UPDATE keyset_counts SET frozen_hour = 0, frozen_reason = '' \
                          WHERE keyset = $1 AND frozen_hour <> 0";
            let rows = session
                .execute(update, &[&keyset.bytes().as_slice()])
                .await?;
            Ok(changed(rows))
        })
        .await
}

const fn changed(rows: u64) -> Transition {
    if rows == 0 {
        Transition::AlreadyDone
    } else {
        Transition::Done
    }
}

pub(super) async fn all(session: &Session) -> Result<Vec<Frozen>, Broken> {
    let select = "SELECT keyset, frozen_hour, frozen_reason FROM keyset_counts \
                  WHERE frozen_hour <> 0 ORDER BY keyset";
    let rows = session.rows(select, &[]).await?;
    let read = |row| {
        Ok(Frozen {
            keyset: KeysetId::new(column::fixed(row, 0)?),
            hour: Hour::new(column::unsigned(row, 1)?),
            reason: column::value(row, 2)?,
        })
    };
    rows.iter().map(read).collect()
}
