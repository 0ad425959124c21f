use super::provide;
use crate::conformance::block_on;
use crate::conformance::world::{fund, redemption};
use crate::sqlite::{OpenError, SCHEMA_VERSION, SqliteLedger, audit_file};
use crate::{Ledger, RedeemError, Redeemed};
use rusqlite::Connection;
use tempfile::TempDir;

fn set_version(path: &std::path::Path, version: &str) {
    let conn = Connection::open(path).unwrap();
    let set = "UPDATE meta SET value = ?1 WHERE name = 'schema_version'";
    assert_eq!(conn.execute(set, (version,)).unwrap(), 1);
}

#[test]
fn what_was_written_is_there_after_opening_again() {
    let (ledger, _dir, path) = provide();
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    block_on(fund(&ledger));
    block_on(ledger.redeem(request.clone())).unwrap();
    let before = block_on(ledger.audit()).unwrap();
    drop(ledger);
    let ledger = SqliteLedger::open(&path).unwrap();
    assert_eq!(block_on(ledger.audit()).unwrap(), before);
    let answer = request.answer.clone();
    assert_eq!(
        block_on(ledger.redeem(request)),
        Ok(Redeemed::Replayed(answer))
    );
}

#[test]
fn a_file_of_a_newer_schema_is_refused_and_left_alone() {
    let (ledger, _dir, path) = provide();
    drop(ledger);
    let known = SCHEMA_VERSION;
    let found = known.wrapping_add(1);
    set_version(&path, &found.to_string());
    let before = std::fs::read(&path).unwrap();
    let error = SqliteLedger::open(&path).unwrap_err();
    assert_eq!(error, OpenError::UnknownSchema { found, known });
    assert_eq!(
        error.to_string(),
        format!("the ledger has schema version {found}, this program knows {known}")
    );
    assert_eq!(audit_file(&path), Err(error));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    set_version(&path, &known.to_string());
    assert!(SqliteLedger::open(&path).is_ok());
}

#[test]
fn a_file_that_is_no_ledger_is_refused_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("other.sqlite");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE diary (day TEXT)")
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    assert_eq!(
        SqliteLedger::open(&path).unwrap_err(),
        OpenError::NotALedger
    );
    assert_eq!(audit_file(&path), Err(OpenError::NotALedger));
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let text = dir.path().join("text");
    std::fs::write(
        &text,
        "not a database, but long enough to be looked at".repeat(100),
    )
    .unwrap();
    assert!(matches!(
        SqliteLedger::open(&text),
        Err(OpenError::Store(_))
    ));
}

#[test]
fn an_audit_makes_no_file() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("nothing.sqlite");
    assert!(matches!(audit_file(&path), Err(OpenError::Store(_))));
    assert!(!path.exists());
}

#[test]
fn an_audit_beside_a_running_ledger_sees_the_last_commit() {
    let (ledger, _dir, path) = provide();
    block_on(fund(&ledger));
    assert_eq!(
        audit_file(&path).unwrap(),
        block_on(ledger.audit()).unwrap()
    );
    block_on(ledger.redeem(redemption(1, [(0, 1_000)], 1_000, []))).unwrap();
    assert_eq!(audit_file(&path).unwrap().usage().seq, 1);
}

#[test]
fn commits_are_synced_and_logged_ahead() {
    let (ledger, _dir, _path) = provide();
    let settings = block_on(ledger.write(|conn| {
        let number = |pragma| {
            conn.query_row(pragma, (), |row| row.get::<_, i64>(0))
                .unwrap()
        };
        let mode: String = conn
            .query_row("PRAGMA journal_mode", (), |row| row.get(0))
            .unwrap();
        Ok::<_, crate::StoreError>((
            mode,
            number("PRAGMA synchronous"),
            number("PRAGMA foreign_keys"),
        ))
    }));
    // 2 is FULL.
    assert_eq!(settings, Ok(("wal".into(), 2, 1)));
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (ledger, dir, _path) = provide();
    block_on(fund(&ledger));
    let mut seen = 0;
    for entry in std::fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?} has mode {mode:o}", entry.file_name());
        seen += 1;
    }
    assert!(seen >= 2, "the log stands beside the file");
}

#[test]
fn debug_and_errors_name_no_secret() {
    let (ledger, _dir, _path) = provide();
    let order = crate::conformance::world::new_order(0, 100_000);
    let settlement = crate::conformance::world::settlement(0, 100_000);
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    block_on(fund(&ledger));
    let found = block_on(ledger.order(order.id)).unwrap().unwrap();
    let created =
        block_on(ledger.create_order(order.clone(), crate::conformance::world::time(0))).unwrap();
    let texts = [
        format!("{order:?}"),
        format!("{found:?}"),
        format!("{created:?}"),
        format!("{settlement:?}"),
        format!("{request:?}"),
        format!("{:?}", request.answer),
        format!("{ledger:?}"),
    ];
    let nullifier = request.inputs[0].nullifier.to_b64u();
    let claim = farthing_core::bytes::to_b64u(order.claim.bytes());
    let offer = request.offer.to_b64u();
    let binding = request.binding.to_b64u();
    let sealed = format!("{:?}", request.answer.bytes());
    let disclosure = format!("{:?}", order.disclosure);
    for text in &texts {
        for secret in [
            &nullifier,
            &claim,
            &offer,
            &binding,
            &sealed,
            &disclosure,
            "paper-1.example",
            "charge-0",
        ] {
            assert!(!text.contains(secret), "{text} names {secret}");
        }
    }
}

#[test]
fn two_programs_on_one_file_spend_a_token_once() {
    let (first, _dir, path) = provide();
    block_on(fund(&first));
    let second = SqliteLedger::open(&path).unwrap();
    let results = crate::conformance::concurrently(40, |n| {
        let ledger = if n % 2 == 0 { &first } else { &second };
        // Four requests for each of ten tokens.
        ledger.redeem(redemption(n, [(n / 4, 1_000)], 1_000, []))
    });
    let accepted = results
        .iter()
        .filter(|result| **result == Ok(Redeemed::Accepted))
        .count();
    let spent = results
        .iter()
        .filter(|r| **r == Err(RedeemError::TokenSpent(vec![0])))
        .count();
    assert_eq!((accepted, spent), (10, 30));
    assert_eq!(block_on(second.audit()).unwrap().difference(), 0);
}

#[test]
fn a_closed_ledger_is_whole_in_its_one_file() {
    for _ in 0..20 {
        let (ledger, dir, path) = provide();
        block_on(fund(&ledger));
        drop(ledger);
        let beside = std::fs::read_dir(dir.path()).unwrap();
        let beside: Vec<_> = beside.map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(beside, [path.file_name().unwrap()]);
    }
}
