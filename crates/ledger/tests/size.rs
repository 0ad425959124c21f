//! How large the tables are that grow with tokens, filled through `Ledger::redeem` with answers of a real one's size.
//!
//! `FARTHING_REDEMPTIONS=100000 cargo test -p farthing-ledger --test size -- --nocapture` prints the numbers of
//! docs/adr/0016. An SQLite table is counted in whole pages, a PostgreSQL table with its indexes and free space.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use farthing_ledger::conformance::world::{draw, hash, load, redemption};
use farthing_ledger::conformance::{block_on, concurrently};
use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger};
use farthing_ledger::sqlite::SqliteLedger;
use farthing_ledger::{Drawn, Ledger, Redeemed, SealedAnswer};
use farthing_testkit::postgres::Cluster;
use std::collections::BTreeMap;

/// A released key, a grant's signature and what it says beyond the request, change of two keysets: packed, with its tag.
const ANSWER: u64 = 240;
/// The tables that a redemption adds to. Of five issued elements two are its change; all are counted.
const TABLES: &[&str] = &["answers", "issued", "spent", "use_journal"];
/// Tokens of a redemption.
const TOKENS: u64 = 3;
const CALLERS: u64 = 64;

fn redemptions() -> u64 {
    let asked = std::env::var("FARTHING_REDEMPTIONS");
    asked.map_or(3_000, |text| text.parse().unwrap())
}

/// Redemptions of three tokens of three keysets, with two elements of change.
fn fill<L: Ledger>(ledger: &L, count: u64) {
    let tokens = |n: u64| [(3 * n, 1_000), (3 * n + 1, 2_000), (3 * n + 2, 4_000)];
    block_on(load(ledger, 0, 7_000 * count));
    for (pouch, first) in (0..).zip((0..count).step_by(1_000)) {
        let of_these = (first..count.min(first + 1_000)).flat_map(tokens);
        let drawn = block_on(ledger.draw(draw(0, pouch, of_these)));
        assert_eq!(drawn, Ok(Drawn::Done));
    }
    concurrently(CALLERS, async |caller| {
        for n in (caller..count).step_by(usize::try_from(CALLERS).unwrap()) {
            let change = [(10_000_000 + 2 * n, 1_000), (10_000_001 + 2 * n, 2_000)];
            let mut request = redemption(n, tokens(n), 4_000, change);
            let parts = (0..ANSWER.div_ceil(32)).map(|part| hash("sealed", 1_000 * n + part));
            let mut sealed: Vec<u8> = parts.flatten().collect();
            sealed.truncate(usize::try_from(ANSWER).unwrap());
            request.answer = SealedAnswer::new(sealed);
            assert_eq!(ledger.redeem(request).await, Ok(Redeemed::Accepted));
        }
    });
    // Callers that wait together share commits, and the store says so.
    let commits = ledger.commits().unwrap();
    assert!(commits.steps() >= count);
    assert!(commits.groups() < commits.steps() / 2);
}

/// Bytes by table, and what must hold of them.
fn judge(store: &str, sizes: &BTreeMap<String, u64>, count: u64, most: u64) {
    println!("{store}, {count} redemptions of {TOKENS} tokens, answers of {ANSWER} bytes");
    let of = |table: &str| sizes.get(table).copied().unwrap();
    for (table, bytes) in TABLES.iter().map(|table| (table, of(table))) {
        println!("  {table:16} {bytes:12} {:8} a redemption", bytes / count);
    }
    let all: u64 = TABLES.iter().map(|table| of(table)).sum();
    let spent = of("spent") / (count * TOKENS);
    let besides = of("answers") / count - ANSWER;
    println!(
        "  all {} a redemption; spent set {spent} a token; beside an answer {besides}",
        all / count
    );
    assert!(spent <= 200, "{spent} bytes of spent set for each token");
    let all = all / count;
    assert!(all <= most, "{all} bytes for each redemption");
    assert!(besides <= 300, "{besides} bytes beside each answer");
}

#[test]
fn sqlite_keeps_at_most_200_bytes_for_each_spent_token() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("ledger.sqlite");
    let ledger = SqliteLedger::open(&path).unwrap();
    let count = redemptions();
    fill(&ledger, count);
    drop(ledger);
    let conn = rusqlite::Connection::open(&path).unwrap();
    let select = "SELECT s.tbl_name, sum(d.pgsize) FROM dbstat AS d \
                  JOIN sqlite_schema AS s ON s.name = d.name GROUP BY s.tbl_name";
    let mut statement = conn.prepare(select).unwrap();
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, u32>(1)?)));
    let sizes = rows
        .unwrap()
        .map(|row| row.map(|(table, bytes)| (table, u64::from(bytes))))
        .collect::<Result<_, _>>()
        .unwrap();
    judge("SQLite", &sizes, count, 1_024);
}

#[test]
fn postgres_keeps_at_most_200_bytes_for_each_spent_token() {
    let database = Cluster::shared().database();
    let ledger = PostgresLedger::open(&DatabaseUrl::parse(&database.url()).unwrap()).unwrap();
    let count = redemptions();
    fill(&ledger, count);
    drop(ledger);
    let found = database.sql(
        "SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class AS c \
         JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = current_schema() AND c.relkind = 'r'",
    );
    let sizes = found
        .lines()
        .map(|line| {
            let (table, bytes) = line.split_once('|').unwrap();
            (table.to_owned(), bytes.parse().unwrap())
        })
        .collect();
    judge("PostgreSQL", &sizes, count, 2_000);
}
