//! Reads the pages of one archive in their order.

use super::ArchiveRows;
use crate::archive::{Page, Roots};

/// What was read of an archive so far.
#[derive(Debug)]
pub(crate) struct ArchiveReader {
    roots: Roots,
    pub(crate) rows: ArchiveRows,
}

impl Default for ArchiveReader {
    fn default() -> Self {
        let rows = ArchiveRows {
            whole: true,
            ..ArchiveRows::default()
        };
        Self {
            roots: Roots::default(),
            rows,
        }
    }
}

impl ArchiveReader {
    /// Takes the next page as stored; gives it if it can be read.
    pub(crate) fn page(
        &mut self,
        first: [u8; 32],
        depth: i64,
        hash: [u8; 32],
        nullifiers: &[u8],
    ) -> Option<Page> {
        let size = nullifiers.len() / 32;
        let page = u8::try_from(depth)
            .ok()
            .and_then(|depth| Page::parse(first, depth, nullifiers));
        let depth = u8::try_from(depth).unwrap_or(u8::MAX);
        let minimal = self.roots.page(first, depth, hash, size);
        self.rows.whole = self.roots.root().is_some();
        self.rows.pages = self.rows.pages.saturating_add(1);
        let count = i64::try_from(size).unwrap_or(i64::MAX);
        self.rows.nullifiers = self.rows.nullifiers.saturating_add(count);
        let good = minimal && page.as_ref().is_some_and(|page| page.hash() == hash);
        self.rows.good = self.rows.good.saturating_add(i64::from(good));
        page
    }
}
