//! migrate: moves the books from their SQLite file into a PostgreSQL database and proves that they are the same.

use super::Failure;
use crate::config::{Config, LedgerPlace, SecretReference};
use farthing_core::bytes::to_b64u;
use farthing_ledger::ChainHead;
use farthing_ledger::migrate::migrate as move_ledger;
use farthing_ledger::postgres::DatabaseUrl;
use std::path::Path;

pub(super) fn migrate(path: &Path, to: &str) -> Result<(), Failure> {
    let config = Config::read(path)?;
    let LedgerPlace::Sqlite(file) = config.ledger() else {
        return Err("the books are in a database already, by the configuration".into());
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    // What was written instead is not quoted: it may be the address.
    let secret = SecretReference::parse(to, folder).ok_or(
        "--to must be env:NAME or file:PATH, where the database's address is: it holds a password",
    )?;
    if !file.exists() {
        return Err(format!("there are no books at {}", file.display()).into());
    }
    let url = DatabaseUrl::parse(&secret.read()?)?;
    let moved = move_ledger(file, &url)?;
    println!("{}", moved.report);
    println!("\nThe same on both sides, row by row:");
    for (table, rows) in &moved.rows {
        println!("  {rows:>9}  {table}");
    }
    let head = |name, head: ChainHead| {
        println!("  {name} journal at {}, {}", head.seq, to_b64u(&head.head));
    };
    head("funding", moved.report.funding());
    head("use", moved.report.usage());
    println!(
        "\n{} takes no writes any more; keep it as a backup, at most seven days.",
        file.display()
    );
    println!(
        "Next, in {}, instead of `ledger = …`, and below the plain keys:",
        path.display()
    );
    println!("\n[ledger]\npostgres = \"{to}\"");
    Ok(())
}
