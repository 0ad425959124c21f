//! The contract, method by method: which is a write, which a read.

use super::keysets::Keysets;
use super::{
    SqliteLedger, answers, archive, audit, checkpoints, draw, ending, expiry, frozen, ledger_time,
    manifests, orders, promo_manifests, publishers, rebinds, redeem, refunds, reserved, spent,
    standing,
};
use crate::journal::Book;
use crate::spend::Spend;
use crate::{
    Answer, AnswerError, AppendCheckpointError, AppendManifestError, ArchiveRoot, AuditReport,
    Checkpoint, Commits, CreateOrderError, Created, DeclineError, Draw, DrawError, Drawn,
    DropRowsError, Effect, Element, EndKeysetError, EndedKeyset, Freeze, Frozen, GrantPromoError,
    Hour, Input, KeyDestroyedError, KeysetEnd, Ledger, LedgerTime, NewManifest, NewOrder, Order,
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

impl SqliteLedger {
    /// Spends. What trips the breaker is refused, and the freeze that stays is told of.
    async fn spend(&self, spend: Spend) -> Result<Result<Redeemed, SwapError>, SwapError> {
        self.change(move |conn| {
            let (redeemed, frozen) = redeem::spend(conn, &spend)?;
            let effect = match (&redeemed, spend) {
                (Ok(Redeemed::Accepted), Spend::Redeem(redemption)) => {
                    Some(Effect::Redeem(redemption))
                }
                (Ok(Redeemed::Accepted), Spend::Swap(swap)) => Some(Effect::Swap(swap)),
                _ => (!frozen.is_empty()).then_some(Effect::Freeze(frozen)),
            };
            Ok((redeemed, effect))
        })
        .await
    }
}

impl Ledger for SqliteLedger {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        self.change(move |conn| {
            manifests::append(conn, &manifest)?;
            Ok(((), Some(Effect::Manifest(manifest))))
        })
        .await
    }

    async fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        self.read(move |conn| manifests::from(conn, n, limit)).await
    }

    async fn manifest_body(&self, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |conn| manifests::body(conn, hash)).await
    }

    async fn newest_manifest(&self) -> Result<Option<StoredManifest>, StoreError> {
        self.read(manifests::newest).await
    }

    async fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> Result<(), AppendManifestError> {
        self.change(move |conn| {
            promo_manifests::append(conn, &of, &manifest)?;
            Ok(((), Some(Effect::PromoManifest(of, manifest))))
        })
        .await
    }

    async fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        self.read(move |conn| promo_manifests::from(conn, &of, n, limit))
            .await
    }

    async fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> Result<Option<StoredManifest>, StoreError> {
        self.read(move |conn| promo_manifests::newest(conn, &of))
            .await
    }

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        self.change(move |conn| {
            publishers::put(conn, &publisher)?;
            Ok(((), Some(Effect::Publisher(publisher))))
        })
        .await
    }

    async fn publisher(&self, origin: PublisherId) -> Result<Option<Publisher>, StoreError> {
        self.read(move |conn| publishers::find(conn, &origin)).await
    }

    async fn publishers(&self) -> Result<Vec<Publisher>, StoreError> {
        self.read(publishers::all).await
    }

    async fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        self.change(move |conn| {
            let created = orders::create(conn, order, now)?;
            let effect = match &created {
                Created::New(order) => Some(Effect::Order(order.terms.clone(), now)),
                Created::Existing(_) => None,
            };
            Ok((created, effect))
        })
        .await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.read(move |conn| orders::find(conn, id)).await
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        self.change(move |conn| {
            let transition = orders::settle(conn, &settlement)?;
            let done = transition == Transition::Done;
            Ok((transition, done.then_some(Effect::Settle(settlement))))
        })
        .await
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        self.change(move |conn| {
            let transition = orders::decline(conn, id, now)?;
            let done = transition == Transition::Done;
            Ok((transition, done.then_some(Effect::Decline(id, now))))
        })
        .await
    }

    async fn grant_promo(&self, grant: PromoGrant) -> Result<Created, GrantPromoError> {
        self.change(move |conn| {
            let created = orders::grant_promo(conn, &grant)?;
            let new = matches!(created, Created::New(_));
            Ok((created, new.then_some(Effect::Promo(grant))))
        })
        .await
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        self.change(move |conn| {
            let drawn = draw::draw(conn, &draw)?;
            let done = drawn == Drawn::Done;
            Ok((drawn, done.then_some(Effect::Draw(draw))))
        })
        .await
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        let spend = Spend::Redeem(redemption);
        Ok(self.spend(spend).await??)
    }

    async fn swap(&self, swap: Swap) -> Result<Redeemed, SwapError> {
        self.spend(Spend::Swap(swap)).await?
    }

    async fn refund(&self, refund: Refund) -> Result<Redeemed, RefundError> {
        self.change(move |conn| {
            let (refunded, frozen) = refunds::refund(conn, &refund)?;
            let effect = match &refunded {
                Ok(Redeemed::Accepted) => Some(Effect::Refund(refund)),
                _ => (!frozen.is_empty()).then_some(Effect::Freeze(frozen)),
            };
            Ok::<_, RefundError>((refunded, effect))
        })
        .await?
    }

    async fn rebind(&self, rebind: Rebind) -> Result<Rebound, RebindError> {
        self.change(move |conn| {
            let rebound = rebinds::rebind(conn, &rebind)?;
            let done = rebound == Rebound::Done;
            Ok((rebound, done.then_some(Effect::Rebind(rebind))))
        })
        .await
    }

    async fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        self.read(move |conn| rebinds::find(conn, grant, binding))
            .await
    }

    async fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        self.read(move |conn| rebinds::revoked(conn, after, limit))
            .await
    }

    async fn drop_rebinds(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        self.write(move |conn| rebinds::drop_over(conn, hour, limit))
            .await
    }

    async fn freeze(&self, freeze: Freeze) -> Result<Transition, StoreError> {
        self.change(move |conn| {
            let transition = frozen::freeze(conn, &freeze)?;
            let done = transition == Transition::Done;
            Ok((transition, done.then(|| Effect::Freeze(vec![freeze]))))
        })
        .await
    }

    async fn thaw(&self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        self.change(move |conn| {
            let transition = frozen::thaw(conn, keyset, hour)?;
            let done = transition == Transition::Done;
            Ok((transition, done.then_some(Effect::Thaw(keyset, hour))))
        })
        .await
    }

    async fn frozen(&self) -> Result<Vec<Frozen>, StoreError> {
        self.read(frozen::all).await
    }

    async fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        self.read(move |conn| {
            answers::stored(conn, &mut Keysets::default(), &inputs, binding, hour)
        })
        .await
    }

    async fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        self.read(move |conn| answers::of(conn, keyset, nullifier, hour))
            .await
    }

    async fn expire_answers(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        self.write(move |conn| expiry::expire(conn, hour, limit))
            .await
    }

    async fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        self.read(archive::roots).await
    }

    async fn evaluated(&self, elements: Vec<Element>) -> Result<Vec<bool>, StoreError> {
        self.read(move |conn| spent::evaluated(conn, &elements))
            .await
    }

    async fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        self.read(move |conn| spent::under(conn, keyset, prefix))
            .await
    }

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        self.change(move |conn| {
            let transition = ending::end(conn, &end)?;
            let done = transition == Transition::Done;
            Ok((transition, done.then_some(Effect::EndKeyset(end))))
        })
        .await
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        self.change(move |conn| {
            let transition = ending::key_destroyed(conn, keyset)?;
            let done = transition == Transition::Done;
            Ok((transition, done.then_some(Effect::KeyDestroyed(keyset))))
        })
        .await
    }

    async fn drop_rows(&self, keyset: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        self.write(move |conn| ending::drop_rows(conn, keyset, limit))
            .await
    }

    async fn ended_keysets(&self) -> Result<Vec<EndedKeyset>, StoreError> {
        self.read(ending::ended).await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.read(audit::audit).await
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        self.read(standing::standing).await
    }

    async fn head_at(&self, book: Book, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        self.read(move |conn| standing::head_at(conn, book, seq))
            .await
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.read(standing::snapshot).await
    }

    async fn append_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), AppendCheckpointError> {
        self.write(move |conn| checkpoints::append(conn, &checkpoint))
            .await
    }

    async fn checkpoints_from(&self, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        self.read(move |conn| checkpoints::from(conn, n, limit))
            .await
    }

    async fn reserve(&self, reservations: Vec<Reservation>) -> Result<usize, StoreError> {
        self.write(move |conn| reserved::reserve(conn, &reservations))
            .await
    }

    async fn ledger_time(&self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        if step == TimeStep::Look {
            return Ok(self.read(ledger_time::look).await?);
        }
        self.write(move |conn| ledger_time::step(conn, step)).await
    }

    fn commits(&self) -> Option<Arc<Commits>> {
        Some(self.committed())
    }
}
