//! Purchases that were given back, in memory.

use super::state::State;
use crate::spend::Spend;
use crate::{Rebind, RecordKey, Redeemed, Refund, RefundError, refund, rules};

impl State {
    pub(super) fn refund(&mut self, new: &Refund) -> Result<Redeemed, RefundError> {
        let right = core::slice::from_ref(&new.right);
        let stored = self.stored_answer(right, new.binding, new.hour);
        if let Some(answer) = stored.map_err(crate::SwapError::from)? {
            return Ok(Redeemed::Replayed(answer));
        }
        let reserved = self.reserved.get(&RecordKey::rebind(&new.grant));
        let for_another = rules::is_for_another(reserved.into_iter().flatten(), new.binding);
        if for_another || self.rebinds.contains_key(&new.grant) {
            return Err(RefundError::GrantRevoked);
        }
        let key = (new.publisher.clone(), new.hour.day(), new.currency);
        let (count, given) = self.refunds.get(&key).copied().unwrap_or_default();
        refund::within_budget(new, given)?;
        let redeemed = self.spend(&Spend::Refund(new.clone()))?;
        let amount = new.split.amount().signed();
        let sum = (count.saturating_add(1), given.saturating_add(amount));
        self.refunds.insert(key, sum);
        self.rebinds.insert(new.grant, Rebind::of(new));
        Ok(redeemed)
    }
}
