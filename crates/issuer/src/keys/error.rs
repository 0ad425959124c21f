//! Why keys are not used.

use crate::random::RandomError;
use std::path::PathBuf;
use thiserror::Error;

/// Why keys were not read or made.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The file or folder cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Others than the owner may read the file.
    #[error("{0} can be read by others; run: chmod 600 {0}", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not a key file, or its members contradict each other.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// There is no key of that kind.
    #[error("there is no {kind} key in {}", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
        /// `signing`, `sealing` or `token`.
        kind: &'static str,
    },
    /// Two keysets of one denomination are mintable at one time (R8).
    #[error("{}: two keysets of one denomination are mintable at one time", path.display())]
    Overlap {
        /// The folder.
        path: PathBuf,
    },
    /// What computes with keys is not there.
    #[error("key operations cannot be opened: {0}")]
    Operations(#[from] super::ops::OpsFailed),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}
