//! Reading columns: a value that is not what it should be is a damaged store, never a panic.

use super::broken::Broken;
use crate::{Hour, promo};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::time::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

/// Reads a column whose value must pass `parse`.
pub(super) fn parsed<'r, V: FromSql<'r>, T>(
    row: &'r Row,
    index: usize,
    parse: impl FnOnce(V) -> Option<T>,
) -> Result<T, Broken> {
    parse(row.try_get(index)?)
        .ok_or_else(|| Broken::inconsistent("a column does not hold what it should"))
}

/// Reads a column as it is.
pub(super) fn value<'r, V: FromSql<'r>>(row: &'r Row, index: usize) -> Result<V, Broken> {
    Ok(row.try_get(index)?)
}

/// Reads bytes of a fixed length.
pub(super) fn fixed<const N: usize>(row: &Row, index: usize) -> Result<[u8; N], Broken> {
    parsed(row, index, |bytes: &[u8]| bytes.try_into().ok())
}

/// Reads bytes of a fixed length, if there are any.
pub(super) fn fixed_or_none<const N: usize>(
    row: &Row,
    index: usize,
) -> Result<Option<[u8; N]>, Broken> {
    parsed(row, index, |bytes: Option<&[u8]>| match bytes {
        None => Some(None),
        Some(bytes) => bytes.try_into().ok().map(Some),
    })
}

/// An hour as the tables that grow with tokens keep it.
pub(super) fn hour(hour: Hour) -> i32 {
    i32::try_from(hour.number()).unwrap_or(i32::MAX)
}

/// Reads such an hour.
pub(super) fn hour_of(row: &Row, index: usize) -> Result<Hour, Broken> {
    parsed(row, index, |hour: i32| {
        u64::try_from(hour).ok().map(Hour::new)
    })
}

/// Reads an amount.
pub(super) fn micro(row: &Row, index: usize) -> Result<Micro, Broken> {
    parsed(row, index, Micro::from_signed)
}

/// Reads a number that is not negative.
pub(super) fn unsigned(row: &Row, index: usize) -> Result<u64, Broken> {
    parsed(row, index, |number: i64| u64::try_from(number).ok())
}

/// Reads a time.
pub(super) fn timestamp(row: &Row, index: usize) -> Result<Timestamp, Broken> {
    parsed(row, index, |seconds: i64| {
        Timestamp::new(u64::try_from(seconds).ok()?)
    })
}

/// Reads a currency.
pub(super) fn currency(row: &Row, index: usize) -> Result<Currency, Broken> {
    parsed(row, index, |text: &str| Currency::parse(text))
}

/// Reads an origin, which was admitted when it was registered.
/// Whose starter value something is; `None` for money.
pub(super) fn promo(row: &Row, index: usize) -> Result<Option<PublisherId>, Broken> {
    parsed(row, index, promo::parse)
}

pub(super) fn origin(row: &Row, index: usize) -> Result<PublisherId, Broken> {
    parsed(row, index, |text: &str| {
        PublisherId::parse(text, OriginPolicy::LoopbackHttp)
    })
}

/// A number that is kept signed because SQL has no other; all of ours are below 2^63.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
