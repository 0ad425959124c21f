//! Frozen keysets in memory.

use super::state::State;
use crate::breaker::{Counts, Stopped, TRIPPED, since};
use crate::spend::Spend;
use crate::{Freeze, Frozen, Hour, StoreError, Transition, event};
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
    pub(super) fn trip(&mut self, spend: &Spend, stopped: &Stopped) -> Result<(), StoreError> {
        let Stopped::Tripped(keysets) = stopped else {
            return Ok(());
        };
        for (keyset, denomination) in spend.uses() {
            if keysets.contains(&keyset) {
                self.freeze(Freeze {
                    keyset,
                    currency: spend.currency(),
                    denomination,
                    promo: spend.promo().cloned(),
                    hour: spend.hour(),
                    reason: TRIPPED.into(),
                })?;
            }
        }
        Ok(())
    }

    pub(super) fn freeze(&mut self, freeze: Freeze) -> Result<Transition, StoreError> {
        let terms = [(freeze.keyset, freeze.denomination)];
        self.check_terms(terms, freeze.tender())?;
        let state = self.keyset(freeze.keyset, freeze.tender(), freeze.denomination);
        if state.frozen.is_some() {
            return Ok(Transition::AlreadyDone);
        }
        self.usage.append(event::frozen(&freeze))?;
        let state = self.keyset(freeze.keyset, freeze.tender(), freeze.denomination);
        state.frozen = Some((since(freeze.hour), freeze.reason));
        Ok(Transition::Done)
    }

    pub(super) fn thaw(&mut self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        let state = self.keysets.get_mut(&keyset);
        let Some(state) = state.filter(|state| state.frozen.is_some()) else {
            return Ok(Transition::AlreadyDone);
        };
        let entry = event::thawed(keyset, state.currency, hour);
        state.frozen = None;
        self.usage.append(entry)?;
        Ok(Transition::Done)
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
