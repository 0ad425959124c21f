//! What is kept of the ledger outside of it: a log of checkpoints and manifests, and a mark of where it stands.
//!
//! The log is a file that only grows, a line for each record, synced line by line. The mark is a small file beside it that
//! is written over with every commit, without waiting for the disk: it survives the end of the process at once and the
//! loss of power from the next second on.

mod log;
mod mark;

pub use log::{Log, Record};
pub use mark::{Mark, MarkFile};

use std::path::{Path, PathBuf};
use thiserror::Error;

/// Why what is outside cannot be read or written.
#[derive(Debug, Error)]
pub enum OutsideError {
    /// A file holds something else.
    #[error("{}: damaged: {reason}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
}

impl OutsideError {
    fn io(path: &Path, error: std::io::Error) -> Self {
        Self::Io {
            path: path.to_owned(),
            error,
        }
    }

    fn damaged(path: &Path, reason: impl Into<String>) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            reason: reason.into(),
        }
    }
}

/// The mark's file, beside that of the log.
#[must_use]
pub fn mark_path(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".mark");
    name.into()
}

/// Options that create a file for its owner only.
fn private() -> std::fs::OpenOptions {
    let mut options = std::fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes sure that a new file is found again after a loss of power.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        Some(folder) => std::fs::File::open(folder)?.sync_all(),
        None => std::fs::File::open(".")?.sync_all(),
    }
}
