//! What clients were told, and what may therefore never be told otherwise. Knows nothing of the oracle.

use crate::ask::{Ask, Reply, VALUE, answer_expires, binding, built_answer, denomination};
use crate::mint::Mint;
use crate::step::{FORGED, Request};
use crate::violation::Violation;
use farthing_core::id::Binding;
use farthing_core::time::Timestamp;
use farthing_ledger::{Drawn, Hour, Redeemed, SealedAnswer, Transition};
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
    mint: Mint,
    /// When each request that spends arrived first, by the issuer's clock.
    sent: BTreeMap<Binding, Timestamp>,
    /// The latest hour at which answers were dropped.
    dropped: Option<Hour>,
}

impl Promises {
    pub(crate) fn new() -> Self {
        Self {
            bought: BTreeMap::new(),
            spent: BTreeMap::new(),
            issued: BTreeMap::new(),
            settled: BTreeMap::new(),
            drawn: BTreeMap::new(),
            worth: BTreeMap::new(),
            declined: BTreeSet::new(),
            mint: Mint::default(),
            sent: BTreeMap::new(),
            dropped: None,
        }
    }

    /// A request arrives.
    pub(crate) fn sent(&mut self, ask: &Ask) {
        match &ask.request {
            Request::Redeem { .. } | Request::Swap { .. } => {
                let first = self.sent.entry(binding(&ask.request)).or_insert(ask.now);
                *first = ask.now.min(*first);
            }
            Request::Expire => self.dropped = self.dropped.max(Some(Hour::of(ask.now))),
            _ => {}
        }
    }

    /// The ledger said `reply`, whether or not a client read it.
    pub(crate) fn done(&mut self, ask: &Ask, reply: &Reply) -> Result<(), Violation> {
        self.mint.done(ask, reply)
    }

    /// Nobody knows whether this was done.
    pub(crate) fn may_be_done(&mut self, ask: &Ask) {
        self.mint.may_be_done(ask);
    }

    /// Whether a client has all these tokens, or the keys to make them; what it has not, it cannot prove, and no issuer
    /// would ask its ledger.
    pub(crate) fn has(&self, tokens: &[u32]) -> bool {
        let is_had = |token: &u32| *token >= FORGED || self.issued.contains_key(token);
        tokens.iter().all(is_had)
    }

    /// A client was told `reply`.
    pub(crate) fn keep(&mut self, ask: &Ask, reply: &Reply) -> Result<(), Violation> {
        match (&ask.request, reply) {
            (Request::Redeem { .. }, Reply::Redeemed(Ok(redeemed)))
            | (Request::Swap { .. }, Reply::Swapped(Ok(redeemed))) => {
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

    /// Whether the answer to this purchase or swap need not be given any more, whenever it was accepted.
    fn is_over(&self, ask: &Ask) -> bool {
        let sent = self.sent.get(&binding(&ask.request));
        sent.is_some_and(|first| {
            let until = answer_expires(*first);
            Hour::of(ask.now) >= until || self.dropped >= Some(until)
        })
    }

    /// Checks what a client is told that asks again.
    pub(crate) fn check_again(&self, ask: &Ask, reply: &Reply) -> Result<(), Violation> {
        let kept = match reply {
            Reply::Redeemed(Ok(redeemed)) | Reply::Swapped(Ok(redeemed)) => {
                if *redeemed == Redeemed::Accepted {
                    return Err(Violation::Doubled(format!(
                        "{:?} was done, and is done again",
                        ask.request
                    )));
                }
                let bought = self.bought.get(&binding(&ask.request));
                bought.is_some_and(|bought| *redeemed == Redeemed::Replayed(bought.answer.clone()))
            }
            Reply::Redeemed(Err(_)) | Reply::Swapped(Err(_)) => self.is_over(ask),
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
