//! Frozen keysets in memory.

use super::state::State;
use crate::breaker::{Counts, Stopped, TRIPPED, since};
use crate::spend::Spend;
use crate::{Freeze, Frozen, StoreError, Transition};
use farthing_core::id::KeysetId;

impl State {
    pub(super) fn counts(&self, keyset: &KeysetId) -> Counts {
        let known = self.keysets.get(keyset);
        known.map_or_else(Counts::default, |known| Counts {
            issued: known.issued,
            spent: known.spent,
            lost: known.lost,
            is_frozen: known.frozen.is_some(),
        })
    }

    /// Freezes what tripped the breaker.
    pub(super) fn trip(&mut self, spend: &Spend, stopped: &Stopped) {
        let Stopped::Tripped(keysets) = stopped else {
            return;
        };
        for (keyset, denomination) in spend.uses() {
            if keysets.contains(&keyset) {
                let state = self.keyset(keyset, spend.currency(), denomination);
                state
                    .frozen
                    .get_or_insert((since(spend.hour()), TRIPPED.into()));
            }
        }
    }

    pub(super) fn freeze(&mut self, freeze: Freeze) -> Result<Transition, StoreError> {
        let terms = [(freeze.keyset, freeze.denomination)];
        self.check_terms(terms, freeze.currency)?;
        let state = self.keyset(freeze.keyset, freeze.currency, freeze.denomination);
        if state.frozen.is_some() {
            return Ok(Transition::AlreadyDone);
        }
        state.frozen = Some((since(freeze.hour), freeze.reason));
        Ok(Transition::Done)
    }

    pub(super) fn thaw(&mut self, keyset: KeysetId) -> Transition {
        let state = self.keysets.get_mut(&keyset);
        match state.and_then(|state| state.frozen.take()) {
            Some(_) => Transition::Done,
            None => Transition::AlreadyDone,
        }
    }

    pub(super) fn frozen(&self) -> Vec<Frozen> {
        let all = self.keysets.iter().filter_map(|(id, keyset)| {
            let (hour, reason) = keyset.frozen.clone()?;
            Some(Frozen {
                keyset: *id,
                hour,
                reason,
            })
        });
        all.collect()
    }
}
