//! The contract, method by method: which is a write, which a read.

use super::keysets::Keysets;
use super::{
    SqliteLedger, answers, archive, audit, draw, ending, expiry, manifests, orders, publishers,
    redeem,
};
use crate::{
    Answer, AnswerError, AppendManifestError, ArchiveRoot, AuditReport, Commits, CreateOrderError,
    Created, DeclineError, Draw, DrawError, Drawn, DropRowsError, EndKeysetError, EndedKeyset,
    Hour, Input, KeyDestroyedError, KeysetEnd, Ledger, NewManifest, NewOrder, Order, Publisher,
    PutPublisherError, RedeemError, Redeemed, Redemption, SealedAnswer, SettleError, Settlement,
    StoreError, StoredAnswerError, StoredManifest, Transition,
};
use farthing_core::id::{Binding, BodyHash, KeysetId, Nullifier, OrderId};
use farthing_core::origin::PublisherId;
use farthing_core::time::Timestamp;
use std::sync::Arc;

impl Ledger for SqliteLedger {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        self.write(move |conn| manifests::append(conn, &manifest))
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

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        self.write(move |conn| publishers::put(conn, &publisher))
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
        self.write(move |conn| orders::create(conn, order, now))
            .await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.read(move |conn| orders::find(conn, id)).await
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        self.write(move |conn| orders::settle(conn, &settlement))
            .await
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        self.write(move |conn| orders::decline(conn, id, now)).await
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        self.write(move |conn| draw::draw(conn, &draw)).await
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        self.write(move |conn| redeem::redeem(conn, &redemption))
            .await
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

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        self.write(move |conn| ending::end(conn, &end)).await
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        self.write(move |conn| ending::key_destroyed(conn, keyset))
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

    fn commits(&self) -> Option<Arc<Commits>> {
        Some(self.committed())
    }
}
