//! The simulation is only worth what it finds: ledgers that are wrong on purpose are caught, each within a few thousand
//! requests, and what shows it is a handful of steps.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

use farthing_core::time::{DAY, Timestamp};
use farthing_ledger::conformance::block_on;
use farthing_ledger::{Operation, RedeemError, Redeemed, SwapError};
use farthing_simulation::ask::{Ask, Reply};
use farthing_simulation::campaign::campaign;
use farthing_simulation::disk::Image;
use farthing_simulation::reproduction::{Reproduction, folder};
use farthing_simulation::run::run;
use farthing_simulation::{FORGED, Marks, Replying, Request, SqliteStore, Step, Store};

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
    /// Nobody counts what is spent of a keyset.
    SpendsMoreThanWasIssued,
    /// What is frozen is sold for all the same.
    SellsWhatIsFrozen,
    /// What is frozen is kept in a cache.
    ForgetsAFreezeAtARestart,
    /// Evidence is looked at, and not looked up.
    TakesAnyEvidence,
    /// What was swapped can be sold as well.
    SellsWhatWasSwapped,
    /// Answers are dropped a month early.
    DropsAnswersTooSoon,
    /// Spent tokens are forgotten with their answers.
    ForgetsWhatItArchives,
}

use Fault::{
    AcknowledgesBeforeTheSync, DrawsAPouchTwice, DropsAnswersTooSoon, ForgetsAFreezeAtARestart,
    ForgetsAnswersAtARestart, ForgetsWhatItArchives, SellsWhatIsFrozen, SellsWhatWasSwapped,
    SpendsMoreThanWasIssued, SpendsTwiceAfterAFailure, TakesAnyEvidence,
};

/// Changes an answer into one that the request was done.
const DONE: Redeemed = Redeemed::Accepted;

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

impl Faulty {
    /// Whether a token of this purchase was swapped before.
    async fn was_swapped(&self, ask: &Ask) -> bool {
        for token in ask.request.tokens() {
            let request = Request::Answer { token: *token };
            let asked = self.inner.ask(Ask {
                request,
                ..ask.clone()
            });
            if matches!(asked.await, Reply::Answer(Ok(answer)) if answer.operation == Operation::Swap)
            {
                return true;
            }
        }
        false
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
        Request::Swap {
            tokens,
            others,
            shown,
        } => Request::Swap {
            tokens: tokens.iter().map(|token| token + 4_000_000).collect(),
            others,
            shown,
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
            let ask = match (&ask.request, self.fault) {
                (Request::Expire, DropsAnswersTooSoon) => Ask {
                    now: ask.now.plus(30 * DAY),
                    ..ask
                },
                _ => ask,
            };
            let reply = self.inner.ask(ask.clone()).await;
            let again = Ask {
                request: unseen(&ask.request),
                ..ask.clone()
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
                (Reply::Redeemed(Err(RedeemError::KeysetFrozen(_))), SpendsMoreThanWasIssued) => {
                    Reply::Redeemed(Ok(DONE))
                }
                (Reply::Redeemed(Err(RedeemError::KeysetFrozen(_))), SellsWhatIsFrozen)
                    if ask.request.tokens().iter().all(|token| *token < FORGED) =>
                {
                    Reply::Redeemed(Ok(DONE))
                }
                (Reply::Swapped(Err(SwapError::KeysetFrozen(_))), SpendsMoreThanWasIssued)
                | (Reply::Swapped(Err(SwapError::EvidenceUnknown(_))), TakesAnyEvidence) => {
                    Reply::Swapped(Ok(DONE))
                }
                (Reply::Redeemed(Err(RedeemError::TokenSpent(_))), SellsWhatWasSwapped)
                    if self.was_swapped(&ask).await =>
                {
                    Reply::Redeemed(Ok(DONE))
                }
                (Reply::Redeemed(Err(RedeemError::AnswerExpired)), ForgetsWhatItArchives) => {
                    Reply::Redeemed(Ok(DONE))
                }
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
        if self.fault == ForgetsAFreezeAtARestart {
            for keyset in 0..3 {
                let thaw = Ask {
                    request: Request::Thaw { keyset },
                    now: Timestamp::default(),
                    arrival: 0,
                };
                block_on(self.inner.ask(thaw));
            }
        }
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

/// Found, shown by at most so many steps, and the last word is of the promise that is broken.
fn is_caught_as(kind: &str, fault: Fault, name: &str, most: usize) {
    let seen = is_caught(fault, name, most);
    assert!(seen.starts_with(kind), "{seen}");
}

fn is_caught(fault: Fault, name: &str, most: usize) -> String {
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
    found.found.clone()
}

#[test]
fn a_ledger_that_spends_twice_after_a_failure_is_caught() {
    drop(is_caught(
        SpendsTwiceAfterAFailure,
        "spends_twice_after_a_failure",
        6,
    ));
}

#[test]
fn a_ledger_that_forgets_an_answer_at_a_restart_is_caught() {
    drop(is_caught(
        ForgetsAnswersAtARestart,
        "forgets_answers_at_a_restart",
        5,
    ));
}

#[test]
fn a_ledger_that_acknowledges_before_the_sync_is_caught() {
    drop(is_caught(
        AcknowledgesBeforeTheSync,
        "acknowledges_before_the_sync",
        3,
    ));
}

#[test]
fn a_ledger_that_draws_a_pouch_twice_is_caught() {
    drop(is_caught(DrawsAPouchTwice, "draws_a_pouch_twice", 7));
}

#[test]
fn a_ledger_that_spends_more_than_was_issued_is_caught() {
    let name = "spends_more_than_was_issued";
    is_caught_as("forged", SpendsMoreThanWasIssued, name, 5);
}

#[test]
fn a_ledger_that_sells_what_is_frozen_is_caught() {
    is_caught_as("passed", SellsWhatIsFrozen, "sells_what_is_frozen", 8);
}

#[test]
fn a_ledger_that_forgets_a_freeze_at_a_restart_is_caught() {
    let name = "forgets_a_freeze_at_a_restart";
    drop(is_caught(ForgetsAFreezeAtARestart, name, 3));
}

#[test]
fn a_ledger_that_takes_any_evidence_is_caught() {
    is_caught_as("forged", TakesAnyEvidence, "takes_any_evidence", 4);
}

#[test]
fn a_ledger_that_sells_what_was_swapped_is_caught() {
    is_caught_as("doubled", SellsWhatWasSwapped, "sells_what_was_swapped", 6);
}

#[test]
fn a_ledger_that_drops_answers_too_soon_is_caught() {
    let name = "drops_answers_too_soon";
    drop(is_caught(DropsAnswersTooSoon, name, 7));
}

#[test]
fn a_ledger_that_forgets_what_it_archives_is_caught() {
    let name = "forgets_what_it_archives";
    is_caught_as("doubled", ForgetsWhatItArchives, name, 8);
}
