//! One run: the steps, sent to a store and to the oracle.

use crate::ask::{self, Ask, Reply};
use crate::promises::Promises;
use crate::sqlite::marks;
use crate::step::{FORGED, Fate, Request, Step};
use crate::store::{Replying, Store};
use crate::violation::Violation;
use core::future::poll_fn;
use core::task::Poll;
use farthing_core::time::Timestamp;
use farthing_ledger::conformance::block_on;
use farthing_ledger::conformance::world::NOW;
use farthing_ledger::memory::MemoryLedger;
use farthing_ledger::{DrawError, RedeemError, SwapError};

/// How many requests arrive together at most.
const TOGETHER: usize = 64;

/// What a run was made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Requests that arrived.
    pub sent: u64,
    /// Requests that brought tokens nobody had been given, and went no further.
    pub forged: u64,
    /// Requests with tokens made by whoever has the issuer's keys.
    pub stolen: u64,
    /// Refusals because of a frozen keyset.
    pub frozen: u64,
    /// Answers whose time was over, dropped.
    pub expired: u64,
    /// Answers that a client read and that were no refusals.
    pub acknowledged: u64,
    /// Failures of the power.
    pub failures: u64,
}

struct Run<'a, S> {
    store: &'a mut S,
    oracle: MemoryLedger,
    promises: Promises,
    now: Timestamp,
    arrivals: u64,
    counts: Counts,
}

/// Runs all steps, then asks everything that was acknowledged once more, and compares the books.
///
/// # Errors
///
/// The first [`Violation`].
pub fn run<S: Store>(store: &mut S, steps: &[Step]) -> Result<Counts, Violation> {
    let now = Timestamp::new(NOW).expect("a near time");
    let mut run = Run {
        store,
        oracle: MemoryLedger::new(),
        promises: Promises::new(),
        now,
        arrivals: 0,
        counts: Counts::default(),
    };
    let mut group: Vec<(Request, Fate)> = Vec::new();
    for step in steps {
        let Step::Send {
            request,
            fate,
            joined,
        } = step
        else {
            run.send(core::mem::take(&mut group))?;
            match step {
                Step::Pass { seconds } => run.pass(*seconds),
                Step::Restart => run.store.restart(),
                Step::Send { .. } => {}
            }
            continue;
        };
        // A question reads beside the writer, so whom it would see first is chance.
        if request.is_question() {
            run.send(core::mem::take(&mut group))?;
        }
        run.counts.stolen += u64::from(request.tokens().iter().any(|token| *token >= FORGED));
        if run.promises.has(request.tokens()) {
            group.push((request.clone(), *fate));
        } else {
            run.counts.forged += 1;
        }
        if !joined || request.is_question() || group.len() == TOGETHER {
            run.send(core::mem::take(&mut group))?;
        }
    }
    run.send(group)?;
    run.end()?;
    Ok(run.counts)
}

impl<S: Store> Run<'_, S> {
    fn pass(&mut self, seconds: i64) {
        let moved = seconds.unsigned_abs();
        self.now = if seconds < 0 {
            self.now.minus(moved)
        } else {
            self.now.plus(moved)
        };
    }

    fn asks(&mut self, requests: impl IntoIterator<Item = Request>) -> Vec<Ask> {
        let mut asks = Vec::new();
        for request in requests {
            self.arrivals += 1;
            asks.push(Ask {
                request,
                now: self.now,
                arrival: self.arrivals,
            });
        }
        asks
    }

    /// Sends what arrives together. If the power fails for one, it fails for all.
    fn send(&mut self, group: Vec<(Request, Fate)>) -> Result<(), Violation> {
        let failure = group.iter().rev().find_map(|(_, fate)| match fate {
            Fate::PowerFails { kept, tear } => Some((*kept, *tear)),
            Fate::Answered | Fate::Unanswered => None,
        });
        let (requests, fates): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let asks = self.asks(requests);
        self.counts.sent += u64::try_from(asks.len()).expect("a small count");
        for ask in &asks {
            self.promises.sent(ask);
        }
        if let Some((kept, tear)) = failure {
            return self.fail(&asks, kept, tear);
        }
        let replies = answers(self.store, &asks);
        for ((ask, fate), reply) in asks.iter().zip(fates).zip(replies) {
            let expected = block_on(ask::send(&self.oracle, ask));
            // First without the oracle, which may err as the store does: they share the rules.
            self.promises.done(ask, &reply)?;
            if fate == Fate::Answered {
                self.counts.acknowledged += u64::from(is_acknowledged(&reply));
                self.promises.keep(ask, &reply)?;
            }
            self.count(&reply);
            if reply != expected {
                return Err(differs(ask, &expected, &reply));
            }
        }
        Ok(())
    }

    fn count(&mut self, reply: &Reply) {
        match reply {
            Reply::Redeemed(Err(RedeemError::KeysetFrozen(_)))
            | Reply::Swapped(Err(SwapError::KeysetFrozen(_)))
            | Reply::Drawn(Err(DrawError::KeysetFrozen(_))) => self.counts.frozen += 1,
            Reply::Expired(Ok(count)) => {
                self.counts.expired += u64::try_from(*count).expect("a small count");
            }
            _ => {}
        }
    }

    /// Nobody is answered; what is there afterwards must be what the oracle has after some first ones of the requests.
    fn fail(&mut self, asks: &[Ask], kept: u8, tear: u32) -> Result<(), Violation> {
        // Who of a group shares a commit is chance, so of a group all is kept or nothing.
        let kept = match kept {
            1..=254 if asks.len() > 1 => 0,
            kept => kept,
        };
        for ask in asks {
            self.promises.may_be_done(ask);
        }
        self.store.brace();
        drop(answers(self.store, asks));
        self.store.fail(kept, tear);
        self.counts.failures += 1;
        let found = self.store.marks();
        let mut waiting = asks.iter();
        loop {
            let expected = marks(&self.oracle);
            if found == expected {
                break;
            }
            let Some(ask) = waiting.next() else {
                return Err(unbalanced(
                    "after a failure",
                    &expected.report,
                    &found.report,
                ));
            };
            drop(block_on(ask::send(&self.oracle, ask)));
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Violation> {
        let requests = self.promises.requests();
        for ask in self.asks(requests) {
            let expected = block_on(ask::send(&self.oracle, &ask));
            let reply = block_on(self.store.ask(ask.clone()));
            self.promises.check_again(&ask, &reply)?;
            if reply != expected {
                return Err(differs(&ask, &expected, &reply));
            }
        }
        let (expected, found) = (marks(&self.oracle), self.store.marks());
        if found != expected || found.report.difference() != 0 {
            return Err(unbalanced("at the end", &expected.report, &found.report));
        }
        Ok(())
    }
}

/// Whether a client may build on it.
fn is_acknowledged(reply: &Reply) -> bool {
    match reply {
        Reply::Created(created) => created.is_ok(),
        Reply::Settled(settled) => settled.is_ok(),
        Reply::Declined(declined) => declined.is_ok(),
        Reply::Drawn(drawn) => drawn.is_ok(),
        Reply::Redeemed(redeemed) => redeemed.is_ok(),
        Reply::Swapped(swapped) => swapped.is_ok(),
        Reply::Frozen(moved) | Reply::Thawed(moved) => moved.is_ok(),
        Reply::Expired(_) => false,
        Reply::Order(_) | Reply::Stored(_) | Reply::Answer(_) => false,
        Reply::Publisher(put) => put.is_ok(),
        Reply::Manifest(appended) => appended.is_ok(),
    }
}

fn differs(ask: &Ask, expected: &Reply, reply: &Reply) -> Violation {
    let request = &ask.request;
    Violation::Differs(format!("{request:?}: {reply:?}; the oracle: {expected:?}"))
}

fn unbalanced(
    when: &str,
    expected: &farthing_ledger::AuditReport,
    found: &farthing_ledger::AuditReport,
) -> Violation {
    Violation::Unbalanced(format!("{when}:\n{found}\nthe oracle:\n{expected}"))
}

/// Asks all at once, in their order, and waits for all.
fn answers<S: Store>(store: &S, asks: &[Ask]) -> Vec<Reply> {
    let mut waiting: Vec<(Replying<'_>, Option<Reply>)> = asks
        .iter()
        .map(|ask| (store.ask(ask.clone()), None))
        .collect();
    block_on(poll_fn(|context| {
        let mut ready = true;
        for (reply, known) in &mut waiting {
            if known.is_none() {
                match reply.as_mut().poll(context) {
                    Poll::Ready(reply) => *known = Some(reply),
                    Poll::Pending => ready = false,
                }
            }
        }
        if ready {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }));
    waiting.into_iter().filter_map(|(_, reply)| reply).collect()
}
