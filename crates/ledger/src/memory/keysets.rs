//! The archive and the end of keysets in memory.

use super::state::State;
use crate::archive::{PAGE, Page, Roots};
use crate::keyset_end::Stage;
use crate::{
    ArchiveRoot, DropRowsError, EndKeysetError, EndedKeyset, Hour, KeyDestroyedError, KeysetEnd,
    StoreError, Transition, event, rules,
};
use farthing_core::id::{KeysetId, Nullifier};

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

impl State {
    pub(super) fn has_ended(&self, keyset: &KeysetId) -> bool {
        let keyset = self.keysets.get(keyset);
        keyset.is_some_and(|keyset| keyset.stage != Stage::Live)
    }

    pub(super) fn is_archived(&self, keyset: KeysetId, nullifier: &Nullifier) -> bool {
        let archive = self.archive.get(&keyset);
        archive.is_some_and(|archive| archive.contains(nullifier))
    }

    pub(super) fn expire_answers(&mut self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        let mut over: Vec<_> = self
            .answers
            .iter()
            .filter(|(_, kept)| kept.expires <= hour)
            .map(|(key, kept)| (kept.expires, *key))
            .collect();
        over.sort_unstable();
        over.truncate(limit);
        if !over.is_empty() {
            self.deleting(hour.begins());
        }
        for (_, key) in &over {
            let Some(kept) = self.answers.remove(key) else {
                continue;
            };
            for (keyset, nullifier) in kept.inputs {
                // What is not there was dropped with its keyset.
                if self.spent.remove(&(keyset, nullifier)).is_some() {
                    self.archive.entry(keyset).or_default().insert(nullifier);
                }
            }
        }
        Ok(over.len())
    }

    pub(super) fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        let mut found = Vec::new();
        for (keyset, nullifiers) in &self.archive {
            let is_dropped = |k: &super::state::Keyset| k.stage == Stage::KeyDestroyed;
            if self.keysets.get(keyset).is_some_and(is_dropped) {
                continue;
            }
            let sorted: Vec<Nullifier> = nullifiers.iter().copied().collect();
            let mut roots = Roots::default();
            for page in Page::empty().with(&sorted).unwrap_or_default() {
                roots.page(
                    *page.first(),
                    page.depth(),
                    page.hash(),
                    page.nullifiers().len(),
                );
            }
            let root = roots.root();
            found.push(ArchiveRoot {
                keyset: *keyset,
                count: size(nullifiers.len()),
                root: root.ok_or_else(|| StoreError::Inconsistent("no root".into()))?,
            });
        }
        Ok(found)
    }

    pub(super) fn end_keyset(&mut self, end: &KeysetEnd) -> Result<Transition, EndKeysetError> {
        self.check_terms([(end.keyset, end.denomination)], end.tender())?;
        if self.has_ended(&end.keyset) {
            return Ok(Transition::AlreadyDone);
        }
        let keyset = self.keysets.get(&end.keyset);
        let (issued, spent) = keyset.map_or((0, 0), |keyset| {
            (keyset.issued.saturating_add(keyset.lost), keyset.spent)
        });
        let outstanding = rules::outstanding(end.denomination, issued, spent)?;
        self.usage.append(event::expired(end, outstanding)?)?;
        self.keyset(end.keyset, end.tender(), end.denomination)
            .stage = Stage::Ended;
        self.deleting(end.hour.begins());
        Ok(Transition::Done)
    }

    pub(super) fn key_destroyed(
        &mut self,
        keyset: KeysetId,
    ) -> Result<Transition, KeyDestroyedError> {
        let keyset = self.keysets.get_mut(&keyset);
        let keyset = keyset.ok_or(KeyDestroyedError::NotEnded)?;
        match keyset.stage {
            Stage::Live => Err(KeyDestroyedError::NotEnded),
            Stage::Ended => {
                keyset.stage = Stage::KeyDestroyed;
                Ok(Transition::Done)
            }
            Stage::KeyDestroyed => Ok(Transition::AlreadyDone),
        }
    }

    pub(super) fn drop_rows(&mut self, id: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        let keyset = self.keysets.get_mut(&id);
        let keyset = keyset.filter(|keyset| keyset.stage == Stage::KeyDestroyed);
        let keyset = keyset.ok_or(DropRowsError::KeyNotDestroyed)?;
        let spent: Vec<_> = self
            .spent
            .keys()
            .filter(|(of, _)| *of == id)
            .copied()
            .collect();
        let issued: Vec<_> = self
            .issued
            .iter()
            .filter(|(of, _)| *of == id)
            .copied()
            .collect();
        let spent: Vec<_> = spent.into_iter().take(limit).collect();
        for key in &spent {
            self.spent.remove(key);
        }
        let left = limit.saturating_sub(spent.len());
        let issued: Vec<_> = issued.into_iter().take(left).collect();
        for key in &issued {
            self.issued.remove(key);
        }
        let left = left.saturating_sub(issued.len());
        let archive = self.archive.entry(id).or_default();
        // Whole pages, as they are stored.
        let whole = left.div_ceil(PAGE).saturating_mul(PAGE);
        let archived = archive.len().min(whole);
        for _ in 0..archived {
            archive.pop_first();
        }
        let dropped = spent.len().saturating_add(archived);
        keyset.spent_dropped = keyset.spent_dropped.saturating_add(count(dropped));
        keyset.issued_dropped = keyset.issued_dropped.saturating_add(count(issued.len()));
        Ok(dropped.saturating_add(issued.len()))
    }

    pub(super) fn ended_keysets(&self) -> Vec<EndedKeyset> {
        let ended = self
            .keysets
            .iter()
            .filter(|(_, keyset)| keyset.stage != Stage::Live);
        ended
            .map(|(id, keyset)| {
                let spent = self.spent.keys().filter(|(of, _)| of == id).count();
                let issued = self.issued.iter().filter(|(of, _)| of == id).count();
                let archived = self
                    .archive
                    .get(id)
                    .map_or(0, std::collections::BTreeSet::len);
                EndedKeyset {
                    keyset: *id,
                    key_destroyed: keyset.stage == Stage::KeyDestroyed,
                    rows: size(spent.saturating_add(issued).saturating_add(archived)),
                }
            })
            .collect()
    }
}
