//! Writing the witness log.

use super::{FULL, SHORT, segments};
use crate::clock::Clock;
use farthing_core::bytes::{Transcript, sha256};
use farthing_core::time::{DAY, HOUR, Timestamp};
use farthing_ledger::witness::Group;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How long a file is written to, in seconds, and how many bytes it may have.
const SECONDS: u64 = HOUR;
const BYTES: u64 = 64 << 20;
/// How long a record is kept: it orders events.
const KEPT: u64 = 7 * DAY;

/// The log of one process.
#[derive(Debug)]
pub struct WitnessLog {
    folder: PathBuf,
    form: &'static str,
    clock: Arc<dyn Clock>,
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    file: File,
    begun: Timestamp,
    bytes: u64,
}

impl WitnessLog {
    /// The log in that folder, which is made if it is not there. No file is begun yet.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub fn open(folder: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        Self::of_form(folder, FULL, clock)
    }

    pub(super) fn of_form(
        folder: &Path,
        form: &'static str,
        clock: Arc<dyn Clock>,
    ) -> io::Result<Self> {
        if !folder.exists() {
            let mut builder = std::fs::DirBuilder::new();
            std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
            builder.create(folder)?;
        }
        // Whoever cannot list it could not begin a file either.
        segments(folder, form)?;
        Ok(Self {
            folder: folder.to_owned(),
            form,
            clock,
            current: None,
        })
    }

    /// Adds a record and waits for the disk.
    ///
    /// # Errors
    /// If it is not on disk. The next record begins a file of its own.
    pub fn append(&mut self, group: &Group) -> io::Result<()> {
        self.append_bytes(&group.to_bytes())
    }

    pub(super) fn append_bytes(&mut self, body: &[u8]) -> io::Result<()> {
        let record = Transcript::new("").count(body.len()).fixed(&sha256(body));
        let record = record.fixed(body).bytes();
        let now = self.clock.now();
        let kept = self
            .current
            .take()
            .filter(|current| current.bytes < BYTES && now < current.begun.plus(SECONDS));
        let mut current = match kept {
            Some(current) => current,
            None => self.begin(now)?,
        };
        current.file.write_all(&record)?;
        current.file.sync_data()?;
        let written = u64::try_from(record.len()).unwrap_or(u64::MAX);
        current.bytes = current.bytes.saturating_add(written);
        self.current = Some(current);
        Ok(())
    }

    fn begin(&self, begun: Timestamp) -> io::Result<Current> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = loop {
            let last = segments(&self.folder, self.form)?;
            let next = last.last().map_or(1, |last| last.number.saturating_add(1));
            let name = format!("{}{next:09}-{}.log", self.form, begun.get());
            match options.open(self.folder.join(name)) {
                // Another issuer with the same folder was first.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => break opened?,
            }
        };
        File::open(&self.folder)?.sync_all()?;
        Ok(Current {
            file,
            begun,
            bytes: 0,
        })
    }
}

/// Removes files of which the first record is seven days old, so that none is kept longer. Gives how many.
///
/// # Errors
/// If the folder cannot be read or a file not removed.
pub fn prune(folder: &Path, now: Timestamp) -> io::Result<usize> {
    let mut removed: usize = 0;
    let mut all = segments(folder, FULL)?;
    all.extend(segments(folder, SHORT)?);
    for segment in all {
        if segment.begun.saturating_add(KEPT) < now.get() {
            match std::fs::remove_file(&segment.path) {
                Ok(()) => removed = removed.saturating_add(1),
                // Another issuer with the same folder was first.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(removed)
}
