//! The contract in its plainest form: maps under one lock. It forgets everything when it is dropped, so it is for tests
//! and for comparing other stores with, never for an issuer.

mod audit;
mod books;
mod frozen;
mod keysets;
mod orders;
mod rebinds;
mod redeem;
mod refunds;
mod spent;
mod standing;
mod state;

use crate::journal::Book;
use crate::spend::Spend;
use crate::{
    Answer, AnswerError, AppendCheckpointError, AppendManifestError, ArchiveRoot, AuditReport,
    Checkpoint, CreateOrderError, Created, DeclineError, Draw, DrawError, Drawn, DropRowsError,
    Element, EndKeysetError, EndedKeyset, Freeze, Frozen, GrantPromoError, Hour, Input,
    KeyDestroyedError, KeysetEnd, Ledger, LedgerTime, NewManifest, NewOrder, Order, PromoGrant,
    Publisher, PutPublisherError, Rebind, RebindError, Rebound, RedeemError, Redeemed, Redemption,
    Refund, RefundError, Reservation, SealedAnswer, SettleError, Settlement, Snapshot, SpentError,
    Standing, StoreError, StoredAnswerError, StoredManifest, Swap, SwapError, TimeError, TimeStep,
    Transition,
};
use core::fmt;
use farthing_core::id::{Binding, BodyHash, GrantId, KeysetId, Nullifier, OrderId};
use farthing_core::origin::PublisherId;
use farthing_core::spent::Prefix;
use farthing_core::time::Timestamp;
use state::State;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A ledger in memory.
#[derive(Default)]
pub struct MemoryLedger(Mutex<State>);

impl MemoryLedger {
    /// An empty ledger.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held is a bug that a test shows anyway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryLedger")
    }
}

impl Ledger for MemoryLedger {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        append(&mut self.state().manifests, manifest)
    }

    async fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        let state = self.state();
        Ok(state
            .manifests
            .iter()
            .filter(|m| m.n >= n)
            .take(limit)
            .map(stored)
            .collect())
    }

    async fn manifest_body(&self, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
        let state = self.state();
        let of_publishers = state.promo_manifests.values().flatten();
        let mut all = state.manifests.iter().chain(of_publishers);
        Ok(all.find(|m| m.body_hash == hash).map(|m| m.body.clone()))
    }

    async fn newest_manifest(&self) -> Result<Option<StoredManifest>, StoreError> {
        Ok(self.state().manifests.last().map(stored))
    }

    async fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> Result<(), AppendManifestError> {
        let mut state = self.state();
        let chain = state.promo_manifests.entry(of).or_default();
        append(chain, manifest)
    }

    async fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        let state = self.state();
        let chain = state.promo_manifests.get(&of).into_iter().flatten();
        Ok(chain.filter(|m| m.n >= n).take(limit).map(stored).collect())
    }

    async fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> Result<Option<StoredManifest>, StoreError> {
        let state = self.state();
        let chain = state.promo_manifests.get(&of);
        Ok(chain.and_then(|chain| chain.last()).map(stored))
    }

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        self.state().put_publisher(publisher)
    }

    async fn publisher(&self, origin: PublisherId) -> Result<Option<Publisher>, StoreError> {
        Ok(self.state().publishers.get(&origin).cloned())
    }

    async fn publishers(&self) -> Result<Vec<Publisher>, StoreError> {
        Ok(self.state().publishers.values().cloned().collect())
    }

    async fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        self.state().create_order(order, now)
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        Ok(self.state().orders.get(&id).cloned())
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        self.state().settle_order(&settlement)
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        self.state().decline_order(id, now)
    }

    async fn grant_promo(&self, grant: PromoGrant) -> Result<Created, GrantPromoError> {
        self.state().grant_promo(&grant)
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        self.state().draw(&draw)
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        Ok(self.state().spend(&Spend::Redeem(redemption))?)
    }

    async fn swap(&self, swap: Swap) -> Result<Redeemed, SwapError> {
        self.state().spend(&Spend::Swap(swap))
    }

    async fn refund(&self, refund: Refund) -> Result<Redeemed, RefundError> {
        self.state().refund(&refund)
    }

    async fn rebind(&self, rebind: Rebind) -> Result<Rebound, RebindError> {
        self.state().rebind(rebind)
    }

    async fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        self.state().rebound(grant, binding)
    }

    async fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        Ok(self.state().revoked(after, limit))
    }

    async fn drop_rebinds(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        Ok(self.state().drop_rebinds(hour, limit))
    }

    async fn freeze(&self, freeze: Freeze) -> Result<Transition, StoreError> {
        self.state().freeze(freeze)
    }

    async fn thaw(&self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        self.state().thaw(keyset, hour)
    }

    async fn frozen(&self) -> Result<Vec<Frozen>, StoreError> {
        Ok(self.state().frozen())
    }

    async fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        self.state().stored_answer(&inputs, binding, hour)
    }

    async fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        self.state().answer(keyset, nullifier, hour)
    }

    async fn expire_answers(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        self.state().expire_answers(hour, limit)
    }

    async fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        self.state().archive_roots()
    }

    async fn evaluated(&self, elements: Vec<Element>) -> Result<Vec<bool>, StoreError> {
        Ok(self.state().evaluated(&elements))
    }

    async fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        self.state().spent_under(keyset, prefix)
    }

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        self.state().end_keyset(&end)
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        self.state().key_destroyed(keyset)
    }

    async fn drop_rows(&self, keyset: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        self.state().drop_rows(keyset, limit)
    }

    async fn ended_keysets(&self) -> Result<Vec<EndedKeyset>, StoreError> {
        Ok(self.state().ended_keysets())
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        Ok(self.state().audit())
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        Ok(self.state().standing())
    }

    async fn head_at(&self, book: Book, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        Ok(self.state().head_at(book, seq))
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.state().snapshot()
    }

    async fn append_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), AppendCheckpointError> {
        self.state().append_checkpoint(checkpoint)
    }

    async fn checkpoints_from(&self, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        let state = self.state();
        let from = state.checkpoints.iter().filter(|c| c.n >= n);
        Ok(from.take(limit).cloned().collect())
    }

    async fn reserve(&self, reservations: Vec<Reservation>) -> Result<usize, StoreError> {
        let mut state = self.state();
        let mut new: usize = 0;
        for Reservation { key, binding } in reservations {
            let reserved = state.reserved.entry(key).or_default();
            new = new.saturating_add(usize::from(reserved.insert(binding)));
        }
        Ok(new)
    }

    async fn ledger_time(&self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        self.state().ledger_time(step)
    }
}

fn append(chain: &mut Vec<NewManifest>, manifest: NewManifest) -> Result<(), AppendManifestError> {
    let length = u64::try_from(chain.len()).unwrap_or(u64::MAX);
    let expected = length.saturating_add(1);
    if manifest.n != expected {
        return Err(AppendManifestError::NotNext { expected });
    }
    chain.push(manifest);
    Ok(())
}

fn stored(manifest: &NewManifest) -> StoredManifest {
    StoredManifest {
        n: manifest.n,
        head: manifest.head.clone(),
        head_hash: manifest.head_hash,
        body_hash: manifest.body_hash,
    }
}
