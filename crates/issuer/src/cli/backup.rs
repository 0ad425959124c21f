//! backup: a copy of the ledger while it is in use.

use super::Failure;
use crate::config::{Config, LedgerPlace};
use farthing_core::bytes::to_b64u;
use farthing_ledger::sqlite;
use std::path::Path;

pub(super) fn backup(config: &Path, copy: &Path) -> Result<(), Failure> {
    let config = Config::read(config)?;
    let LedgerPlace::Sqlite(ledger) = config.ledger() else {
        return Err(
            "the books are in a database: copy it by pg_basebackup (docs/postgresql.md)".into(),
        );
    };
    if !ledger.exists() {
        return Err(format!("there are no books at {} yet", ledger.display()).into());
    }
    let report = sqlite::backup(ledger, copy)?;
    println!("backup: {}", copy.display());
    match report.checkpoints().last() {
        Some(newest) => println!("checkpoint: {}", newest.n),
        None => println!("checkpoint: none"),
    }
    for (journal, at) in [("funding", report.funding()), ("use", report.usage())] {
        println!("{journal}: {} {}", at.seq, to_b64u(&at.head));
    }
    println!("difference: {}", report.difference());
    println!("Keep it at most seven days: it orders events. Keys are not in it.");
    Ok(())
}
