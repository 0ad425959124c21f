//! Why a command stopped, in words for the person at the terminal.

use std::fmt;
use std::io;
use std::path::Path;

/// A sentence that says what went wrong and, where it is known, what to do about it.
#[derive(Debug)]
pub(crate) struct Failure(String);

impl Failure {
    pub(crate) fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// An input or output error at a path.
    pub(crate) fn at(doing: &str, path: &Path, error: &io::Error) -> Self {
        Self(format!("{doing} {}: {error}", path.display()))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
