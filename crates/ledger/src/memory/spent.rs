//! What was spent, by prefix, in memory.

use super::state::State;
use crate::keyset_end::Stage;
use crate::{Element, SpentError};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::spent::{Prefix, prefix_bits};

impl State {
    pub(super) fn evaluated(&self, elements: &[Element]) -> Vec<bool> {
        let is_issued = |e: &Element| self.issued.contains(&(e.keyset, *e.hash()));
        elements.iter().map(is_issued).collect()
    }

    pub(super) fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        let known = self.keysets.get(&keyset);
        if known.is_some_and(|known| known.stage == Stage::KeyDestroyed) {
            return Err(SpentError::KeyDestroyed);
        }
        let count = known.map_or(0, |known| known.spent);
        let bits = prefix_bits(u64::try_from(count).unwrap_or(0));
        if prefix.bits() != bits {
            return Err(SpentError::PrefixLength { bits });
        }
        let spent = self.spent.keys().filter(|(of, _)| *of == keyset);
        let spent = spent.map(|(_, nullifier)| *nullifier);
        let archived = self.archive.get(&keyset).into_iter().flatten().copied();
        let mut found: Vec<Nullifier> = spent.chain(archived).collect();
        found.retain(|nullifier| prefix.covers(nullifier));
        found.sort_unstable();
        Ok(found)
    }
}
