//! Migrations: numbered, upwards only, each in one transaction, known again by checksum. A database of a version that this
//! program does not know is not touched.

use super::broken::{Broken, Trouble};
use super::session::Session;
use super::{column, frozen, journal};
use crate::StoreError;
use farthing_core::bytes::sha256;
use thiserror::Error;

/// Every migration in order; number n stands at place n − 1. Only ever appended to.
pub(super) const MIGRATIONS: &[&str] = &[
    include_str!("../../migrations/postgres/0001_ledger.sql"),
    include_str!("../../migrations/postgres/0002_archive.sql"),
    include_str!("../../migrations/postgres/0003_breaker.sql"),
    include_str!("../../migrations/postgres/0004_checkpoints.sql"),
    include_str!("../../migrations/postgres/0005_rows.sql"),
    include_str!("../../migrations/postgres/0006_told_time_and_reservations.sql"),
    include_str!("../../migrations/postgres/0007_rebinds.sql"),
    include_str!("../../migrations/postgres/0008_promo.sql"),
    include_str!("../../migrations/postgres/0009_refunds.sql"),
];

/// The schema version this program works with.
pub const SCHEMA_VERSION: u32 = 9;

/// From this version on freezes stand in the journal.
const FREEZES_JOURNALLED: u32 = 5;

/// Why a database was not opened as a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum OpenError {
    /// A migration was not run as this program knows it.
    #[error("migration {n} of the ledger is not the one that this program knows")]
    ChangedMigration {
        /// Its number.
        n: u32,
    },
    /// There are tables, but they are of something else.
    #[error(
        "the database holds something else than a ledger; give the ledger a database or a schema of its own"
    )]
    NotALedger,
    /// The database could not be reached, read or migrated, or its server does not keep what it commits.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Another machine would be spoken to without encryption.
    #[error("the database is on another machine, and its address says sslmode=disable")]
    Unencrypted,
    /// A newer program made or migrated the database (or, when only reading, an older one did).
    #[error("the ledger has schema version {found}, this program knows {known}")]
    UnknownSchema {
        /// Of the database.
        found: u32,
        /// Of this program.
        known: u32,
    },
    /// The address cannot be read. It is not quoted, because it may hold a password.
    #[error("the database address is not of the form postgres://user:password@host:port/database")]
    Url,
}

impl From<Broken> for OpenError {
    fn from(broken: Broken) -> Self {
        Self::Store(broken.into())
    }
}

impl From<Trouble<Self>> for OpenError {
    fn from(trouble: Trouble<Self>) -> Self {
        match trouble {
            Trouble::Refused(error) => error,
            Trouble::Broken(broken) => broken.into(),
        }
    }
}

/// The schema version of the database; 0 if it has no tables.
async fn version(session: &Session) -> Result<u32, Trouble<OpenError>> {
    let select =
        "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()";
    let tables = session.rows(select, &[]).await?;
    if tables.is_empty() {
        return Ok(0);
    }
    let mut found = false;
    for table in &tables {
        found |= column::value::<&str>(table, 0)? == "ledger_migrations";
    }
    if !found {
        return Err(Trouble::Refused(OpenError::NotALedger));
    }
    let select = "SELECT n, checksum FROM ledger_migrations ORDER BY n";
    let rows = session.rows(select, &[]).await?;
    let mut newest = 0;
    for row in &rows {
        let n = column::parsed(row, 0, |n: i64| u32::try_from(n).ok())?;
        let known = usize::try_from(newest)
            .ok()
            .and_then(|at| MIGRATIONS.get(at));
        newest = n;
        let checksum: [u8; 32] = column::fixed(row, 1)?;
        if known.is_some_and(|sql| sha256(sql.as_bytes()) != checksum) {
            return Err(Trouble::Refused(OpenError::ChangedMigration { n }));
        }
    }
    if newest > SCHEMA_VERSION {
        return Err(Trouble::Refused(unknown(newest)));
    }
    if usize::try_from(newest) != Ok(rows.len()) || newest == 0 {
        return Err(Trouble::Refused(OpenError::NotALedger));
    }
    Ok(newest)
}

const fn unknown(found: u32) -> OpenError {
    OpenError::UnknownSchema {
        found,
        known: SCHEMA_VERSION,
    }
}

/// Refuses a database that is not exactly of this program's version.
pub(super) async fn expect_current(session: &Session) -> Result<(), Trouble<OpenError>> {
    match version(session).await? {
        SCHEMA_VERSION => Ok(()),
        0 => Err(Trouble::Refused(OpenError::NotALedger)),
        found => Err(Trouble::Refused(unknown(found))),
    }
}

/// Makes the tables of an empty database. `false`: there is a ledger of an older version, to be brought here first.
pub(super) async fn begin_or_wait(session: &Session) -> Result<bool, Trouble<OpenError>> {
    match version(session).await? {
        0 => migrate(session).await.map(|()| true),
        found => Ok(found == SCHEMA_VERSION),
    }
}

/// Brings the database to this program's version. Two issuers that start at once meet at the first table, and the later
/// one is told to look again.
pub(super) async fn migrate(session: &Session) -> Result<(), Trouble<OpenError>> {
    if version(session).await? == SCHEMA_VERSION {
        return Ok(());
    }
    session
        .transaction(async |session| {
            if version(session).await? > 0 {
                // Another issuer that does the same waits here, and then finds it done.
                let lock = "SELECT n FROM ledger_migrations WHERE n = 1 FOR UPDATE";
                session.one(lock, &[]).await?;
            }
            let done = version(session).await?;
            for (n, migration) in (1..).zip(MIGRATIONS) {
                if n <= done {
                    continue;
                }
                session.batch(migration).await.map_err(beaten)?;
                let checksum = sha256(migration.as_bytes());
                let insert = "INSERT INTO ledger_migrations (n, checksum) VALUES ($1, $2)";
                session
                    .execute_one(insert, &[&i64::from(n), &checksum.as_slice()])
                    .await?;
                if n == 1 {
                    journal::begin(session).await?;
                    let mark = "INSERT INTO replication_mark (id, n) VALUES (1, 0)";
                    session.execute_one(mark, &[]).await?;
                }
            }
            if done < FREEZES_JOURNALLED {
                frozen::journal_freezes(session).await?;
            }
            Ok(())
        })
        .await
}

/// A table or a column that is there already was made by another issuer just now.
fn beaten(broken: Broken) -> Broken {
    match broken {
        Broken::Failed(text) if text.starts_with("42P07") || text.starts_with("42701") => {
            Broken::Contended(text)
        }
        broken => broken,
    }
}
