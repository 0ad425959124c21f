//! The end of a keyset: nothing of it is accepted, then its rows are dropped.

use super::broken::{Broken, Trouble};
use super::column;
use super::journal;
use super::keysets::Terms;
use super::ledger_time;
use super::session::Session;
use crate::archive::PAGE;
use crate::journal::Book;
use crate::keyset_end::Stage;
use crate::{
    DropRowsError, EndKeysetError, EndedKeyset, KeyDestroyedError, KeysetEnd, Transition, event,
    rules,
};
use core::iter::once;
use farthing_core::id::KeysetId;

pub(super) async fn end(
    session: &Session,
    end: &KeysetEnd,
) -> Result<Transition, Trouble<EndKeysetError>> {
    session
        .transaction(async |session| {
            let refuse = |error: EndKeysetError| Trouble::Refused(error);
            let uses = || once((end.keyset, end.denomination));
            let mut terms = Terms::read(session, once(end.keyset)).await?;
            let agreed = terms.agree(end.tender(), uses());
            agreed.map_err(|error| refuse(error.into()))?;
            terms.number_new(session).await?;
            // In the order of a purchase, which takes the head before the keysets: so neither waits for the other.
            journal::lock(session, Book::Use).await?;
            let select = "SELECT issued + lost, spent, stage FROM keyset_counts \
                          WHERE keyset = $1 FOR UPDATE";
            let key = end.keyset.bytes().as_slice();
            let row = session.one(select, &[&key]).await?;
            if column::parsed(&row, 2, Stage::parse)? != Stage::Live {
                session.confirm().await?;
                return Ok(Transition::AlreadyDone);
            }
            let (issued, spent) = (column::value(&row, 0)?, column::value(&row, 1)?);
            let outstanding =
                rules::outstanding(end.denomination, issued, spent).map_err(refuse)?;
            let entry = event::expired(end, outstanding).map_err(|error| refuse(error.into()))?;
            let set = "UPDATE keyset_counts SET stage = 'ended' WHERE keyset = $1";
            session.execute_one(set, &[&key]).await?;
            journal::append(session, Book::Use, &[&entry]).await?;
            ledger_time::deleting(session, end.hour.begins()).await?;
            Ok(Transition::Done)
        })
        .await
}

/// The stage that a keyset is in, which nobody changes until this transaction ends, and its number.
async fn lock(session: &Session, keyset: KeysetId) -> Result<Option<(Stage, i32)>, Broken> {
    let select = "SELECT stage, number FROM keyset_counts WHERE keyset = $1 FOR UPDATE";
    let row = session.row(select, &[&keyset.bytes().as_slice()]).await?;
    let read = |row| {
        Ok((
            column::parsed(&row, 0, Stage::parse)?,
            column::value(&row, 1)?,
        ))
    };
    row.map(read).transpose()
}

pub(super) async fn key_destroyed(
    session: &Session,
    keyset: KeysetId,
) -> Result<Transition, Trouble<KeyDestroyedError>> {
    session
        .transaction(async |session| match lock(session, keyset).await? {
            None | Some((Stage::Live, _)) => Err(Trouble::Refused(KeyDestroyedError::NotEnded)),
            Some((Stage::KeyDestroyed, _)) => {
                session.confirm().await?;
                Ok(Transition::AlreadyDone)
            }
            Some((Stage::Ended, number)) => {
                let set = "UPDATE keyset_counts SET stage = 'key_destroyed' WHERE number = $1";
                session.execute_one(set, &[&number]).await?;
                Ok(Transition::Done)
            }
        })
        .await
}

pub(super) async fn drop_rows(
    session: &Session,
    keyset: KeysetId,
    limit: usize,
) -> Result<usize, Trouble<DropRowsError>> {
    session
        .transaction(async |session| {
            let Some((Stage::KeyDestroyed, number)) = lock(session, keyset).await? else {
                return Err(Trouble::Refused(DropRowsError::KeyNotDestroyed));
            };
            Ok(drop_some(session, number, limit).await?)
        })
        .await
}

async fn drop_some(session: &Session, number: i32, limit: usize) -> Result<usize, Broken> {
    let remove = "DELETE FROM spent WHERE keyset = $1 AND nullifier IN \
                  (SELECT nullifier FROM spent WHERE keyset = $1 ORDER BY nullifier LIMIT $2)";
    let spent = session.execute(remove, &[&number, &signed(limit)]).await?;
    let spent = usize::try_from(spent).unwrap_or(usize::MAX);
    let left = limit.saturating_sub(spent);
    let remove = "DELETE FROM issued WHERE keyset = $1 AND element_hash IN \
                  (SELECT element_hash FROM issued WHERE keyset = $1 ORDER BY element_hash LIMIT $2)";
    let issued = session.execute(remove, &[&number, &signed(left)]).await?;
    let issued = usize::try_from(issued).unwrap_or(usize::MAX);
    let pages = signed(left.saturating_sub(issued).div_ceil(PAGE));
    let remove = "DELETE FROM archive_pages WHERE keyset = $1 AND first IN \
                  (SELECT first FROM archive_pages WHERE keyset = $1 ORDER BY first LIMIT $2) \
                  RETURNING length(nullifiers) / 32";
    let mut archived = 0usize;
    for row in session.rows(remove, &[&number, &pages]).await? {
        let size = column::parsed(&row, 0, |size: i32| usize::try_from(size).ok())?;
        archived = archived.saturating_add(size);
    }
    let dropped = spent.saturating_add(archived);
    let count = "UPDATE keyset_counts SET archived = archived - $2, \
                 spent_dropped = spent_dropped + $3, issued_dropped = issued_dropped + $4 \
                 WHERE number = $1";
    let (a, s, i) = (signed(archived), signed(dropped), signed(issued));
    session.execute_one(count, &[&number, &a, &s, &i]).await?;
    Ok(dropped.saturating_add(issued))
}

fn signed(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) async fn ended(session: &Session) -> Result<Vec<EndedKeyset>, Broken> {
    let select = "SELECT keyset, stage, issued - issued_dropped + spent - spent_dropped \
                  FROM keyset_counts WHERE stage <> 'live' ORDER BY keyset";
    let rows = session.rows(select, &[]).await?;
    let read = |row: &tokio_postgres::Row| {
        Ok(EndedKeyset {
            keyset: KeysetId::new(column::fixed(row, 0)?),
            key_destroyed: column::parsed(row, 1, Stage::parse)? == Stage::KeyDestroyed,
            rows: column::unsigned(row, 2)?,
        })
    };
    rows.iter().map(read).collect()
}
