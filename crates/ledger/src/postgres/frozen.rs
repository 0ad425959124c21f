//! Frozen keysets. Whoever freezes one has its row of counts for itself, and so has whoever counts.

use super::broken::{Broken, Trouble};
use super::column;
use super::keysets::Terms;
use super::session::Session;
use crate::breaker::since;
use crate::{Freeze, Frozen, Hour, StoreError, Transition};
use farthing_core::id::KeysetId;

/// Freezes, in the transaction that is open.
pub(super) async fn write(session: &Session, freeze: &Freeze) -> Result<Transition, Broken> {
    let keyset = freeze.keyset.bytes().as_slice();
    let hour = column::signed(since(freeze.hour).number());
    let mut terms = Terms::read(session, [freeze.keyset].into_iter()).await?;
    let uses = [(freeze.keyset, freeze.denomination)].into_iter();
    let agreed = terms.agree(freeze.currency, uses);
    agreed.map_err(|error| Broken::Failed(error.to_string()))?;
    terms.number_new(session).await?;
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
