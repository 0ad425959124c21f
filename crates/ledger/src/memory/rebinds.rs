//! Gifts that were bound to another key, in memory.

use super::state::State;
use crate::{Hour, Rebind, RebindError, Rebound, RecordKey, SealedAnswer, rebind, rules};
use core::ops::Bound;
use farthing_core::id::{Binding, GrantId};

impl State {
    pub(super) fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        let found = self.rebinds.get(&grant);
        let found = found.map(|rebind| (rebind.binding, rebind.answer.clone()));
        rebind::recorded(found, binding)
    }

    pub(super) fn rebind(&mut self, new: Rebind) -> Result<Rebound, RebindError> {
        if let Some(answer) = self.rebound(new.grant, new.binding)? {
            return Ok(Rebound::Replayed(answer));
        }
        let reserved = self.reserved.get(&RecordKey::rebind(&new.grant));
        if rules::is_for_another(reserved.into_iter().flatten(), new.binding) {
            return Err(RebindError::Rebound);
        }
        self.rebinds.insert(new.grant, new);
        Ok(Rebound::Done)
    }

    pub(super) fn revoked(&self, after: Option<GrantId>, limit: usize) -> Vec<GrantId> {
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        let found = self.rebinds.range((from, Bound::Unbounded));
        found.map(|(grant, _)| *grant).take(limit).collect()
    }

    pub(super) fn drop_rebinds(&mut self, hour: Hour, limit: usize) -> usize {
        let over = self.rebinds.values();
        let over = over.filter(|rebind| rebind.ends.is_some_and(|ends| ends <= hour));
        let over: Vec<GrantId> = over.map(|rebind| rebind.grant).take(limit).collect();
        if !over.is_empty() {
            self.deleting(hour.begins());
        }
        for grant in &over {
            self.rebinds.remove(grant);
        }
        over.len()
    }
}
