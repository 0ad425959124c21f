//! A copy of a ledger that is in use.

use super::open;
use super::schema::{self, OpenError};
use super::{audit, sql};
use crate::{AuditReport, StoreError};
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::Duration;
use thiserror::Error;

/// Why no copy was made. What was begun is removed.
#[derive(Debug, Error)]
pub enum BackupError {
    /// The copy's books do not balance, as those of the ledger will not.
    #[error("the books of the copy do not balance: run audit; nothing was kept")]
    Unbalanced,
    /// There is something in the copy's place.
    #[error("{} is there already; a backup does not overwrite", .0.display())]
    Occupied(PathBuf),
    /// The copy cannot be written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The ledger cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The copy cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Copies the ledger of the file at `path`, as its last commit left it, beside those that read and write it. The copy
/// is one file, without a log beside it, readable by its owner only, on disk, and audited.
///
/// # Errors
///
/// [`BackupError`].
pub fn backup(path: &Path, copy: &Path) -> Result<AuditReport, BackupError> {
    let io = |error| BackupError::Io {
        path: copy.to_owned(),
        error,
    };
    let from = open::connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    schema::expect_current(&from)?;
    let mut private = OpenOptions::new();
    private.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut private, 0o600);
    let file = private.open(copy).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => BackupError::Occupied(copy.to_owned()),
        _ => io(error),
    })?;
    let made = fill(&from, copy, &file);
    if made.is_err() {
        // A copy that is not whole must not be taken for one.
        std::fs::remove_file(copy).map_err(io)?;
    }
    made
}

fn fill(from: &Connection, copy: &Path, file: &File) -> Result<AuditReport, BackupError> {
    let io = |error| BackupError::Io {
        path: copy.to_owned(),
        error,
    };
    let mut to = open::connect(copy, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    let mut step = || -> rusqlite::Result<()> {
        let backup = Backup::new(from, &mut to)?;
        // All pages in one step: it reads one snapshot and, in write-ahead mode, holds up nobody.
        while backup.step(-1)? != StepResult::Done {
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    };
    step().map_err(|error| sql::store_error(&error))?;
    // One file: the log mode came along with the pages, the log did not.
    to.execute_batch("PRAGMA journal_mode = DELETE")
        .map_err(|error| sql::store_error(&error))?;
    let report = audit::audit(&to)?;
    drop(to);
    file.sync_all().map_err(io)?;
    if let Some(folder) = copy
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(io)?;
    }
    if report.difference() == 0 {
        Ok(report)
    } else {
        Err(BackupError::Unbalanced)
    }
}
