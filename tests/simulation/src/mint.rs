//! What was issued, what came back, and what is frozen, by what the ledger said: the promises of the breaker, without the
//! rules that stores and oracle share.

use crate::ask::{Ask, Reply, denomination_at, keyset_of};
use crate::step::{Request, Shown};
use crate::violation::Violation;
use farthing_core::id::KeysetId;
use farthing_ledger::conformance::world::keyset;
use farthing_ledger::{DrawError, Drawn, RedeemError, Redeemed, SwapError};
use std::collections::{BTreeMap, BTreeSet};

type Tokens = BTreeMap<KeysetId, BTreeSet<u32>>;

/// Per keyset.
#[derive(Debug, Default)]
pub(crate) struct Mint {
    /// All that may have been issued; what a failure of the power left unknown is among them.
    issued: Tokens,
    /// What was spent and not shown to be issued.
    spent: Tokens,
    /// What is frozen for sure.
    frozen: BTreeSet<KeysetId>,
}

impl Mint {
    /// The ledger said `reply`, whether or not a client read it.
    pub(crate) fn done(&mut self, ask: &Ask, reply: &Reply) -> Result<(), Violation> {
        match reply {
            Reply::Drawn(Ok(drawn)) => self.passed(&ask.request, *drawn == Drawn::Done),
            Reply::Redeemed(Ok(redeemed)) | Reply::Swapped(Ok(redeemed)) => {
                self.passed(&ask.request, *redeemed == Redeemed::Accepted)
            }
            Reply::Drawn(Err(DrawError::KeysetFrozen(frozen)))
            | Reply::Redeemed(Err(RedeemError::KeysetFrozen(frozen)))
            | Reply::Swapped(Err(SwapError::KeysetFrozen(frozen))) => {
                self.frozen.extend(frozen);
                Ok(())
            }
            Reply::Frozen(Ok(_)) => {
                self.frozen.extend(named(&ask.request));
                Ok(())
            }
            Reply::Thawed(_) => {
                self.thawed(&ask.request);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Nobody knows whether this was done.
    pub(crate) fn may_be_done(&mut self, ask: &Ask) {
        self.issue(&ask.request);
        self.thawed(&ask.request);
    }

    fn thawed(&mut self, request: &Request) {
        if let (Request::Thaw { .. }, Some(keyset)) = (request, named(request)) {
            self.frozen.remove(&keyset);
        }
    }

    fn issue(&mut self, request: &Request) {
        for token in request.issues() {
            self.issued
                .entry(keyset_of(token))
                .or_default()
                .insert(token);
        }
    }

    fn passed(&mut self, request: &Request, is_new: bool) -> Result<(), Violation> {
        let shown = match request {
            Request::Swap { shown, .. } => *shown,
            _ => Shown::Nothing,
        };
        let made = request.issues();
        let mut asked = made.iter().chain(match shown {
            Shown::Nothing => request.tokens(),
            Shown::Issuance | Shown::Invented => &[],
        });
        if let Some(token) = asked.find(|token| self.frozen.contains(&keyset_of(**token)))
            && is_new
        {
            return Err(Violation::Passed(format!(
                "{request:?}, with token {token} of a frozen keyset"
            )));
        }
        for token in request.tokens() {
            let keyset = keyset_of(*token);
            let issued = self.issued.get(&keyset);
            let is_issued = issued.is_some_and(|issued| issued.contains(token));
            let is_sound = match shown {
                Shown::Nothing => {
                    let spent = self.spent.entry(keyset).or_default();
                    spent.insert(*token);
                    spent.len() <= issued.map_or(0, BTreeSet::len)
                }
                Shown::Issuance => is_issued,
                Shown::Invented => false,
            };
            if !is_sound {
                return Err(Violation::Forged(format!(
                    "{request:?}, with token {token}: more than was issued, or not as it was issued"
                )));
            }
        }
        self.issue(request);
        Ok(())
    }
}

/// The keyset that an operator names.
fn named(request: &Request) -> Option<KeysetId> {
    match request {
        Request::Freeze { keyset: place } | Request::Thaw { keyset: place } => {
            Some(keyset(denomination_at(*place)))
        }
        _ => None,
    }
}
