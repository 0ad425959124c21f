//! What is kept outside of the file: copies, and the record from which an older copy is brought back to the last answer.

use super::provide;
use crate::conformance::block_on;
use crate::conformance::durability::checkpoint;
use crate::conformance::world::{
    draw, fund, load, new_order, order_id, publisher, redemption, time,
};
use crate::sqlite::{BackupError, SqliteLedger, audit_file, backup};
use crate::witness::{Group, Observer, Path as Found, Step, follow, replay};
use crate::{Effect, Ledger, NewManifest, Redeemed, Redemption, Standing, StoreError, Withdrawal};
use farthing_core::id::{BodyHash, HeadHash};
use rusqlite::Connection;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// Keeps every record as bytes, and refuses those it is told to.
#[derive(Clone, Default)]
struct Kept {
    records: Arc<Mutex<Vec<Vec<u8>>>>,
    committed: Arc<Mutex<Vec<Standing>>>,
    refuses: Arc<Mutex<bool>>,
}

impl Observer for Kept {
    fn committing(&mut self, group: &Group) -> Result<(), StoreError> {
        if *self.refuses.lock().unwrap() {
            return Err(StoreError::Unavailable("the record's disk is full".into()));
        }
        self.records.lock().unwrap().push(group.to_bytes());
        Ok(())
    }

    fn committed(&mut self, standing: &Standing) {
        self.committed.lock().unwrap().push(standing.clone());
    }
}

impl Kept {
    fn groups(&self) -> Vec<Group> {
        let records = self.records.lock().unwrap();
        records.iter().map(|r| Group::parse(r).unwrap()).collect()
    }
}

fn observed(path: &Path) -> (SqliteLedger, Kept) {
    let kept = Kept::default();
    let ledger = SqliteLedger::open_observed(path, Some(Box::new(kept.clone()))).unwrap();
    (ledger, kept)
}

const fn step(group: &Group) -> Step {
    Step {
        before: group.before,
        after: group.after,
    }
}

fn followed(steps: &[Step], here: &crate::Heads) -> Vec<usize> {
    match follow(steps, here) {
        Found::Groups(groups) => groups,
        Found::Gap => panic!("a gap"),
    }
}

fn lively(n: u64) -> Redemption {
    redemption(n, [(n, 2_000)], 1_000, [(n.wrapping_add(10_000), 1_000)])
}

#[test]
fn a_copy_of_a_ledger_in_use_is_whole_private_and_overwrites_nothing() {
    let (ledger, dir, path) = provide();
    block_on(fund(&ledger));
    block_on(load(&ledger, 1, 1_000_000));
    block_on(ledger.draw(draw(1, 0, (100..300).map(|n| (n, 2_000))))).unwrap();
    let copy = dir.path().join("copy.sqlite");
    let report = std::thread::scope(|scope| {
        let busy = scope.spawn(|| {
            for n in 100..300 {
                block_on(ledger.redeem(lively(n))).unwrap();
            }
        });
        let report = backup(&path, &copy).unwrap();
        busy.join().unwrap();
        report
    });
    assert_eq!(audit_file(&copy).unwrap(), report);
    let now = block_on(ledger.audit()).unwrap();
    assert!(report.usage().seq <= now.usage().seq && report.difference() == 0);
    // It is the ledger as it was at some commit: its head stands in the journal.
    let there = block_on(ledger.head_at(crate::journal::Book::Use, report.usage().seq));
    assert_eq!(there, Ok(Some(report.usage().head)));
    assert!(matches!(
        backup(&path, &copy),
        Err(BackupError::Occupied(_))
    ));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(&copy).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    for beside in ["copy.sqlite-wal", "copy.sqlite-journal"] {
        assert!(!dir.path().join(beside).exists(), "{beside}");
    }
    assert!(SqliteLedger::open(&copy).is_ok());
}

#[test]
fn a_copy_that_would_not_balance_is_not_kept() {
    let (ledger, dir, path) = provide();
    block_on(fund(&ledger));
    let conn = Connection::open(&path).unwrap();
    let change = "UPDATE funding_balances SET amount = amount + 1 WHERE account = 'tokens'";
    assert_eq!(conn.execute(change, ()).unwrap(), 1);
    let copy = dir.path().join("copy.sqlite");
    assert!(matches!(backup(&path, &copy), Err(BackupError::Unbalanced)));
    assert!(!copy.exists());
    let elsewhere = dir.path().join("no/such/folder/copy.sqlite");
    assert!(matches!(
        backup(&path, &elsewhere),
        Err(BackupError::Io { .. })
    ));
}

#[test]
fn an_older_copy_and_the_record_make_the_lost_ledger_again() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("ledger.sqlite");
    let (ledger, kept) = observed(&path);
    block_on(fund(&ledger));
    block_on(load(&ledger, 1, 1_000_000));
    block_on(ledger.draw(draw(1, 0, (100..300).map(|n| (n, 2_000))))).unwrap();
    let copy = dir.path().join("copy.sqlite");
    backup(&path, &copy).unwrap();
    // Every kind of step, purchases in groups, and one that is refused.
    crate::conformance::concurrently(200, |n| ledger.redeem(lively(n.wrapping_add(100))));
    block_on(async {
        load(&ledger, 2, 9_000).await;
        ledger
            .create_order(new_order(3, 9_000), time(6))
            .await
            .unwrap();
        ledger.decline_order(order_id(3), time(7)).await.unwrap();
        ledger.draw(draw(2, 0, [(500, 1_000)])).await.unwrap();
        let second = redemption(900, [(100, 2_000)], 2_000, []);
        assert!(ledger.redeem(second).await.is_err(), "spent");
        let withdrawal = Withdrawal {
            path: "/a".into(),
            offers_valid_from: time(9),
        };
        let mut withdrawn = publisher(1);
        withdrawn.withdrawals.push(withdrawal);
        ledger.put_publisher(withdrawn).await.unwrap();
        let manifest = NewManifest {
            n: 1,
            head: "head".into(),
            head_hash: HeadHash::new([1; 32]),
            body: vec![1, 2, 3],
            body_hash: BodyHash::new([2; 32]),
        };
        ledger.append_manifest(manifest).await.unwrap();
    });
    let lost = block_on(ledger.audit()).unwrap();
    drop(ledger);
    assert_eq!(
        kept.committed.lock().unwrap().last().unwrap().heads.usage,
        lost.usage()
    );

    let back = SqliteLedger::open(&copy).unwrap();
    let here = block_on(back.standing()).unwrap().heads;
    assert_ne!(here.usage, lost.usage());
    let groups = kept.groups();
    let steps: Vec<Step> = groups.iter().map(step).collect();
    let mut done: usize = 0;
    for index in followed(&steps, &here) {
        let group = groups.get(index).unwrap().clone();
        done = done.saturating_add(group.effects.len());
        block_on(replay(&back, group)).unwrap();
    }
    assert!(done >= 200, "{done}");
    assert_eq!(block_on(back.audit()).unwrap(), lost);
    for n in 100..300 {
        let request = lively(n);
        let first = Redeemed::Replayed(request.answer.clone());
        assert_eq!(block_on(back.redeem(request)), Ok(first));
    }
}

#[test]
fn what_cannot_be_recorded_is_not_done() {
    let dir = tempfile::TempDir::new().unwrap();
    let (ledger, kept) = observed(&dir.path().join("ledger.sqlite"));
    block_on(fund(&ledger));
    let before = block_on(ledger.audit()).unwrap();
    *kept.refuses.lock().unwrap() = true;
    let request = redemption(1, [(0, 1_000)], 1_000, []);
    assert!(block_on(ledger.redeem(request.clone())).is_err());
    assert_eq!(block_on(ledger.audit()).unwrap(), before);
    *kept.refuses.lock().unwrap() = false;
    assert_eq!(block_on(ledger.redeem(request)), Ok(Redeemed::Accepted));
}

#[test]
fn a_recorded_group_that_was_never_committed_is_told_from_one_that_was() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("ledger.sqlite");
    let (ledger, kept) = observed(&path);
    block_on(fund(&ledger));
    let heads = block_on(ledger.standing()).unwrap().heads;
    let copy = dir.path().join("copy.sqlite");
    backup(&path, &copy).unwrap();
    // As after a crash between record and commit: token 0 for one purchase in the record, for another in the ledger.
    let mut never = kept.groups().pop().unwrap();
    never.before = heads;
    never.after.usage.seq = heads.usage.seq.saturating_add(1);
    never.after.usage.head = [9; 32];
    never.effects = vec![Effect::Redeem(redemption(1, [(0, 1_000)], 1_000, []))];
    kept.records.lock().unwrap().push(never.to_bytes());
    let second = redemption(2, [(0, 1_000)], 1_000, []);
    block_on(ledger.redeem(second.clone())).unwrap();
    let lost = block_on(ledger.audit()).unwrap();
    let records = kept.records.lock().unwrap().clone();
    let steps: Vec<Step> = records
        .iter()
        .map(|r| Group::parse_step(r).unwrap())
        .collect();
    let back = SqliteLedger::open(&copy).unwrap();
    let groups = followed(&steps, &block_on(back.standing()).unwrap().heads);
    assert_eq!(groups.len(), 1);
    assert_eq!(groups.first(), Some(&steps.len().saturating_sub(1)));
    for index in groups {
        let group = Group::parse(records.get(index).unwrap()).unwrap();
        block_on(replay(&back, group)).unwrap();
    }
    assert_eq!(block_on(back.audit()).unwrap(), lost);
    let answer = Redeemed::Replayed(second.answer.clone());
    assert_eq!(block_on(back.redeem(second)), Ok(answer));
}

#[test]
fn a_checkpoint_cannot_be_changed_and_the_audit_finds_one_that_does_not_fit() {
    let (ledger, _dir, path) = provide();
    block_on(fund(&ledger));
    let mut wrong = block_on(ledger.standing()).unwrap().heads;
    wrong.funding.head = [7; 32];
    let good = checkpoint(1, block_on(ledger.standing()).unwrap().heads);
    block_on(ledger.append_checkpoint(good)).unwrap();
    let conn = Connection::open(&path).unwrap();
    for change in [
        "UPDATE checkpoints SET head = 'x'",
        "DELETE FROM checkpoints",
    ] {
        let refused = conn.execute(change, ()).unwrap_err().to_string();
        assert!(refused.contains("append-only"), "{refused}");
    }
    block_on(ledger.append_checkpoint(checkpoint(2, wrong))).unwrap();
    wrong.funding.seq = 100;
    block_on(ledger.append_checkpoint(checkpoint(3, wrong))).unwrap();
    let report = block_on(ledger.audit()).unwrap();
    assert_eq!(report.difference(), 2, "{report}");
    assert!(
        report.to_string().contains("checkpoint 2: funding"),
        "{report}"
    );
    let cut =
        "DROP TRIGGER checkpoints_are_not_changed; UPDATE checkpoints SET body = x'00' WHERE n = 1";
    conn.execute_batch(cut).unwrap();
    assert_eq!(block_on(ledger.audit()).unwrap().difference(), 3);
}
