//! Where the ledger is kept.

use super::file::{LedgerEntry, LedgerSection};
use super::secret::SecretReference;
use std::path::{Path, PathBuf};

/// Where the ledger is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerPlace {
    /// In a file of this machine: one issuer.
    Sqlite(PathBuf),
    /// In a PostgreSQL database, whose address holds a password: any number of issuers.
    Postgres(SecretReference),
}

pub(super) fn check(
    entry: LedgerEntry,
    folder: &Path,
) -> Result<LedgerPlace, (&'static str, &'static str)> {
    match entry {
        LedgerEntry::Path(path)
        | LedgerEntry::Section(LedgerSection {
            sqlite: Some(path),
            postgres: None,
        }) => Ok(LedgerPlace::Sqlite(folder.join(path))),
        LedgerEntry::Section(LedgerSection {
            sqlite: None,
            postgres: Some(reference),
        }) => SecretReference::parse(&reference, folder)
            .map(LedgerPlace::Postgres)
            .ok_or((
                "ledger.postgres",
                "must be \"env:NAME\" or \"file:PATH\": the address holds a password, which does not belong here",
            )),
        LedgerEntry::Section(_) => Err(("ledger", "must name sqlite or postgres, one of the two")),
    }
}
