//! What was spent, by prefix.

use super::broken::{Broken, Trouble};
use super::session::Session;
use super::{archive, column, keysets};
use crate::keyset_end::Stage;
use crate::keyset_number::KeysetNumber;
use crate::{Element, SpentError};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::spent::{Prefix, prefix_bits};

/// What a snapshot showed.
enum Shown {
    Bits(u8),
    KeyDestroyed,
    Spent(Vec<Nullifier>),
}

/// The nullifiers under a prefix, ascending, the archived ones among them. Read from one snapshot, since they move into
/// the archive.
pub(super) async fn under(
    session: &Session,
    keyset: KeysetId,
    prefix: Prefix,
) -> Result<Vec<Nullifier>, Trouble<SpentError>> {
    match session
        .snapshot(async |session| read(session, keyset, prefix).await)
        .await?
    {
        Shown::Spent(spent) => Ok(spent),
        Shown::Bits(bits) => Err(Trouble::Refused(SpentError::PrefixLength { bits })),
        Shown::KeyDestroyed => Err(Trouble::Refused(SpentError::KeyDestroyed)),
    }
}

async fn read(session: &Session, keyset: KeysetId, prefix: Prefix) -> Result<Shown, Broken> {
    let select = "SELECT number, stage, spent, archived > 0 FROM keyset_counts WHERE keyset = $1";
    let key = keyset.bytes().as_slice();
    let Some(row) = session.row(select, &[&key]).await? else {
        let bits = prefix_bits(0);
        return Ok(if prefix.bits() == bits {
            Shown::Spent(Vec::new())
        } else {
            Shown::Bits(bits)
        });
    };
    let number = column::parsed(&row, 0, KeysetNumber::new)?;
    if column::parsed(&row, 1, Stage::parse)? == Stage::KeyDestroyed {
        return Ok(Shown::KeyDestroyed);
    }
    let bits = prefix_bits(column::unsigned(&row, 2)?);
    if prefix.bits() != bits {
        return Ok(Shown::Bits(bits));
    }
    let select = "SELECT nullifier FROM spent \
                  WHERE keyset = $1 AND nullifier BETWEEN $2 AND $3 ORDER BY nullifier";
    let (first, last) = (prefix.first(), prefix.last());
    let (first, last) = (first.bytes().as_slice(), last.bytes().as_slice());
    let rows = session
        .rows(select, &[&number.get(), &first, &last])
        .await?;
    let read = |row: &tokio_postgres::Row| Ok(Nullifier::new(column::fixed(row, 0)?));
    let mut found = rows.iter().map(read).collect::<Result<Vec<_>, Broken>>()?;
    if column::value(&row, 3)? {
        found.extend(archive::under(session, number, prefix).await?);
        found.sort_unstable();
    }
    Ok(Shown::Spent(found))
}

/// Which of the elements were evaluated.
pub(super) async fn evaluated(
    session: &Session,
    elements: &[Element],
) -> Result<Vec<bool>, Broken> {
    let issued = keysets::issued(session, elements).await?;
    let is_issued = |element: &Element| issued.contains(&(element.keyset, *element.hash()));
    Ok(elements.iter().map(is_issued).collect())
}
