use super::{provide, url};
use crate::conformance::block_on;
use crate::conformance::world::{fund, redemption};
use crate::postgres::schema::{MIGRATIONS, SCHEMA_VERSION};
use crate::postgres::{OpenError, PostgresLedger, audit_database};
use crate::{Ledger, Redeemed, StoreError};
use farthing_core::bytes::{sha256, to_b64u};
use farthing_testkit::postgres::{Cluster, Database};
use std::collections::BTreeSet;
use std::path::Path;

/// Everything that a ledger holds, as text.
fn contents(database: &Database) -> String {
    database.sql(
        "SELECT table_name, query_to_xml('SELECT * FROM ' || table_name, true, false, '') \
         FROM information_schema.tables WHERE table_schema = current_schema() ORDER BY 1",
    )
}

fn refused(database: &Database, expected: &OpenError) {
    let before = contents(database);
    assert_eq!(&PostgresLedger::open(&url(database)).unwrap_err(), expected);
    assert_eq!(&audit_database(&url(database)).unwrap_err(), expected);
    assert_eq!(contents(database), before);
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let (ledger, database) = provide();
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    block_on(fund(&ledger));
    block_on(ledger.redeem(request.clone())).unwrap();
    let before = block_on(ledger.audit()).unwrap();
    drop(ledger);
    let ledger = PostgresLedger::open(&url(&database)).unwrap();
    assert_eq!(block_on(ledger.audit()).unwrap(), before);
    assert_eq!(audit_database(&url(&database)).unwrap(), before);
    let answer = request.answer.clone();
    assert_eq!(
        block_on(ledger.redeem(request)),
        Ok(Redeemed::Replayed(answer))
    );
}

#[test]
fn a_database_of_a_newer_schema_is_refused_and_left_alone() {
    let (ledger, database) = provide();
    drop(ledger);
    let known = SCHEMA_VERSION;
    let found = known.wrapping_add(1);
    database.sql(&format!(
        "INSERT INTO ledger_migrations VALUES ({found}, sha256('later'))"
    ));
    let expected = OpenError::UnknownSchema { found, known };
    refused(&database, &expected);
    assert_eq!(
        expected.to_string(),
        format!("the ledger has schema version {found}, this program knows {known}")
    );
    database.sql(&format!("DELETE FROM ledger_migrations WHERE n = {found}"));
    assert!(PostgresLedger::open(&url(&database)).is_ok());
}

#[test]
fn a_migration_that_was_run_otherwise_is_refused() {
    let (ledger, database) = provide();
    drop(ledger);
    database.sql("UPDATE ledger_migrations SET checksum = sha256('edited by hand') WHERE n = 1");
    refused(&database, &OpenError::ChangedMigration { n: 1 });
}

#[test]
fn a_database_that_is_no_ledger_is_refused_and_left_alone() {
    let database = Cluster::shared().database();
    database.sql("CREATE TABLE diary (day TEXT); INSERT INTO diary VALUES ('Sunday')");
    refused(&database, &OpenError::NotALedger);
    // A ledger's table without a version is none either.
    let database = Cluster::shared().database();
    database.sql("CREATE TABLE ledger_migrations (n BIGINT, checksum BYTEA)");
    refused(&database, &OpenError::NotALedger);
}

#[test]
fn an_audit_makes_no_tables() {
    let database = Cluster::shared().database();
    let error = audit_database(&url(&database)).unwrap_err();
    assert_eq!(error, OpenError::NotALedger);
    assert_eq!(contents(&database), "");
}

#[test]
fn a_server_that_forgets_is_refused() {
    for setting in ["fsync", "full_page_writes"] {
        let cluster = Cluster::start();
        let database = cluster.database();
        cluster.kill();
        cluster.configure(&format!("{setting} = off\n"));
        cluster.begin();
        match PostgresLedger::open(&url(&database)) {
            Err(OpenError::Store(StoreError::Inconsistent(text))) => {
                assert!(text.contains(setting), "{text}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(contents(&database), "");
    }
}

#[test]
fn commits_wait_for_the_disk_whatever_the_servers_default_is() {
    let cluster = Cluster::start();
    let database = cluster.database();
    for (level, expected) in [
        ("off", "on"),
        ("local", "on"),
        ("remote_write", "on"),
        ("remote_apply", "remote_apply"),
    ] {
        database.sql(&format!(
            "ALTER ROLE farthing SET synchronous_commit = {level}"
        ));
        let ledger = PostgresLedger::open(&url(&database)).unwrap();
        let found = block_on(ledger.ask(async |session| {
            let row = session.one("SHOW synchronous_commit", &[]).await?;
            Ok::<_, crate::postgres::broken::Trouble<StoreError>>(row.get::<_, String>(0))
        }));
        assert_eq!(found.as_deref(), Ok(expected));
    }
}

#[test]
fn every_file_is_in_the_list_and_numbered_without_gaps() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(files.len(), MIGRATIONS.len());
    assert_eq!(files.len(), usize::try_from(SCHEMA_VERSION).unwrap());
    for (index, (name, listed)) in files.iter().zip(MIGRATIONS).enumerate() {
        assert!(name.starts_with(&format!("{:04}_", index + 1)), "{name}");
        assert_eq!(
            &std::fs::read_to_string(folder.join(name)).unwrap(),
            listed,
            "{name}"
        );
    }
}

#[test]
fn a_migration_that_was_published_is_not_changed() {
    // A new migration adds its hash here; none is ever replaced.
    let published = [
        "ZEpbLpB13yjliH-S1_HvGl7YA1-crlWi6e3l4uh7RSo",
        "_HTGx_wy6MuOQz8xBXO7xyg0HMhbWinnG3Q9DVPG5j0",
        "gbJGW_rqpjyu8rb9eIEJdJ12HmgZ-h-9y47LG4yeUck",
        "7BI9ZcM7v4JBtVCcMlW839EyUx7vO0l6H4i-p7eOLUA",
        "MjqDAywhcOA3OSGlnpgYFJ9ntaS72cknQgiPEgM2xbw",
        "UEdytlIeXC8aM6ayL_PFJNQlElrHsfDxiAKi5p7NKwA",
        "PB0d9QzEAPF67cvyxn2ySJWnPO8BGI2Sa0kjL2V8p9A",
        "Ay7OMCwego-YUXTKZpqjsxnjzG4G7nnUGBlKmJgWnT4",
        "sh1_ZOrAIoMSWiNnlU70Vpvm6fVj1m7kFpSBwzvBcnM",
    ];
    let hashes: Vec<_> = MIGRATIONS
        .iter()
        .map(|sql| to_b64u(&sha256(sql.as_bytes())))
        .collect();
    assert_eq!(hashes, published);
}

#[test]
fn every_column_has_a_comment() {
    let text = MIGRATIONS.concat();
    let columns = columns();
    assert!(columns.len() > 80, "{}", columns.len());
    for (table, column) in columns {
        let body = text
            .split(&format!("CREATE TABLE {table} ("))
            .last()
            .unwrap();
        let body = body.split("\n)").next().unwrap();
        let added = format!("ALTER TABLE {table} ADD COLUMN ");
        let added = text.lines().filter_map(|line| line.strip_prefix(&added));
        let line = body
            .lines()
            .map(str::trim_start)
            .chain(added)
            .find(|line| line.starts_with(&format!("{column} ")));
        let comment = line
            .and_then(|line| line.split(" -- ").nth(1))
            .unwrap_or_default();
        assert!(comment.len() > 3, "{table}.{column} has no comment");
    }
}

fn columns() -> BTreeSet<(String, String)> {
    let (_ledger, database) = provide();
    let found = database.sql(
        "SELECT table_name, column_name FROM information_schema.columns \
         WHERE table_schema = current_schema()",
    );
    found
        .lines()
        .map(|line| {
            let (table, column) = line.split_once('|').unwrap();
            (table.to_owned(), column.to_owned())
        })
        .collect()
}

/// I22: the columns are those of the SQLite store, of which each was judged whether it names a payer or an article. What
/// is here alone names neither.
#[cfg(feature = "sqlite")]
#[test]
fn there_is_no_column_that_was_not_judged() {
    let conn = rusqlite::Connection::open_in_memory().unwrap();
    for sql in crate::sqlite::MIGRATIONS {
        conn.execute_batch(sql).unwrap();
    }
    let mut statement = conn
        .prepare(
            "SELECT t.name, c.name FROM pragma_table_list t, pragma_table_info(t.name) c \
             WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        )
        .unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)));
    let mut judged: BTreeSet<(String, String)> = rows.unwrap().map(Result::unwrap).collect();
    judged.retain(|(table, _)| table != "meta");
    for (table, column) in [
        ("ledger_migrations", "n"),
        ("ledger_migrations", "checksum"),
        ("replication_mark", "id"),
        ("replication_mark", "n"),
    ] {
        judged.insert((table.into(), column.into()));
    }
    assert_eq!(columns(), judged);
}

#[test]
fn what_grows_with_tokens_lies_by_keyset() {
    let (_ledger, database) = provide();
    for (table, key) in [
        ("spent", "keyset,nullifier"),
        ("issued", "keyset,element_hash"),
        ("archive_pages", "keyset,first"),
        // Pruned by the hour, which its numbers begin with, and not by the keyset.
        ("answers", "number"),
    ] {
        let found = database.sql(&format!(
            "SELECT string_agg(column_name, ',' ORDER BY ordinal_position) \
             FROM information_schema.key_column_usage \
             WHERE table_schema = current_schema() AND table_name = '{table}'"
        ));
        assert_eq!(found, key);
    }
}
