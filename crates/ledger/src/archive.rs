//! The archive: nullifiers whose answers are gone, 32 bytes each, under one hash for each keyset.
//!
//! The root of a keyset's archive depends on the nullifiers in it and on nothing else. With **H** SHA-256 and `be32` as in
//! spec section 1, the nullifiers whose first *d* bits are *p* have the hash
//!
//! ```text
//! node(p) = H("farthing/v1/archive-page" ‖ be32(count) ‖ the nullifiers, ascending)    if there are at most 60 of them
//!         = H("farthing/v1/archive-node" ‖ node(p ‖ 0) ‖ node(p ‖ 1))                  otherwise
//! ```
//!
//! and the root is the node of the empty prefix. Each page is a row of the store with its hash beside it. Whoever adds
//! nullifiers hashes the pages they fall into; whoever wants the root reads hashes, not nullifiers.

use farthing_core::bytes::Transcript;
use farthing_core::id::{KeysetId, Nullifier};

/// How many nullifiers a page holds at most: 1,920 bytes, so that a row stays within a page of either store.
pub(crate) const PAGE: usize = 60;
/// How many pages a nullifier's bits can tell apart at most. Nobody finds two hashes that share so many.
const DEEPEST: u8 = 255;

/// A keyset's archive in short, for a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchiveRoot {
    /// Whose nullifiers.
    pub keyset: KeysetId,
    /// How many.
    pub count: u64,
    /// The hash over them, as the documentation of this module defines.
    pub root: [u8; 32],
}

/// The nullifiers of one prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// The prefix, filled up with zeros: the smallest nullifier that could stand here.
    first: [u8; 32],
    /// Bits in the prefix.
    depth: u8,
    nullifiers: Vec<Nullifier>,
}

fn bit(bytes: &[u8; 32], index: u8) -> bool {
    let byte = bytes.get(usize::from(index / 8)).copied().unwrap_or(0);
    byte & (0x80 >> (index % 8)) != 0
}

fn with_bit(mut bytes: [u8; 32], index: u8) -> [u8; 32] {
    if let Some(byte) = bytes.get_mut(usize::from(index / 8)) {
        *byte |= 0x80 >> (index % 8);
    }
    bytes
}

/// Whether both begin with the same `depth` bits.
fn share(left: &[u8; 32], right: &[u8; 32], depth: u8) -> bool {
    (0..depth).all(|index| bit(left, index) == bit(right, index))
}

impl Page {
    /// The one page of an empty archive.
    pub(crate) const fn empty() -> Self {
        Self {
            first: [0; 32],
            depth: 0,
            nullifiers: Vec::new(),
        }
    }

    pub(crate) const fn first(&self) -> &[u8; 32] {
        &self.first
    }

    pub(crate) const fn depth(&self) -> u8 {
        self.depth
    }

    pub(crate) fn nullifiers(&self) -> &[Nullifier] {
        &self.nullifiers
    }

    pub(crate) fn hash(&self) -> [u8; 32] {
        self.nullifiers
            .iter()
            .fold(
                Transcript::new("farthing/v1/archive-page").count(self.nullifiers.len()),
                |bytes, nullifier| bytes.fixed(nullifier.bytes()),
            )
            .hash()
    }

    /// The pages that stand in place of this one when these nullifiers are added, in order. `None` if one of them is
    /// here already.
    pub(crate) fn with(mut self, added: &[Nullifier]) -> Option<Vec<Self>> {
        self.nullifiers.extend_from_slice(added);
        self.nullifiers.sort_unstable();
        let distinct = self.nullifiers.is_sorted_by(|a, b| a < b);
        let mut pages = Vec::new();
        self.split(&mut pages);
        distinct.then_some(pages)
    }

    fn split(self, pages: &mut Vec<Self>) {
        if self.nullifiers.len() <= PAGE || self.depth == DEEPEST {
            pages.push(self);
            return;
        }
        let middle = with_bit(self.first, self.depth);
        let at = self.nullifiers.partition_point(|n| *n.bytes() < middle);
        let mut left = self.nullifiers;
        let right = left.split_off(at);
        let depth = self.depth.saturating_add(1);
        for (first, nullifiers) in [(self.first, left), (middle, right)] {
            let half = Self {
                first,
                depth,
                nullifiers,
            };
            half.split(pages);
        }
    }
}

/// Pages as stores keep them.
#[cfg(any(feature = "postgres", feature = "sqlite"))]
impl Page {
    /// A page as stored; `None` if its nullifiers do not ascend, are too many, or belong elsewhere.
    pub(crate) fn parse(first: [u8; 32], depth: u8, bytes: &[u8]) -> Option<Self> {
        let (nullifiers, rest) = bytes.as_chunks::<32>();
        let belongs = |nullifier: &[u8; 32]| share(&first, nullifier, depth);
        let is_prefix = (depth..=DEEPEST).all(|index| !bit(&first, index));
        let good = rest.is_empty()
            && is_prefix
            && nullifiers.len() <= PAGE
            && nullifiers.is_sorted_by(|a, b| a < b)
            && nullifiers.iter().all(belongs);
        good.then(|| Self {
            first,
            depth,
            nullifiers: nullifiers.iter().copied().map(Nullifier::new).collect(),
        })
    }

    /// The nullifiers as they are stored.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.nullifiers
            .iter()
            .flat_map(|n| n.bytes())
            .copied()
            .collect()
    }

    pub(crate) fn contains(&self, nullifier: &Nullifier) -> bool {
        self.nullifiers.binary_search(nullifier).is_ok()
    }

    /// Whether the nullifier belongs here.
    pub(crate) fn covers(&self, nullifier: &Nullifier) -> bool {
        share(&self.first, nullifier.bytes(), self.depth)
    }

    /// Splits off the front of `sorted` what belongs here.
    pub(crate) fn take_from<'a>(&self, sorted: &mut &'a [Nullifier]) -> &'a [Nullifier] {
        let (here, rest) =
            sorted.split_at(sorted.partition_point(|nullifier| self.covers(nullifier)));
        *sorted = rest;
        here
    }
}

/// The root over all pages of a keyset's archive, which come in order.
#[derive(Debug, Default)]
pub(crate) struct Roots(Vec<Node>);

#[derive(Clone, Copy, Debug)]
struct Node {
    first: [u8; 32],
    depth: u8,
    hash: [u8; 32],
    /// `None` for a node over pages.
    count: Option<usize>,
}

impl Roots {
    /// Takes the next page's prefix, hash, and number of nullifiers. `false`: two pages should be one.
    pub(crate) fn page(
        &mut self,
        first: [u8; 32],
        depth: u8,
        hash: [u8; 32],
        count: usize,
    ) -> bool {
        let mut node = Node {
            first,
            depth,
            hash,
            count: Some(count),
        };
        let mut minimal = true;
        while let Some(left) = self.0.pop_if(|left| are_halves(left, &node)) {
            if let (Some(a), Some(b)) = (left.count, node.count) {
                minimal &= a.saturating_add(b) > PAGE;
            }
            node = Node {
                first: left.first,
                depth: left.depth.saturating_sub(1),
                hash: Transcript::new("farthing/v1/archive-node")
                    .fixed(&left.hash)
                    .fixed(&node.hash)
                    .hash(),
                count: None,
            };
        }
        self.0.push(node);
        minimal
    }

    /// The root; `None` if the pages leave out a prefix, or overlap.
    pub(crate) fn root(&self) -> Option<[u8; 32]> {
        match self.0.as_slice() {
            [] => Some(Page::empty().hash()),
            [all] if all.depth == 0 && all.first == [0; 32] => Some(all.hash),
            _ => None,
        }
    }
}

fn are_halves(left: &Node, right: &Node) -> bool {
    let Some(above) = left.depth.checked_sub(1) else {
        return false;
    };
    left.depth == right.depth
        && share(&left.first, &right.first, above)
        && !bit(&left.first, above)
        && bit(&right.first, above)
}

#[cfg(all(test, any(feature = "postgres", feature = "sqlite")))]
mod tests {
    use super::*;
    use farthing_core::bytes::sha256;

    fn nullifiers(count: u64) -> Vec<Nullifier> {
        let mut all: Vec<_> = (0..count)
            .map(|n| Nullifier::new(sha256(&n.to_be_bytes())))
            .collect();
        all.sort_unstable();
        all
    }

    /// The definition, word by word.
    fn node(all: &[Nullifier], depth: u8) -> [u8; 32] {
        if all.len() <= 60 {
            let mut bytes = b"farthing/v1/archive-page".to_vec();
            bytes.extend(u32::try_from(all.len()).unwrap().to_be_bytes());
            bytes.extend(all.iter().flat_map(|n| n.bytes()));
            return sha256(&bytes);
        }
        let (left, right): (Vec<_>, Vec<_>) = all.iter().partition(|n| !bit(n.bytes(), depth));
        let mut bytes = b"farthing/v1/archive-node".to_vec();
        bytes.extend(node(&left, depth + 1));
        bytes.extend(node(&right, depth + 1));
        sha256(&bytes)
    }

    fn root(pages: &[Page]) -> Option<[u8; 32]> {
        let mut roots = Roots::default();
        for page in pages {
            assert!(roots.page(page.first, page.depth, page.hash(), page.nullifiers.len()));
        }
        roots.root()
    }

    #[test]
    fn the_root_is_that_of_the_definition_however_the_pages_came_about() {
        for count in [0, 1, 60, 61, 500, 5_000] {
            let all = nullifiers(count);
            let at_once = Page::empty().with(&all).unwrap();
            assert_eq!(root(&at_once), Some(node(&all, 0)), "{count}");
            // One after the other, in another order.
            let mut pages = vec![Page::empty()];
            for n in 0..count {
                let nullifier = Nullifier::new(sha256(&n.to_be_bytes()));
                let at = pages.iter().position(|p| p.covers(&nullifier)).unwrap();
                let page = pages.remove(at);
                let split = page.with(&[nullifier]).unwrap();
                pages.splice(at..at, split);
            }
            assert_eq!(pages, at_once);
        }
    }

    #[test]
    fn a_nullifier_is_in_it_once() {
        let all = nullifiers(300);
        let pages = Page::empty().with(&all).unwrap();
        for nullifier in &all {
            let holders = pages.iter().filter(|page| page.contains(nullifier));
            assert_eq!(holders.count(), 1);
        }
        for page in pages {
            let twice = page.nullifiers[0];
            assert_eq!(page.with(&[twice]), None);
        }
    }

    #[test]
    fn a_page_is_read_as_it_was_written_and_no_other_is_read() {
        for page in Page::empty().with(&nullifiers(200)).unwrap() {
            let bytes = page.bytes();
            let read = |first, depth, bytes: &[u8]| Page::parse(first, depth, bytes);
            assert_eq!(read(page.first, page.depth, &bytes), Some(page.clone()));
            assert_eq!(read(page.first, page.depth, &bytes[1..]), None);
            let mut swapped = bytes.clone();
            swapped.rotate_left(32);
            assert_eq!(read(page.first, page.depth, &swapped), None);
            let elsewhere = with_bit([0; 32], page.depth - 1);
            let moved = if page.first == elsewhere {
                [0; 32]
            } else {
                elsewhere
            };
            assert_eq!(read(moved, page.depth, &bytes), None);
        }
        let many: Vec<u8> = nullifiers(61).iter().flat_map(|n| *n.bytes()).collect();
        assert_eq!(Page::parse([0; 32], 0, &many), None);
    }

    #[test]
    fn a_page_left_out_or_cut_too_small_shows() {
        let pages = Page::empty().with(&nullifiers(300)).unwrap();
        for out in 0..pages.len() {
            let mut left = pages.clone();
            left.remove(out);
            assert_eq!(root(&left), None);
        }
        let mut roots = Roots::default();
        let two = nullifiers(2);
        let (left, right) = (Page::parse([0; 32], 1, &[]), with_bit([0; 32], 0));
        roots.page([0; 32], 1, left.unwrap().hash(), 0);
        assert!(!roots.page(right, 1, [1; 32], two.len()));
    }
}
