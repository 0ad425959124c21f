//! What was spent, by prefix.

use super::{archive, keysets, sql};
use crate::keyset_end::Stage;
use crate::{SpentError, StoreError};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::spent::{Prefix, prefix_bits};
use rusqlite::Connection;

/// The nullifiers under a prefix, ascending, the archived ones among them.
pub(super) fn under(
    conn: &Connection,
    keyset: KeysetId,
    prefix: Prefix,
) -> Result<Vec<Nullifier>, SpentError> {
    let Some(known) = keysets::find(conn, keyset)? else {
        return check(prefix, 0).map(|()| Vec::new());
    };
    if known.stage == Stage::KeyDestroyed {
        return Err(SpentError::KeyDestroyed);
    }
    let select = "SELECT spent FROM keyset_counts WHERE number = ?1";
    let count = sql::row(conn, select, (known.number.get(),), |row| {
        sql::unsigned(row, 0)
    })?;
    check(prefix, count)?;
    let select = "SELECT nullifier FROM spent \
                  WHERE keyset = ?1 AND nullifier BETWEEN ?2 AND ?3 ORDER BY nullifier";
    let (first, last) = (prefix.first(), prefix.last());
    let range = (known.number.get(), first.bytes(), last.bytes());
    let mut found = sql::all(conn, select, range, |row| Ok(Nullifier::new(row.get(0)?)))?;
    if known.has_archive {
        found.extend(archive::under(conn, known.number, prefix)?);
        found.sort_unstable();
    }
    Ok(found)
}

fn check(prefix: Prefix, spent: u64) -> Result<(), SpentError> {
    let bits = prefix_bits(spent);
    if prefix.bits() == bits {
        Ok(())
    } else {
        Err(SpentError::PrefixLength { bits })
    }
}

/// Which of the elements were evaluated.
pub(super) fn evaluated(
    conn: &Connection,
    elements: &[crate::Element],
) -> Result<Vec<bool>, StoreError> {
    let mut known = keysets::Keysets::default();
    let is_issued = |element| keysets::is_issued(conn, &mut known, element);
    elements.iter().map(is_issued).collect()
}
