use super::{MigrateError, migrate};
use crate::conformance::block_on;
use crate::conformance::world::{
    draw, fund, hash, hour, load, new_order, order_id, promo_draw, promo_grant, promo_redemption,
    publisher, publisher_id, redemption, time,
};
use crate::postgres::{DatabaseUrl, PostgresLedger, audit_database};
use crate::sqlite::{OpenError, SqliteLedger, audit_file};
use crate::{
    Created, Drawn, Ledger, NewManifest, Publisher, RedeemError, Redeemed, SealedAnswer,
    StoreError, Withdrawal,
};
use farthing_core::id::{BodyHash, HeadHash};
use farthing_testkit::postgres::{Cluster, Database};
use std::path::PathBuf;
use tempfile::TempDir;

/// A ledger with rows in every table, some of them null.
fn lived() -> (SqliteLedger, TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("ledger.sqlite");
    let ledger = SqliteLedger::open(&path).unwrap();
    block_on(async {
        fund(&ledger).await;
        load(&ledger, 1, 50_000).await;
        ledger
            .create_order(new_order(2, 9_000), time(5))
            .await
            .unwrap();
        ledger
            .create_order(new_order(3, 9_000), time(6))
            .await
            .unwrap();
        ledger.decline_order(order_id(3), time(7)).await.unwrap();
        // More rows than are handed on at a time.
        let many = (1_000..3_500).map(|n| (n, 10));
        assert_eq!(ledger.draw(draw(1, 0, many)).await, Ok(Drawn::Done));
        let change = [(20, 1_000), (21, 2_000)];
        let bought = redemption(1, [(10, 8_000)], 5_000, change);
        ledger.redeem(bought).await.unwrap();
        // One whose answer is gone.
        let old = crate::Redemption {
            answer_expires: hour(),
            ..redemption(9, [(9, 1_000), (1_000, 10)], 1_010, [])
        };
        ledger.redeem(old).await.unwrap();
        assert_eq!(ledger.expire_answers(hour(), 10).await, Ok(1));
        let withdrawal = Withdrawal {
            path: "/a".into(),
            offers_valid_from: time(9),
        };
        let withdrawn = Publisher {
            withdrawals: vec![withdrawal],
            ..publisher(1)
        };
        ledger.put_publisher(withdrawn).await.unwrap();
        let manifest = NewManifest {
            n: 1,
            head: "head".into(),
            head_hash: HeadHash::new(hash("head", 1)),
            body: vec![1, 2, 3],
            body_hash: BodyHash::new(hash("body", 1)),
        };
        ledger.append_manifest(manifest.clone()).await.unwrap();
        let given = ledger.grant_promo(promo_grant(4, 1, 7_000)).await;
        given.unwrap();
        let starters = (4_000..4_010).map(|n| (n, 700));
        let drawn = ledger.draw(promo_draw(4, 1, 0, starters)).await;
        assert_eq!(drawn, Ok(Drawn::Done));
        let read = promo_redemption(20, 1, [(4_000, 700)], 700, []);
        ledger.redeem(read).await.unwrap();
        let of_promo = NewManifest {
            body_hash: BodyHash::new(hash("body", 2)),
            ..manifest
        };
        let appended = ledger.append_promo_manifest(publisher(1).origin, of_promo);
        appended.await.unwrap();
        let heads = ledger.standing().await.unwrap().heads;
        let checkpoint = crate::conformance::durability::checkpoint(1, heads);
        ledger.append_checkpoint(checkpoint).await.unwrap();
        let now = crate::TimeStep::Keep {
            mark: time(10),
            era: "a run".into(),
            reading: 3,
            decision: 0,
            until: time(15),
        };
        ledger.ledger_time(now).await.unwrap();
        crate::conformance::world::fund_with_rights(&ledger, 500, 1).await;
        let bought = redemption(30, [(5_000, 1_000)], 1_000, []);
        ledger.redeem(bought).await.unwrap();
        let undone = crate::conformance::world::refund(31, 9, 50_000, 1_000, [(5_100, 1_000)]);
        ledger.refund(undone).await.unwrap();
        let gift = crate::conformance::rebinds::rebind(1, 5, None);
        assert_eq!(ledger.rebind(gift).await, Ok(crate::Rebound::Done));
        let reservation = crate::Reservation {
            key: crate::RecordKey::new(hash("a token of a lost state", 1)),
            binding: crate::conformance::world::binding(77),
        };
        assert_eq!(ledger.reserve(vec![reservation]).await, Ok(1));
    });
    (ledger, dir, path)
}

fn empty() -> (Database, DatabaseUrl) {
    let database = Cluster::shared().database();
    let url = DatabaseUrl::parse(&database.url()).unwrap();
    (database, url)
}

#[test]
fn a_moved_ledger_is_the_same_ledger_and_goes_on() {
    let (old, _dir, path) = lived();
    let before = block_on(old.audit()).unwrap();
    let (_database, url) = empty();
    let moved = migrate(&path, &url).unwrap();
    assert_eq!(moved.report, before);
    assert!(
        moved.rows.iter().all(|(_, rows)| *rows > 0),
        "{:?}",
        moved.rows
    );
    assert_eq!(audit_database(&url).unwrap(), before);
    let new = PostgresLedger::open(&url).unwrap();
    block_on(async {
        let bought = redemption(1, [(10, 8_000)], 5_000, [(20, 1_000), (21, 2_000)]);
        let first = Redeemed::Replayed(bought.answer.clone());
        let again = crate::Redemption {
            answer: SealedAnswer::new(vec![1]),
            ..bought
        };
        assert_eq!(new.redeem(again).await, Ok(first));
        let other = redemption(2, [(10, 8_000)], 8_000, []);
        assert_eq!(
            new.redeem(other).await,
            Err(RedeemError::TokenSpent(vec![0]))
        );
        let other = crate::conformance::rebinds::rebind(1, 6, None);
        let refused = Err(crate::RebindError::Rebound);
        assert_eq!(new.rebind(other).await, refused);
        let old = redemption(9, [(9, 1_000), (1_000, 10)], 1_010, []);
        assert_eq!(new.redeem(old).await, Err(RedeemError::AnswerExpired));
        let next = redemption(3, [(0, 1_000), (20, 1_000)], 2_000, []);
        assert_eq!(new.redeem(next).await, Ok(Redeemed::Accepted));
        let order = new.create_order(new_order(2, 9_000), time(99)).await;
        assert!(matches!(order, Ok(Created::Existing(_))));
        assert_eq!(
            new.publisher(publisher_id(1))
                .await
                .unwrap()
                .unwrap()
                .withdrawals
                .len(),
            1
        );
        assert_eq!(new.newest_manifest().await.unwrap().unwrap().n, 1);
        assert_eq!(new.audit().await.unwrap().difference(), 0);
    });
}

#[test]
fn the_old_file_takes_no_write_any_more_and_can_be_read() {
    let (running, _dir, path) = lived();
    let before = block_on(running.audit()).unwrap();
    let (_database, url) = empty();
    migrate(&path, &url).unwrap();
    // An issuer that still runs on it is refused with every write, whatever it is.
    let late = redemption(2, [(0, 1_000)], 1_000, []);
    let refused = block_on(running.redeem(late));
    let has_moved = |error: &StoreError| matches!(error, StoreError::Unavailable(text) if text.contains("the ledger has moved"));
    assert!(
        matches!(&refused, Err(RedeemError::Store(e)) if has_moved(e)),
        "{refused:?}"
    );
    assert!(block_on(running.create_order(new_order(9, 1_000), time(1))).is_err());
    assert!(block_on(running.draw(draw(1, 1, [(9_000, 10)]))).is_err());
    assert!(block_on(running.put_publisher(publisher(2))).is_err());
    assert!(block_on(running.expire_answers(crate::Hour::new(u64::from(u32::MAX)), 9)).is_err());
    let (keyset, nullifier) = {
        let input = crate::conformance::world::input(0, 1_000);
        (input.keyset, input.nullifier)
    };
    let unspent = block_on(running.answer(keyset, nullifier, hour()));
    assert_eq!(unspent, Err(crate::AnswerError::Unknown));
    drop(running);
    assert_eq!(SqliteLedger::open(&path).unwrap_err(), OpenError::Moved);
    assert_eq!(audit_file(&path).unwrap(), before);
}

#[test]
fn a_move_that_was_broken_off_is_done_by_doing_it_again() {
    let (old, _dir, path) = lived();
    drop(old);
    let (database, url) = empty();
    let first = migrate(&path, &url).unwrap();
    // Its answer was lost: the same again finds it done.
    assert_eq!(migrate(&path, &url).unwrap(), first);
    // The file was closed, and the database fell before its commit: the tables are as they were before.
    let tables: Vec<String> = first
        .rows
        .iter()
        .map(|(t, _)| format!("DELETE FROM {t};"))
        .collect();
    let emptied = tables.concat();
    database.sql(&format!(
        "SET session_replication_role = 'replica'; {emptied} \
         INSERT INTO funding_head VALUES (1, 0, sha256('f')); INSERT INTO use_head VALUES (1, 0, sha256('u'))"
    ));
    assert_eq!(migrate(&path, &url).unwrap(), first);
    assert_eq!(audit_database(&url).unwrap(), first.report);
    // Once it has gone on, it is another ledger than the file's.
    let new = PostgresLedger::open(&url).unwrap();
    block_on(new.redeem(redemption(3, [(0, 1_000)], 1_000, []))).unwrap();
    assert_eq!(migrate(&path, &url), Err(MigrateError::Occupied));
    assert_eq!(block_on(new.audit()).unwrap().usage().seq, 6);
}

#[test]
fn a_database_that_holds_a_ledger_is_not_moved_to() {
    let (old, _dir, path) = lived();
    let (_database, url) = empty();
    let new = PostgresLedger::open(&url).unwrap();
    block_on(load(&new, 7, 1_000));
    let before = block_on(new.audit()).unwrap();
    assert_eq!(migrate(&path, &url), Err(MigrateError::Occupied));
    assert_eq!(block_on(new.audit()).unwrap(), before);
    // And the file is as it was: it goes on.
    let next = redemption(2, [(0, 1_000)], 1_000, []);
    assert_eq!(block_on(old.redeem(next)), Ok(Redeemed::Accepted));
}

#[test]
fn books_that_do_not_balance_are_not_moved() {
    let (old, _dir, path) = lived();
    drop(old);
    let conn = rusqlite::Connection::open(&path).unwrap();
    let change = "UPDATE sales SET amount = amount + 1 WHERE amount = 5000";
    assert_eq!(conn.execute(change, ()).unwrap(), 1);
    drop(conn);
    let (_database, url) = empty();
    assert_eq!(migrate(&path, &url), Err(MigrateError::Unbalanced));
    assert!(SqliteLedger::open(&path).is_ok());
}

#[test]
fn every_table_and_column_is_moved() {
    let (database, url) = empty();
    drop(PostgresLedger::open(&url).unwrap());
    let found = database.sql(
        "SELECT table_name || '.' || column_name FROM information_schema.columns \
         WHERE table_schema = current_schema() \
         AND table_name NOT IN ('ledger_migrations', 'replication_mark') ORDER BY 1",
    );
    let mut moved: Vec<String> = super::TABLES
        .iter()
        .flat_map(|t| t.columns.iter().map(|(c, _)| format!("{}.{c}", t.name)))
        .collect();
    moved.sort();
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    assert_eq!(found, moved);
}
