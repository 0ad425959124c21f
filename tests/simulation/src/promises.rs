//! What clients were told, and what may therefore never be told otherwise. Knows nothing of the oracle.

use crate::ask::{Ask, Reply, VALUE, binding, built_answer, denomination};
use crate::step::Request;
use crate::violation::Violation;
use farthing_core::id::Binding;
use farthing_core::time::{HOUR, Timestamp};
use farthing_ledger::conformance::world::KEPT_HOURS;
use farthing_ledger::{Drawn, Redeemed, SealedAnswer, Transition};
use std::collections::{BTreeMap, BTreeSet};

/// A purchase that was answered.
#[derive(Debug)]
struct Bought {
    request: Request,
    answer: SealedAnswer,
}

/// All promises made.
#[derive(Debug)]
pub(crate) struct Promises {
    bought: BTreeMap<Binding, Bought>,
    spent: BTreeMap<u32, Binding>,
    /// Tokens that a client has or had.
    issued: BTreeMap<u32, Binding>,
    settled: BTreeMap<u16, Request>,
    drawn: BTreeMap<(u16, u32), Request>,
    worth: BTreeMap<u16, u64>,
    declined: BTreeSet<u16>,
    /// The earliest that the clock ever was.
    earliest: Timestamp,
}

impl Promises {
    pub(crate) fn new(now: Timestamp) -> Self {
        Self {
            bought: BTreeMap::new(),
            spent: BTreeMap::new(),
            issued: BTreeMap::new(),
            settled: BTreeMap::new(),
            drawn: BTreeMap::new(),
            worth: BTreeMap::new(),
            declined: BTreeSet::new(),
            earliest: now,
        }
    }

    /// The clock is there now.
    pub(crate) fn clock(&mut self, now: Timestamp) {
        self.earliest = self.earliest.min(now);
    }

    /// Whether a client has all these tokens; what it has not, it cannot prove, and no issuer would ask its ledger.
    pub(crate) fn has(&self, tokens: &[u32]) -> bool {
        tokens.iter().all(|token| self.issued.contains_key(token))
    }

    /// A client was told `reply`.
    pub(crate) fn keep(&mut self, ask: &Ask, reply: &Reply) -> Result<(), Violation> {
        match (&ask.request, reply) {
            (Request::Redeem { .. }, Reply::Redeemed(Ok(redeemed))) => {
                let answer = match redeemed {
                    Redeemed::Accepted => built_answer(ask.arrival),
                    Redeemed::Replayed(answer) => answer.clone(),
                };
                self.bought(ask, answer)
            }
            (Request::Settle { order, .. }, Reply::Settled(Ok(_))) => self.settled(ask, *order),
            (Request::Decline { order }, Reply::Declined(Ok(_))) => {
                self.declined.insert(*order);
                if self.settled.contains_key(order) {
                    return Err(Violation::Lost(format!(
                        "order {order} was paid and is declined"
                    )));
                }
                Ok(())
            }
            (Request::Draw { order, pouch, .. }, Reply::Drawn(Ok(_))) => {
                self.drawn(ask, *order, *pouch)
            }
            _ => Ok(()),
        }
    }

    fn bought(&mut self, ask: &Ask, answer: SealedAnswer) -> Result<(), Violation> {
        let binding = binding(&ask.request);
        if let Some(known) = self.bought.get(&binding) {
            return if known.answer == answer {
                Ok(())
            } else {
                Err(Violation::Lost(format!(
                    "{:?} has another answer than at first",
                    ask.request
                )))
            };
        }
        for token in ask.request.tokens() {
            if *self.spent.entry(*token).or_insert(binding) != binding {
                return Err(Violation::Doubled(format!("token {token} bought twice")));
            }
        }
        self.issue(&ask.request, binding)?;
        let bought = Bought {
            request: ask.request.clone(),
            answer,
        };
        self.bought.insert(binding, bought);
        Ok(())
    }

    fn settled(&mut self, ask: &Ask, order: u16) -> Result<(), Violation> {
        if self.declined.contains(&order) {
            return Err(Violation::Lost(format!(
                "order {order} was declined and is paid"
            )));
        }
        let first = self
            .settled
            .entry(order)
            .or_insert_with(|| ask.request.clone());
        if *first == ask.request {
            Ok(())
        } else {
            Err(Violation::Doubled(format!(
                "order {order} was paid by two charges"
            )))
        }
    }

    fn drawn(&mut self, ask: &Ask, order: u16, pouch: u32) -> Result<(), Violation> {
        if let Some(known) = self.drawn.get(&(order, pouch)) {
            return if *known == ask.request {
                Ok(())
            } else {
                Err(Violation::Doubled(format!(
                    "pouch {pouch} of order {order} was drawn twice"
                )))
            };
        }
        self.drawn.insert((order, pouch), ask.request.clone());
        let tokens = ask.request.issues();
        let sum: u64 = tokens.iter().map(|token| denomination(*token)).sum();
        let worth = self.worth.entry(order).or_default();
        *worth += sum;
        if *worth > VALUE {
            return Err(Violation::Doubled(format!(
                "order {order} gave more than was paid"
            )));
        }
        self.issue(&ask.request, binding(&ask.request))
    }

    fn issue(&mut self, request: &Request, binding: Binding) -> Result<(), Violation> {
        for token in request.issues() {
            if *self.issued.entry(token).or_insert(binding) != binding {
                return Err(Violation::Doubled(format!(
                    "token {token} was issued twice"
                )));
            }
        }
        Ok(())
    }

    /// All requests that were answered, to be asked again.
    pub(crate) fn requests(&self) -> Vec<Request> {
        let bought = self.bought.values().map(|bought| &bought.request);
        let others = self.settled.values().chain(self.drawn.values());
        bought.chain(others).cloned().collect()
    }

    /// Checks what a client is told that asks again.
    pub(crate) fn check_again(&self, ask: &Ask, reply: &Reply) -> Result<(), Violation> {
        let kept = match reply {
            Reply::Redeemed(replayed) => {
                let bought = self.bought.get(&binding(&ask.request));
                // Whenever it was accepted, until then its answer must be given.
                let until = self.earliest.plus(KEPT_HOURS * HOUR);
                bought.is_some_and(|bought| {
                    ask.now >= until || *replayed == Ok(Redeemed::Replayed(bought.answer.clone()))
                })
            }
            Reply::Settled(settled) => *settled == Ok(Transition::AlreadyDone),
            Reply::Drawn(drawn) => *drawn == Ok(Drawn::AlreadyDone),
            _ => false,
        };
        if kept {
            Ok(())
        } else {
            Err(Violation::Lost(format!(
                "{:?} was acknowledged, and asked again it is {reply:?}",
                ask.request
            )))
        }
    }
}
