//! The simulation is only worth what it finds: ledgers that are wrong on purpose are caught, each within a few thousand
//! requests, and what shows it is a handful of steps.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use farthing_ledger::{RedeemError, Redeemed};
use farthing_simulation::ask::{Ask, Reply};
use farthing_simulation::campaign::campaign;
use farthing_simulation::disk::Image;
use farthing_simulation::reproduction::{Reproduction, folder};
use farthing_simulation::run::run;
use farthing_simulation::{Marks, Replying, Request, SqliteStore, Step, Store};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// What is spent is kept in a cache that a failure of the power empties.
    SpendsTwiceAfterAFailure,
    /// A repetition after a restart gets an answer that was built anew.
    ForgetsAnswersAtARestart,
    /// A commit is acknowledged before it is on the disk.
    AcknowledgesBeforeTheSync,
    /// A pouch that is asked for again under the next number is drawn again.
    DrawsAPouchTwice,
}

use Fault::{
    AcknowledgesBeforeTheSync, DrawsAPouchTwice, ForgetsAnswersAtARestart, SpendsTwiceAfterAFailure,
};

/// A sound ledger with a fault around it.
struct Faulty {
    inner: SqliteStore,
    fault: Fault,
    failed: bool,
    restarted: bool,
    /// What was on the disk some time ago.
    stale: Image,
}

impl Faulty {
    fn with(fault: Fault) -> Self {
        let inner = SqliteStore::new();
        Self {
            stale: inner.image(),
            inner,
            fault,
            failed: false,
            restarted: false,
        }
    }
}

/// The same purchase by other tokens, as if these had never been seen.
fn unseen(request: &Request) -> Request {
    match request.clone() {
        Request::Redeem {
            tokens,
            change,
            shop,
            off,
        } => Request::Redeem {
            tokens: tokens.iter().map(|token| token + 4_000_000).collect(),
            change,
            shop,
            off,
        },
        Request::Draw {
            order,
            pouch,
            first,
            count,
            rest,
        } => Request::Draw {
            order,
            pouch: pouch + 1,
            first: first + 4_000_000,
            count,
            rest,
        },
        other => other,
    }
}

impl Store for Faulty {
    fn ask(&self, ask: Ask) -> Replying<'_> {
        Box::pin(async move {
            let reply = self.inner.ask(ask.clone()).await;
            let again = Ask {
                request: unseen(&ask.request),
                ..ask
            };
            match (&reply, self.fault) {
                (Reply::Redeemed(Err(RedeemError::TokenSpent(_))), SpendsTwiceAfterAFailure)
                    if self.failed =>
                {
                    self.inner.ask(again).await
                }
                (Reply::Redeemed(Ok(Redeemed::Replayed(_))), ForgetsAnswersAtARestart)
                    if self.restarted =>
                {
                    Reply::Redeemed(Ok(Redeemed::Accepted))
                }
                (Reply::Drawn(Err(_)), DrawsAPouchTwice) => self.inner.ask(again).await,
                _ => reply,
            }
        })
    }

    fn marks(&self) -> Marks {
        self.inner.marks()
    }

    fn restart(&mut self) {
        self.restarted = true;
        self.inner.restart();
    }

    fn brace(&mut self) {
        self.inner.brace();
    }

    fn fail(&mut self, kept: u8, tear: u32) {
        self.failed = true;
        if self.fault == AcknowledgesBeforeTheSync {
            let image = core::mem::replace(&mut self.stale, self.inner.image());
            self.inner.go_on_with(&image);
        } else {
            self.inner.fail(kept, tear);
        }
    }
}

fn found(fault: Fault) -> Box<Reproduction> {
    match campaign(1, 5_000, 1, || Faulty::with(fault)) {
        Err(found) => found,
        Ok(counts) => panic!("{fault:?} was not seen in {counts:?}"),
    }
}

fn fails(steps: &[Step], fault: Fault) -> bool {
    run(&mut Faulty::with(fault), steps).is_err()
}

fn is_caught(fault: Fault, name: &str, most: usize) {
    let found = found(fault);
    let steps = &found.steps;
    assert!(steps.len() <= most, "{} steps: {steps:#?}", steps.len());
    assert!(fails(steps, fault), "the short run shows it");
    assert_eq!(run(&mut SqliteStore::new(), steps).err(), None);
    // None of its steps is there for nothing.
    for left_out in 0..steps.len() {
        let mut fewer = steps.clone();
        fewer.remove(left_out);
        assert!(!fails(&fewer, fault), "without step {left_out}: {steps:#?}");
    }
    // Found again, it is the same run; so the one that is kept shows it as well.
    let kept = Reproduction::all(&folder()).unwrap();
    let kept = kept
        .iter()
        .find(|(file, _)| file.file_stem().unwrap() == name);
    let (_, kept) = kept
        .unwrap_or_else(|| panic!("{name}: {}", found.save(&folder(), name).unwrap().display()));
    assert!(fails(&kept.steps, fault), "the kept run shows it no more");
}

#[test]
fn a_ledger_that_spends_twice_after_a_failure_is_caught() {
    is_caught(SpendsTwiceAfterAFailure, "spends_twice_after_a_failure", 6);
}

#[test]
fn a_ledger_that_forgets_an_answer_at_a_restart_is_caught() {
    is_caught(ForgetsAnswersAtARestart, "forgets_answers_at_a_restart", 5);
}

#[test]
fn a_ledger_that_acknowledges_before_the_sync_is_caught() {
    is_caught(AcknowledgesBeforeTheSync, "acknowledges_before_the_sync", 3);
}

#[test]
fn a_ledger_that_draws_a_pouch_twice_is_caught() {
    is_caught(DrawsAPouchTwice, "draws_a_pouch_twice", 7);
}
