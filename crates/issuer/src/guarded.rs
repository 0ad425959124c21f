//! The ledger behind a gate: while that is closed, what creates value is refused, what was done before is answered as
//! ever, and what the ledger does not know is not denied.

use crate::gate::Gate;
use farthing_core::id::{Binding, BodyHash, GrantId, KeysetId, Nullifier, OrderId};
use farthing_core::origin::PublisherId;
use farthing_core::spent::Prefix;
use farthing_core::time::Timestamp;
use farthing_ledger::journal::Book;
use farthing_ledger::{
    Answer, AnswerError, AppendCheckpointError, AppendManifestError, ArchiveRoot, AuditReport,
    Checkpoint, Commits, CreateOrderError, Created, DeclineError, Draw, DrawError, Drawn,
    DropRowsError, Element, EndKeysetError, EndedKeyset, Freeze, Frozen, GrantPromoError, Hour,
    Input, KeyDestroyedError, KeysetEnd, Ledger, LedgerTime, NewManifest, NewOrder, Order,
    OrderState, PromoGrant, Publisher, PutPublisherError, Rebind, RebindError, Rebound,
    RedeemError, Redeemed, Redemption, Refund, RefundError, Reservation, SealedAnswer, SettleError,
    Settlement, Snapshot, SpentError, Standing, StoreError, StoredAnswerError, StoredManifest,
    Swap, SwapError, TimeError, TimeStep, Transition,
};
use std::sync::Arc;

/// A ledger behind a gate.
#[derive(Debug)]
pub struct Guarded<L> {
    ledger: L,
    gate: Gate,
}

impl<L> Guarded<L> {
    pub(crate) const fn new(ledger: L, gate: Gate) -> Self {
        Self { ledger, gate }
    }

    /// Whether value may be created.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        &self.gate
    }

    /// What the ledger knows. What it does not know it may have forgotten: that is not denied while the gate is closed.
    fn known<T>(&self, found: Option<T>) -> Result<Option<T>, StoreError> {
        if found.is_none() {
            self.check()?;
        }
        Ok(found)
    }

    fn check(&self) -> Result<(), StoreError> {
        if self.gate.is_open() {
            Ok(())
        } else {
            Err(StoreError::RestoreUndecided)
        }
    }
}

fn is_unpaid(order: &Order, now: Timestamp) -> bool {
    matches!(order.state(now), OrderState::Quoted | OrderState::Expired)
}

impl<L: Ledger> Ledger for Guarded<L> {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        // Readers may have a manifest of that number which this ledger does not know.
        self.check()?;
        self.ledger.append_manifest(manifest).await
    }

    async fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        self.ledger.manifests_from(n, limit).await
    }

    async fn manifest_body(&self, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.ledger.manifest_body(hash).await
    }

    async fn newest_manifest(&self) -> Result<Option<StoredManifest>, StoreError> {
        self.ledger.newest_manifest().await
    }

    async fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> Result<(), AppendManifestError> {
        // Readers may have a manifest of that number which this ledger does not know.
        self.check()?;
        self.ledger.append_promo_manifest(of, manifest).await
    }

    async fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        self.ledger.promo_manifests_from(of, n, limit).await
    }

    async fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> Result<Option<StoredManifest>, StoreError> {
        self.ledger.newest_promo_manifest(of).await
    }

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        self.check()?;
        self.ledger.put_publisher(publisher).await
    }

    async fn publisher(&self, origin: PublisherId) -> Result<Option<Publisher>, StoreError> {
        self.known(self.ledger.publisher(origin).await?)
    }

    async fn publishers(&self) -> Result<Vec<Publisher>, StoreError> {
        self.ledger.publishers().await
    }

    async fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        if self.check().is_err() && self.ledger.order(order.id).await?.is_none() {
            return Err(StoreError::RestoreUndecided.into());
        }
        self.ledger.create_order(order, now).await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.known(self.ledger.order(id).await?)
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        if self.check().is_err() {
            // An order that was paid is not paid again by this: it is done, or another charge.
            let order = self.ledger.order(settlement.order).await?;
            if order.is_none_or(|order| is_unpaid(&order, settlement.now)) {
                return Err(StoreError::RestoreUndecided.into());
            }
        }
        self.ledger.settle_order(settlement).await
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        if self.check().is_err() {
            let order = self.ledger.order(id).await?;
            if order.is_none_or(|order| is_unpaid(&order, now)) {
                return Err(StoreError::RestoreUndecided.into());
            }
        }
        self.ledger.decline_order(id, now).await
    }

    async fn grant_promo(&self, grant: PromoGrant) -> Result<Created, GrantPromoError> {
        if self.check().is_err() && self.ledger.order(grant.order.id).await?.is_none() {
            return Err(StoreError::RestoreUndecided.into());
        }
        self.ledger.grant_promo(grant).await
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        if self.check().is_err() {
            // A pouch that was drawn is not drawn again by this: it is the same request, or a conflict.
            let order = self.ledger.order(draw.order).await?;
            if order.is_none_or(|order| draw.pouch >= order.next_pouch) {
                return Err(StoreError::RestoreUndecided.into());
            }
        }
        self.ledger.draw(draw).await
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        // What was accepted before is found by `stored_answer`, which comes first.
        self.check()?;
        self.ledger.redeem(redemption).await
    }

    async fn swap(&self, swap: Swap) -> Result<Redeemed, SwapError> {
        self.check()?;
        self.ledger.swap(swap).await
    }

    async fn refund(&self, refund: Refund) -> Result<Redeemed, RefundError> {
        self.check()?;
        self.ledger.refund(refund).await
    }

    async fn rebind(&self, rebind: Rebind) -> Result<Rebound, RebindError> {
        // What was bound before is found by `rebound`, which comes first.
        self.check()?;
        self.ledger.rebind(rebind).await
    }

    async fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        self.known(self.ledger.rebound(grant, binding).await?)
            .map_err(Into::into)
    }

    async fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        // A list that has forgotten some is none.
        self.check()?;
        self.ledger.revoked(after, limit).await
    }

    async fn drop_rebinds(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        self.check()?;
        self.ledger.drop_rebinds(hour, limit).await
    }

    async fn freeze(&self, freeze: Freeze) -> Result<Transition, StoreError> {
        // It creates no value, and a leaked key does not wait for a decision.
        self.ledger.freeze(freeze).await
    }

    async fn thaw(&self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        self.check()?;
        self.ledger.thaw(keyset, hour).await
    }

    async fn frozen(&self) -> Result<Vec<Frozen>, StoreError> {
        self.ledger.frozen().await
    }

    async fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        let stored = self.ledger.stored_answer(inputs, binding, hour).await?;
        Ok(self.known(stored)?)
    }

    async fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        match self.ledger.answer(keyset, nullifier, hour).await {
            Err(AnswerError::Unknown) if !self.gate.is_open() => {
                Err(StoreError::RestoreUndecided.into())
            }
            answer => answer,
        }
    }

    async fn expire_answers(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        self.check()?;
        self.ledger.expire_answers(hour, limit).await
    }

    async fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        self.ledger.archive_roots().await
    }

    async fn evaluated(&self, elements: Vec<Element>) -> Result<Vec<bool>, StoreError> {
        // What it has forgotten is not denied.
        self.check()?;
        self.ledger.evaluated(elements).await
    }

    async fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        self.check()?;
        self.ledger.spent_under(keyset, prefix).await
    }

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        self.check()?;
        self.ledger.end_keyset(end).await
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        self.check()?;
        self.ledger.key_destroyed(keyset).await
    }

    async fn drop_rows(&self, keyset: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        self.check()?;
        self.ledger.drop_rows(keyset, limit).await
    }

    async fn ended_keysets(&self) -> Result<Vec<EndedKeyset>, StoreError> {
        self.ledger.ended_keysets().await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.ledger.audit().await
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        self.ledger.standing().await
    }

    async fn head_at(&self, book: Book, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.ledger.head_at(book, seq).await
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.ledger.snapshot().await
    }

    async fn append_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), AppendCheckpointError> {
        if !self.gate.is_open() {
            return Err(StoreError::RestoreUndecided.into());
        }
        self.ledger.append_checkpoint(checkpoint).await
    }

    async fn checkpoints_from(&self, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        self.ledger.checkpoints_from(n, limit).await
    }

    async fn reserve(&self, reservations: Vec<Reservation>) -> Result<usize, StoreError> {
        self.ledger.reserve(reservations).await
    }

    async fn ledger_time(&self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        self.ledger.ledger_time(step).await
    }

    fn commits(&self) -> Option<Arc<Commits>> {
        self.ledger.commits()
    }
}
