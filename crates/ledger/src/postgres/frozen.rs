//! Frozen keysets. Whoever freezes one has its row of counts for itself, and so has whoever counts.

use super::broken::{Broken, Trouble};
use super::keysets::Terms;
use super::session::{Params, Session};
use super::{column, journal};
use crate::breaker::since;
use crate::journal::{Book, Entry};
use crate::{Freeze, Frozen, Hour, StoreError, Transition, event};
use farthing_core::id::KeysetId;

/// Freezes, in the transaction that is open; gives how many were not frozen before.
pub(super) async fn write(session: &Session, freezes: &[Freeze]) -> Result<usize, Broken> {
    if freezes.is_empty() {
        return Ok(0);
    }
    let mut entries = Vec::with_capacity(freezes.len());
    for freeze in freezes {
        let mut terms = Terms::read(session, [freeze.keyset].into_iter()).await?;
        let uses = [(freeze.keyset, freeze.denomination)].into_iter();
        let agreed = terms.agree(freeze.tender(), uses);
        agreed.map_err(|error| Broken::Failed(error.to_string()))?;
        terms.number_new(session).await?;
        // In the order of a purchase, which takes the head before the keysets: so neither waits for the other.
        journal::lock(session, Book::Use).await?;
        let update = "UPDATE keyset_counts SET frozen_hour = $2, frozen_reason = $3 \
                      WHERE keyset = $1 AND frozen_hour = 0";
        let keyset = freeze.keyset.bytes().as_slice();
        let hour = column::signed(since(freeze.hour).number());
        let params: Params<'_> = &[&keyset, &hour, &freeze.reason];
        if session.execute(update, params).await? > 0 {
            entries.push(event::frozen(freeze));
        }
    }
    append(session, &entries).await?;
    Ok(entries.len())
}

async fn append(session: &Session, entries: &[Entry]) -> Result<(), Broken> {
    if entries.is_empty() {
        return Ok(());
    }
    let entries: Vec<&Entry> = entries.iter().collect();
    journal::append(session, Book::Use, &entries).await
}

pub(super) async fn freeze(
    session: &Session,
    freeze: &Freeze,
) -> Result<Transition, Trouble<StoreError>> {
    session
        .transaction(async |session| {
            if write(session, std::slice::from_ref(freeze)).await? > 0 {
                return Ok(Transition::Done);
            }
            session.confirm().await?;
            Ok(Transition::AlreadyDone)
        })
        .await
}

pub(super) async fn thaw(
    session: &Session,
    keyset: KeysetId,
    hour: Hour,
) -> Result<Transition, Trouble<StoreError>> {
    session
        .transaction(async |session| {
            journal::lock(session, Book::Use).await?;
            let update = "UPDATE keyset_counts SET frozen_hour = 0, frozen_reason = '' \
                          WHERE keyset = $1 AND frozen_hour <> 0 RETURNING currency";
            let keyset_bytes = keyset.bytes().as_slice();
            let Some(row) = session.row(update, &[&keyset_bytes]).await? else {
                return Ok(Transition::AlreadyDone);
            };
            let entry = event::thawed(keyset, column::currency(&row, 0)?, hour);
            append(session, &[entry]).await?;
            Ok(Transition::Done)
        })
        .await
}

/// Writes into the journal what was frozen before freezes stood there (schema version 5).
pub(super) async fn journal_freezes(session: &Session) -> Result<(), Broken> {
    let select = "SELECT keyset, currency, denomination, frozen_hour, frozen_reason \
                  FROM keyset_counts WHERE frozen_hour <> 0 ORDER BY keyset";
    let mut entries = Vec::new();
    for row in session.rows(select, &[]).await? {
        entries.push(event::frozen(&Freeze {
            keyset: KeysetId::new(column::fixed(&row, 0)?),
            currency: column::currency(&row, 1)?,
            denomination: column::micro(&row, 2)?,
            promo: None,
            hour: Hour::new(column::unsigned(&row, 3)?),
            reason: column::value(&row, 4)?,
        }));
    }
    append(session, &entries).await
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
