//! The power fails: of the write-ahead log only a part reached the disk, or its end is garbage. Every such file is
//! a whole ledger, and holds everything that had been acknowledged when its part was written.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use farthing_ledger::conformance::block_on;
use farthing_ledger::conformance::world::{fund, redemption};
use farthing_ledger::sqlite::SqliteLedger;
use farthing_ledger::{Ledger, Redeemed};
use std::path::{Path, PathBuf};

const PURCHASES: u64 = 10;

struct Log {
    main: Vec<u8>,
    log: Vec<u8>,
    /// The log's length when purchase n was acknowledged.
    acknowledged: Vec<usize>,
    /// The log's length before the first purchase.
    start: usize,
}

fn beside(path: &Path) -> PathBuf {
    path.with_extension("sqlite-wal")
}

fn record() -> Log {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    // Made and closed, so that the main file holds the schema and the log begins empty.
    drop(SqliteLedger::open(&path).unwrap());
    let ledger = SqliteLedger::open(&path).unwrap();
    block_on(fund(&ledger));
    let length = || std::fs::read(beside(&path)).unwrap().len();
    let start = length();
    let mut acknowledged = Vec::new();
    for n in 0..PURCHASES {
        block_on(ledger.redeem(redemption(n, [(n, 1_000)], 1_000, []))).unwrap();
        acknowledged.push(length());
    }
    // Copied while the ledger is open: nothing has been moved from the log to the file.
    Log {
        main: std::fs::read(&path).unwrap(),
        log: std::fs::read(beside(&path)).unwrap(),
        acknowledged,
        start,
    }
}

/// How many purchases a ledger with this log holds. They must be the first ones, and the books whole.
fn survivors(recorded: &Log, log: &[u8]) -> u64 {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    std::fs::write(&path, &recorded.main).unwrap();
    std::fs::write(beside(&path), log).unwrap();
    let ledger = SqliteLedger::open(&path).unwrap();
    let report = block_on(ledger.audit()).unwrap();
    assert_eq!(report.difference(), 0, "{report}");
    let held = report.usage().seq;
    for n in 0..PURCHASES {
        let request = redemption(n, [(n, 1_000)], 1_000, []);
        let expected = if n < held {
            Redeemed::Replayed(request.answer.clone())
        } else {
            Redeemed::Accepted
        };
        assert_eq!(
            block_on(ledger.redeem(request)),
            Ok(expected),
            "purchase {n} of {held}"
        );
    }
    assert_eq!(block_on(ledger.audit()).unwrap().difference(), 0);
    held
}

fn acknowledged_by(recorded: &Log, length: usize) -> u64 {
    u64::try_from(
        recorded
            .acknowledged
            .iter()
            .filter(|&&end| end <= length)
            .count(),
    )
    .unwrap()
}

#[test]
fn a_log_that_was_cut_off_keeps_what_was_acknowledged() {
    let recorded = record();
    assert!(
        recorded.acknowledged.is_sorted_by(|a, b| a < b),
        "the log is written before the answer"
    );
    let step = (recorded.log.len() - recorded.start) / 40;
    let lengths = (recorded.start..recorded.log.len()).step_by(step.max(1));
    let borders = recorded.acknowledged.iter().flat_map(|&end| [end - 1, end]);
    for length in lengths.chain(borders) {
        let held = survivors(&recorded, &recorded.log[..length]);
        assert_eq!(
            held,
            acknowledged_by(&recorded, length),
            "log of {length} bytes"
        );
    }
    assert_eq!(survivors(&recorded, &recorded.log), PURCHASES);
}

#[test]
fn a_log_with_a_damaged_end_keeps_what_came_before() {
    let recorded = record();
    let step = (recorded.log.len() - recorded.start) / 20;
    for damaged in (recorded.start..recorded.log.len()).step_by(step.max(1)) {
        let mut log = recorded.log.clone();
        log[damaged] ^= 0x40;
        let held = survivors(&recorded, &log);
        // A few bytes of a frame header are covered by no checksum, so more may survive, never less.
        assert!(
            held >= acknowledged_by(&recorded, damaged),
            "damaged at {damaged}"
        );
    }
}
