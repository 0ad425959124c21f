//! The embedded ledger on a disk of its own.

use crate::ask::{self, Ask};
use crate::disk::{Image, torn};
use crate::store::{Marks, Replying, Store};
use farthing_ledger::Ledger;
use farthing_ledger::conformance::block_on;
use farthing_ledger::sqlite::SqliteLedger;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An SQLite ledger in a folder.
#[derive(Debug)]
pub struct SqliteStore {
    folder: TempDir,
    // Absent only while it is being replaced.
    ledger: Option<SqliteLedger>,
    before: Image,
}

/// In memory where the system has such a folder: a sync is the system's promise, and only costs here.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.expect("a folder")
}

fn file(folder: &TempDir) -> PathBuf {
    folder.path().join("ledger.sqlite")
}

fn log(folder: &TempDir) -> PathBuf {
    folder.path().join("ledger.sqlite-wal")
}

impl SqliteStore {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        let folder = folder();
        // Made and closed, so that the file holds the tables and the log begins empty.
        drop(SqliteLedger::open(&file(&folder)).expect("a new ledger"));
        let ledger = SqliteLedger::open(&file(&folder)).expect("a ledger");
        Self {
            folder,
            ledger: Some(ledger),
            before: Image::default(),
        }
    }

    fn ledger(&self) -> &SqliteLedger {
        self.ledger.as_ref().expect("an open ledger")
    }

    /// What is on the disk.
    #[must_use]
    pub fn image(&self) -> Image {
        Image {
            main: fs::read(file(&self.folder)).expect("the file"),
            log: fs::read(log(&self.folder)).unwrap_or_default(),
        }
    }

    /// Goes on with what a disk held; what was open is gone.
    pub fn go_on_with(&mut self, image: &Image) {
        let next = folder();
        fs::write(file(&next), &image.main).expect("the file");
        fs::write(log(&next), &image.log).expect("the log");
        self.ledger = None;
        self.ledger = Some(SqliteLedger::open(&file(&next)).expect("a ledger after a failure"));
        self.folder = next;
    }
}

impl Default for SqliteStore {
    fn default() -> Self {
        Self::new()
    }
}

impl Store for SqliteStore {
    fn ask(&self, ask: Ask) -> Replying<'_> {
        Box::pin(async move { ask::send(self.ledger(), &ask).await })
    }

    fn marks(&self) -> Marks {
        marks(self.ledger())
    }

    fn restart(&mut self) {
        self.ledger = None;
        self.ledger = Some(SqliteLedger::open(&file(&self.folder)).expect("a ledger"));
    }

    fn brace(&mut self) {
        self.before = self.image();
    }

    fn fail(&mut self, kept: u8, tear: u32) {
        let after = self.image();
        let left = torn(&self.before, &after, kept, tear);
        self.go_on_with(&left);
    }
}

/// All that a ledger is compared by.
pub(crate) fn marks<L: Ledger>(ledger: &L) -> Marks {
    let all = async {
        Marks {
            report: ledger.audit().await.expect("an audit"),
            publishers: ledger.publishers().await.expect("publishers"),
            manifests: ledger.manifests_from(1, 1_000).await.expect("manifests"),
            frozen: ledger.frozen().await.expect("frozen keysets"),
            archive: ledger.archive_roots().await.expect("archives"),
        }
    };
    block_on(all)
}
