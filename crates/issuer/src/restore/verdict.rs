//! The ledger against what is kept outside of it.

use crate::checkpoint::is_kept_outside;
use crate::outside::{Log, Mark, MarkFile, OutsideError, mark_path};
use farthing_ledger::journal::Book;
use farthing_ledger::{Heads, Ledger, StoreError};
use std::path::Path;
use thiserror::Error;

/// What a comparison found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The ledger has everything that was marked.
    Fits,
    /// Nothing was ever kept outside of this ledger.
    Fresh,
    /// The operator must decide.
    Undecided(Reason),
}

/// Why an operator must decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The ledger ends before the mark: it is an older copy.
    Behind(Box<Mark>),
    /// What is kept outside cannot be read.
    Damaged(String),
    /// The ledger was kept with a file outside, which is not there.
    Missing,
    /// The ledger has other entries than were marked: it is another one, or an older copy that went on.
    Other(Box<Mark>),
}

impl Reason {
    /// One word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Behind(_) => "behind",
            Self::Damaged(_) => "damaged",
            Self::Missing => "missing",
            Self::Other(_) => "other",
        }
    }

    /// Where the ledger stood, if that is known.
    #[must_use]
    pub fn mark(&self) -> Option<&Mark> {
        match self {
            Self::Behind(mark) | Self::Other(mark) => Some(mark),
            Self::Damaged(_) | Self::Missing => None,
        }
    }
}

/// Why a comparison could not be made.
#[derive(Debug, Error)]
pub enum RestoreError {
    /// The ledger failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept outside failed.
    #[error(transparent)]
    Outside(#[from] OutsideError),
}

/// Compares the ledger with what is kept outside at that path, if anything shall be.
///
/// # Errors
/// [`RestoreError`].
pub async fn compare<L: Ledger>(ledger: &L, log: Option<&Path>) -> Result<Verdict, RestoreError> {
    let there = log.map(mark_path).filter(|mark| mark.exists());
    let Some(path) = there else {
        let newest = ledger.snapshot().await?.newest;
        return Ok(match newest {
            Some(newest) if is_kept_outside(&newest) => Verdict::Undecided(Reason::Missing),
            // Another ledger's log stands in the place.
            _ if log.is_some_and(|log| Log::at(log).exists()) => {
                Verdict::Undecided(Reason::Damaged("a log without its mark".to_owned()))
            }
            _ if log.is_none() => Verdict::Fits,
            _ => Verdict::Fresh,
        });
    };
    match MarkFile::open(&path) {
        Ok(file) => against(ledger, file.mark()).await,
        Err(error @ OutsideError::Damaged { .. }) => {
            Ok(Verdict::Undecided(Reason::Damaged(error.to_string())))
        }
        Err(error) => Err(error.into()),
    }
}

async fn against<L: Ledger>(ledger: &L, mark: &Mark) -> Result<Verdict, RestoreError> {
    let Heads { funding, usage } = mark.standing.heads;
    let (mut behind, mut other) = (false, false);
    for (book, at) in [(Book::Funding, funding), (Book::Use, usage)] {
        match ledger.head_at(book, at.seq).await? {
            Some(head) if head == at.head => {}
            Some(_) => other = true,
            None => behind = true,
        }
    }
    let mark = Box::new(mark.clone());
    Ok(match (behind, other) {
        (_, true) => Verdict::Undecided(Reason::Other(mark)),
        (true, false) => Verdict::Undecided(Reason::Behind(mark)),
        (false, false) => Verdict::Fits,
    })
}
