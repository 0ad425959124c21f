//! The pages of the archive.

use super::broken::{Broken, Trouble};
use super::column;
use super::session::Session;
use crate::archive::{Page, Roots};
use crate::keyset_number::KeysetNumber;
use crate::{ArchiveRoot, StoreError};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::spent::Prefix;
use tokio_postgres::Row;

/// How many pages are fetched at a time.
pub(super) const FETCH: i64 = 1_000;

fn page(row: &Row) -> Result<Option<Page>, Broken> {
    let first = column::fixed(row, 0)?;
    let depth: i32 = column::value(row, 1)?;
    let nullifiers: &[u8] = column::value(row, 2)?;
    let depth = u8::try_from(depth).ok();
    Ok(depth.and_then(|depth| Page::parse(first, depth, nullifiers)))
}

/// The page that the nullifier belongs to, if the keyset has an archive.
async fn find(
    session: &Session,
    keyset: KeysetNumber,
    nullifier: &Nullifier,
) -> Result<Option<Page>, Broken> {
    let select = "SELECT first, depth, nullifiers FROM archive_pages \
                  WHERE keyset = $1 AND first <= $2 ORDER BY first DESC LIMIT 1";
    let key = nullifier.bytes().as_slice();
    let Some(row) = session.row(select, &[&keyset.get(), &key]).await? else {
        return Ok(None);
    };
    match page(&row)? {
        Some(page) if page.covers(nullifier) => Ok(Some(page)),
        _ => Err(Broken::inconsistent("a page of the archive is damaged")),
    }
}

/// Whether the nullifier is in the archive.
pub(super) async fn contains(
    session: &Session,
    keyset: KeysetNumber,
    nullifier: &Nullifier,
) -> Result<bool, Broken> {
    let page = find(session, keyset, nullifier).await?;
    Ok(page.is_some_and(|page| page.contains(nullifier)))
}

/// The archived nullifiers under a prefix.
pub(super) async fn under(
    session: &Session,
    keyset: KeysetNumber,
    prefix: Prefix,
) -> Result<Vec<Nullifier>, Broken> {
    // The page before may hold the prefix's first ones too.
    let select = "SELECT first, depth, nullifiers FROM archive_pages WHERE keyset = $1 AND first <= $3 \
                  AND first >= (SELECT first FROM archive_pages WHERE keyset = $1 AND first <= $2 \
                  ORDER BY first DESC LIMIT 1)";
    let (first, last) = (prefix.first(), prefix.last());
    let (first, last) = (first.bytes().as_slice(), last.bytes().as_slice());
    let rows = session
        .rows(select, &[&keyset.get(), &first, &last])
        .await?;
    let mut found = Vec::new();
    for row in &rows {
        let damaged = || Broken::inconsistent("a page of the archive is damaged");
        let page = page(row)?.ok_or_else(damaged)?;
        found.extend(page.nullifiers().iter().filter(|n| prefix.covers(n)));
    }
    Ok(found)
}

/// Adds nullifiers, which ascend, and counts them. Whoever else has to do with the keyset waits until this transaction
/// ends.
pub(super) async fn add(
    session: &Session,
    keyset: KeysetNumber,
    sorted: &[Nullifier],
) -> Result<(), Broken> {
    let count = "UPDATE keyset_counts SET archived = archived + $2 WHERE number = $1";
    let added = i64::try_from(sorted.len()).unwrap_or(i64::MAX);
    session.execute_one(count, &[&keyset.get(), &added]).await?;
    let mut left = sorted;
    let mut removed: Vec<[u8; 32]> = Vec::new();
    let mut made = Vec::new();
    while let Some(next) = left.first() {
        let page = match find(session, keyset, next).await? {
            Some(page) => {
                removed.push(*page.first());
                page
            }
            None => Page::empty(),
        };
        let here = page.take_from(&mut left);
        let twice = || Broken::inconsistent("a nullifier is in the archive already");
        made.extend(page.with(here).ok_or_else(twice)?);
    }
    let removed: Vec<&[u8]> = removed.iter().map(|first| first.as_slice()).collect();
    let remove = "DELETE FROM archive_pages WHERE keyset = $1 AND first = ANY ($2::BYTEA[])";
    session.execute(remove, &[&keyset.get(), &removed]).await?;
    let firsts: Vec<&[u8]> = made.iter().map(|page| page.first().as_slice()).collect();
    let depths: Vec<i32> = made.iter().map(|page| i32::from(page.depth())).collect();
    let hashes: Vec<[u8; 32]> = made.iter().map(Page::hash).collect();
    let hashes: Vec<&[u8]> = hashes.iter().map(|hash| hash.as_slice()).collect();
    let nullifiers: Vec<Vec<u8>> = made.iter().map(Page::bytes).collect();
    let insert = "INSERT INTO archive_pages (keyset, first, depth, hash, nullifiers) \
                  SELECT $1, p.first, p.depth, p.hash, p.nullifiers \
                  FROM unnest($2::BYTEA[], $3::INT4[], $4::BYTEA[], $5::BYTEA[]) \
                  AS p (first, depth, hash, nullifiers) ON CONFLICT (keyset, first) DO NOTHING";
    let number = keyset.get();
    let params: super::session::Params<'_> = &[&number, &firsts, &depths, &hashes, &nullifiers];
    session.insert(insert, params, made.len()).await
}

/// The roots, from one moment of the database.
pub(super) async fn in_one_view(
    session: &Session,
) -> Result<Vec<ArchiveRoot>, Trouble<StoreError>> {
    session
        .batch("START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?;
    let found = roots(session).await;
    session.batch("COMMIT").await?;
    Ok(found?)
}

/// The roots of all archives whose rows are not being dropped.
pub(super) async fn roots(session: &Session) -> Result<Vec<ArchiveRoot>, Broken> {
    let select = "SELECT keyset, number FROM keyset_counts \
                  WHERE archived > 0 AND stage <> 'key_destroyed' ORDER BY keyset";
    let mut found = Vec::new();
    for row in session.rows(select, &[]).await? {
        let number: i32 = column::value(&row, 1)?;
        let select = "SELECT first, depth, hash, length(nullifiers) / 32 FROM archive_pages \
                      WHERE keyset = $1 AND first > $2 ORDER BY first LIMIT $3";
        let (mut roots, mut count) = (Roots::default(), 0u64);
        // The empty text is below every page, also the first, which is all zeros.
        let mut after: Vec<u8> = Vec::new();
        loop {
            let rows = session.rows(select, &[&number, &after, &FETCH]).await?;
            for row in &rows {
                let first: [u8; 32] = column::fixed(row, 0)?;
                let depth = column::parsed(row, 1, |depth: i32| u8::try_from(depth).ok())?;
                let size = column::parsed(row, 3, |size: i32| usize::try_from(size).ok())?;
                count = count.saturating_add(u64::try_from(size).unwrap_or(u64::MAX));
                roots.page(first, depth, column::fixed(row, 2)?, size);
                after = first.to_vec();
            }
            if rows.is_empty() {
                break;
            }
        }
        let root = roots.root();
        found.push(ArchiveRoot {
            keyset: KeysetId::new(column::fixed(&row, 0)?),
            count,
            root: root.ok_or_else(|| Broken::inconsistent("the archive has no root"))?,
        });
    }
    Ok(found)
}
