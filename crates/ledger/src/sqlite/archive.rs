//! The pages of the archive.

use super::{keysets, sql};
use crate::archive::{Page, Roots};
use crate::keyset_number::KeysetNumber;
use crate::{ArchiveRoot, StoreError};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::spent::Prefix;
use rusqlite::{Connection, Row};

fn page(row: &Row<'_>) -> rusqlite::Result<Option<Page>> {
    let (first, depth): ([u8; 32], i64) = (row.get(0)?, row.get(1)?);
    let nullifiers: Vec<u8> = row.get(2)?;
    let depth = u8::try_from(depth).ok();
    Ok(depth.and_then(|depth| Page::parse(first, depth, &nullifiers)))
}

/// The page that the nullifier belongs to, if the keyset has an archive.
fn find(
    conn: &Connection,
    keyset: KeysetNumber,
    nullifier: &Nullifier,
) -> Result<Option<Page>, StoreError> {
    let select = "SELECT first, depth, nullifiers FROM archive_pages \
                  WHERE keyset = ?1 AND first <= ?2 ORDER BY first DESC LIMIT 1";
    let key = (keyset.get(), nullifier.bytes());
    match sql::optional(conn, select, key, page)? {
        None => Ok(None),
        Some(Some(page)) if page.covers(nullifier) => Ok(Some(page)),
        Some(_) => Err(StoreError::Inconsistent(
            "a page of the archive is damaged".into(),
        )),
    }
}

/// Whether the nullifier is in the archive.
pub(super) fn contains(
    conn: &Connection,
    keyset: KeysetNumber,
    nullifier: &Nullifier,
) -> Result<bool, StoreError> {
    let page = find(conn, keyset, nullifier)?;
    Ok(page.is_some_and(|page| page.contains(nullifier)))
}

/// The archived nullifiers under a prefix.
pub(super) fn under(
    conn: &Connection,
    keyset: KeysetNumber,
    prefix: Prefix,
) -> Result<Vec<Nullifier>, StoreError> {
    // The page before may hold the prefix's first ones too.
    let select = "SELECT first, depth, nullifiers FROM archive_pages WHERE keyset = ?1 AND first <= ?3 \
                  AND first >= (SELECT first FROM archive_pages WHERE keyset = ?1 AND first <= ?2 \
                  ORDER BY first DESC LIMIT 1)";
    let (first, last) = (prefix.first(), prefix.last());
    let pages = sql::all(
        conn,
        select,
        (keyset.get(), first.bytes(), last.bytes()),
        page,
    )?;
    let mut found = Vec::new();
    for page in pages {
        let damaged = || StoreError::Inconsistent("a page of the archive is damaged".into());
        let page = page.ok_or_else(damaged)?;
        found.extend(page.nullifiers().iter().filter(|n| prefix.covers(n)));
    }
    Ok(found)
}

/// Adds nullifiers, which ascend, and counts them.
pub(super) fn add(
    conn: &Connection,
    keyset: KeysetNumber,
    sorted: &[Nullifier],
) -> Result<(), StoreError> {
    let remove = "DELETE FROM archive_pages WHERE keyset = ?1 AND first = ?2";
    let insert = "INSERT INTO archive_pages (keyset, first, depth, hash, nullifiers) \
                  VALUES (?1, ?2, ?3, ?4, ?5)";
    let mut left = sorted;
    while let Some(next) = left.first() {
        let page = match find(conn, keyset, next)? {
            Some(page) => {
                sql::execute_one(conn, remove, (keyset.get(), page.first()))?;
                page
            }
            None => Page::empty(),
        };
        let here = page.take_from(&mut left);
        let pages = page.with(here);
        let twice = || StoreError::Inconsistent("a nullifier is in the archive already".into());
        for page in pages.ok_or_else(twice)? {
            let (first, depth, hash) = (page.first(), page.depth(), page.hash());
            let row = (keyset.get(), first, depth, hash, page.bytes());
            sql::execute_one(conn, insert, row)?;
        }
    }
    let count = "UPDATE keyset_counts SET archived = archived + ?2 WHERE number = ?1";
    let added = i64::try_from(sorted.len()).unwrap_or(i64::MAX);
    sql::execute_one(conn, count, (keyset.get(), added))
}

/// The roots of all archives whose rows are not being dropped.
pub(super) fn roots(conn: &Connection) -> Result<Vec<ArchiveRoot>, StoreError> {
    let select = "SELECT keyset, number FROM keyset_counts \
                  WHERE archived > 0 AND stage <> 'key_destroyed' ORDER BY keyset";
    let archives = sql::all(conn, select, (), |row| {
        Ok((KeysetId::new(row.get(0)?), keysets::number(row, 1)?))
    })?;
    let mut found = Vec::with_capacity(archives.len());
    for (keyset, number) in archives {
        let select = "SELECT first, depth, hash, length(nullifiers) / 32 FROM archive_pages \
                      WHERE keyset = ?1 ORDER BY first";
        let (mut roots, mut count) = (Roots::default(), 0u64);
        sql::each(conn, select, (number.get(),), |row| {
            let size = sql::unsigned(row, 3)?;
            count = count.saturating_add(size);
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            roots.page(row.get(0)?, row.get(1)?, row.get(2)?, size);
            Ok(())
        })?;
        let root = roots.root();
        let damaged = || StoreError::Inconsistent("the archive has no root".into());
        found.push(ArchiveRoot {
            keyset,
            count,
            root: root.ok_or_else(damaged)?,
        });
    }
    Ok(found)
}
