//! What may be used up only by the requests that did so in a later state of this ledger, which is lost.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::Session;
use crate::{RecordKey, Reservation, StoreError};
use farthing_core::id::Binding;
use std::collections::HashMap;

/// The requests for which these are reserved; nearly always none.
pub(super) async fn of(
    session: &Session,
    keys: impl IntoIterator<Item = RecordKey>,
) -> Result<HashMap<RecordKey, Vec<Binding>>, Broken> {
    let keys: Vec<RecordKey> = keys.into_iter().collect();
    let keys: Vec<&[u8]> = keys.iter().map(|key| key.bytes().as_slice()).collect();
    let select = "SELECT record_key, binding FROM reserved WHERE record_key = ANY ($1::BYTEA[])";
    let mut reserved: HashMap<RecordKey, Vec<Binding>> = HashMap::new();
    for row in session.rows(select, &[&keys]).await? {
        let key = RecordKey::new(column::fixed(&row, 0)?);
        let binding = Binding::new(column::fixed(&row, 1)?);
        reserved.entry(key).or_default().push(binding);
    }
    Ok(reserved)
}

/// A repetition finds its own rows, which are not new to it: the count is of the last attempt.
pub(super) async fn reserve(
    session: &Session,
    new: &[Reservation],
) -> Result<usize, Trouble<StoreError>> {
    let keys: Vec<&[u8]> = new.iter().map(|r| r.key.bytes().as_slice()).collect();
    let bindings: Vec<&[u8]> = new.iter().map(|r| r.binding.bytes().as_slice()).collect();
    session
        .transaction(async |session| {
            let insert = "INSERT INTO reserved (record_key, binding) \
                          SELECT DISTINCT r.record_key, r.binding \
                          FROM unnest($1::BYTEA[], $2::BYTEA[]) AS r (record_key, binding) \
                          ON CONFLICT (record_key, binding) DO NOTHING";
            let inserted = session.execute(insert, &[&keys, &bindings]).await?;
            Ok(usize::try_from(inserted).unwrap_or(usize::MAX))
        })
        .await
}
