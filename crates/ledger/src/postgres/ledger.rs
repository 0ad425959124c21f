//! The contract, method by method.

use super::broken::{Broken, Trouble};
use super::{
    PostgresLedger, answers, archive, checkpoints, draw, ending, expiry, frozen, ledger_time,
    manifests, orders, promo_manifests, publishers, rebinds, refunds, reserved, spent, standing,
};
use crate::journal::Book;
use crate::spend::Spend;
use crate::{
    Answer, AnswerError, AppendCheckpointError, AppendManifestError, ArchiveRoot, AuditReport,
    Checkpoint, Commits, CreateOrderError, Created, DeclineError, Draw, DrawError, Drawn,
    DropRowsError, Element, EndKeysetError, EndedKeyset, Freeze, Frozen, GrantPromoError, Hour,
    Input, KeyDestroyedError, KeysetEnd, Ledger, LedgerTime, NewManifest, NewOrder, Order,
    PromoGrant, Publisher, PutPublisherError, Rebind, RebindError, Rebound, RedeemError, Redeemed,
    Redemption, Refund, RefundError, Reservation, SealedAnswer, SettleError, Settlement, Snapshot,
    SpentError, Standing, StoreError, StoredAnswerError, StoredManifest, Swap, SwapError,
    TimeError, TimeStep, Transition,
};
use farthing_core::id::{Binding, BodyHash, GrantId, KeysetId, Nullifier, OrderId};
use farthing_core::origin::PublisherId;
use farthing_core::spent::Prefix;
use farthing_core::time::Timestamp;
use std::sync::Arc;

/// A read refuses nothing.
fn plain<T>(result: Result<T, Broken>) -> Result<T, Trouble<StoreError>> {
    result.map_err(Trouble::Broken)
}

impl Ledger for PostgresLedger {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        self.ask(async move |session| manifests::append(session, &manifest).await)
            .await
    }

    async fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        self.ask(async move |session| plain(manifests::from(session, n, limit).await))
            .await
    }

    async fn manifest_body(&self, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.ask(async move |session| plain(manifests::body(session, hash).await))
            .await
    }

    async fn newest_manifest(&self) -> Result<Option<StoredManifest>, StoreError> {
        self.ask(async move |session| plain(manifests::newest(session).await))
            .await
    }

    async fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> Result<(), AppendManifestError> {
        self.ask(async move |session| promo_manifests::append(session, &of, &manifest).await)
            .await
    }

    async fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        self.ask(async move |session| plain(promo_manifests::from(session, &of, n, limit).await))
            .await
    }

    async fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> Result<Option<StoredManifest>, StoreError> {
        self.ask(async move |session| plain(promo_manifests::newest(session, &of).await))
            .await
    }

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        self.ask(async move |session| publishers::put(session, &publisher).await)
            .await
    }

    async fn publisher(&self, origin: PublisherId) -> Result<Option<Publisher>, StoreError> {
        self.ask(async move |session| plain(publishers::find(session, &origin).await))
            .await
    }

    async fn publishers(&self) -> Result<Vec<Publisher>, StoreError> {
        self.ask(async move |session| plain(publishers::all(session).await))
            .await
    }

    async fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        self.ask(async move |session| orders::create(session, &order, now).await)
            .await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.ask(async move |session| plain(orders::find(session, id).await))
            .await
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        self.ask(async move |session| orders::settle(session, &settlement).await)
            .await
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        self.ask(async move |session| orders::decline(session, id, now).await)
            .await
    }

    async fn grant_promo(&self, grant: PromoGrant) -> Result<Created, GrantPromoError> {
        self.ask(async move |session| orders::grant_promo(session, &grant).await)
            .await
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        self.ask(async move |session| draw::draw(session, &draw).await)
            .await
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        Ok(self.spend(Spend::Redeem(redemption)).await?)
    }

    async fn swap(&self, swap: Swap) -> Result<Redeemed, SwapError> {
        self.spend(Spend::Swap(swap)).await
    }

    async fn refund(&self, refund: Refund) -> Result<Redeemed, RefundError> {
        self.ask(async move |session| refunds::refund(session, &refund).await)
            .await
    }

    async fn rebind(&self, rebind: Rebind) -> Result<Rebound, RebindError> {
        self.ask(async move |session| rebinds::rebind(session, &rebind).await)
            .await
    }

    async fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        self.ask(async move |session| rebinds::find(session, grant, binding).await)
            .await
    }

    async fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        self.ask(async move |session| plain(rebinds::revoked(session, after, limit).await))
            .await
    }

    async fn drop_rebinds(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        self.ask(async move |session| rebinds::drop_over(session, hour, limit).await)
            .await
    }

    async fn freeze(&self, freeze: Freeze) -> Result<Transition, StoreError> {
        self.ask(async move |session| frozen::freeze(session, &freeze).await)
            .await
    }

    async fn thaw(&self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        self.ask(async move |session| frozen::thaw(session, keyset, hour).await)
            .await
    }

    async fn frozen(&self) -> Result<Vec<Frozen>, StoreError> {
        self.ask(async move |session| plain(frozen::all(session).await))
            .await
    }

    async fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        self.ask(async move |session| answers::stored(session, &inputs, binding, hour).await)
            .await
    }

    async fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        self.ask(async move |session| answers::of(session, keyset, nullifier, hour).await)
            .await
    }

    async fn expire_answers(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        self.ask(async move |session| expiry::expire(session, hour, limit).await)
            .await
    }

    async fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        self.ask(async move |session| archive::in_one_view(session).await)
            .await
    }

    async fn evaluated(&self, elements: Vec<Element>) -> Result<Vec<bool>, StoreError> {
        self.ask(async move |session| plain(spent::evaluated(session, &elements).await))
            .await
    }

    async fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        self.ask(async move |session| spent::under(session, keyset, prefix).await)
            .await
    }

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        self.ask(async move |session| ending::end(session, &end).await)
            .await
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        self.ask(async move |session| ending::key_destroyed(session, keyset).await)
            .await
    }

    async fn drop_rows(&self, keyset: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        self.ask(async move |session| ending::drop_rows(session, keyset, limit).await)
            .await
    }

    async fn ended_keysets(&self) -> Result<Vec<EndedKeyset>, StoreError> {
        self.ask(async move |session| plain(ending::ended(session).await))
            .await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.audited().await
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        self.ask(async move |session| plain(standing::standing(session).await))
            .await
    }

    async fn head_at(&self, book: Book, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.ask(async move |session| plain(standing::head_at(session, book, seq).await))
            .await
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.ask(async move |session| plain(standing::snapshot(session).await))
            .await
    }

    async fn append_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), AppendCheckpointError> {
        self.ask(async move |session| checkpoints::append(session, &checkpoint).await)
            .await
    }

    async fn checkpoints_from(&self, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        self.ask(async move |session| plain(checkpoints::from(session, n, limit).await))
            .await
    }

    async fn reserve(&self, reservations: Vec<Reservation>) -> Result<usize, StoreError> {
        self.ask(async move |session| reserved::reserve(session, &reservations).await)
            .await
    }

    async fn ledger_time(&self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        self.ask(async move |session| ledger_time::step(session, &step).await)
            .await
    }

    fn commits(&self) -> Option<Arc<Commits>> {
        Some(self.committed())
    }
}
