//! The ledger, measured: how often each of its operations ended how, and how long it took to the commit.

use super::alarm::Alarm;
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
    PromoGrant, Publisher, PutPublisherError, Rebind, RebindError, Rebound, RedeemError, Redeemed,
    Redemption, Refund, RefundError, Reservation, SealedAnswer, SettleError, Settlement, Snapshot,
    SpentError, Standing, StoreError, StoredAnswerError, StoredManifest, Swap, SwapError,
    TimeError, TimeStep, Transition,
};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use std::sync::Arc;
use std::time::Instant;

/// From 0.1 ms to 10 s.
const SECONDS: [f64; 14] = [
    0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0,
];

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Ended {
    operation: &'static str,
    outcome: &'static str,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct Operation {
    operation: &'static str,
}

/// How the operations on the books ended.
#[derive(Debug)]
pub(crate) struct Books {
    ended: Family<Ended, Counter>,
    commits: Family<Operation, Histogram, fn() -> Histogram>,
    reads: Family<Operation, Histogram, fn() -> Histogram>,
    alarm: Alarm,
}

const DONE: &str = "done";
const REPEATED: &str = "repeated";
const REFUSED: &str = "refused";
const FAILED: &str = "failed";

impl Books {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let books = Self {
            ended: Family::default(),
            commits: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            reads: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            alarm: Alarm::register(registry),
        };
        registry.register(
            "operations",
            "What was asked of the books: done now, done before (repeated), refused, or failed with the outcome unknown",
            books.ended.clone(),
        );
        registry.register_with_unit(
            "ledger_commit",
            "From handing a step to the ledger until it is durable or refused, waiting included",
            Unit::Seconds,
            books.commits.clone(),
        );
        registry.register_with_unit(
            "ledger_read",
            "From asking the ledger to its answer",
            Unit::Seconds,
            books.reads.clone(),
        );
        books
    }

    fn ended(&self, operation: &'static str, outcome: &'static str) {
        let ended = Ended { operation, outcome };
        self.ended.get_or_create(&ended).inc();
    }

    async fn write<T>(&self, operation: &'static str, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let result = work.await;
        self.commits
            .get_or_create(&Operation { operation })
            .observe(begun.elapsed().as_secs_f64());
        result
    }

    async fn read<T>(&self, operation: &'static str, work: impl Future<Output = T>) -> T {
        let begun = Instant::now();
        let result = work.await;
        self.reads
            .get_or_create(&Operation { operation })
            .observe(begun.elapsed().as_secs_f64());
        result
    }
}

/// A ledger whose operations are counted and timed.
#[derive(Debug)]
pub struct Measured<L> {
    ledger: L,
    books: Arc<Books>,
}

impl<L> Measured<L> {
    pub(crate) const fn new(ledger: L, books: Arc<Books>) -> Self {
        Self { ledger, books }
    }

    /// The ledger that is measured.
    pub const fn inner(&self) -> &L {
        &self.ledger
    }
}

impl<L: Ledger> Measured<L> {
    /// A refusal named frozen keysets: if one of them is news, finds out about it.
    async fn hear(&self, keysets: &[KeysetId]) {
        if !self.books.alarm.knows(keysets) {
            self.look().await;
        }
    }

    /// Brings the alarm up to date. Where the ledger does not answer, it stays as it was.
    async fn look(&self) {
        let _ = self.frozen().await;
    }
}

const fn moved(transition: Transition) -> &'static str {
    match transition {
        Transition::Done => DONE,
        Transition::AlreadyDone => REPEATED,
    }
}

impl<L: Ledger> Ledger for Measured<L> {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        let work = self.ledger.append_manifest(manifest);
        self.books.write("manifest", work).await
    }

    async fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        let work = self.ledger.manifests_from(n, limit);
        self.books.read("manifests", work).await
    }

    async fn manifest_body(&self, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
        let work = self.ledger.manifest_body(hash);
        self.books.read("manifest_body", work).await
    }

    async fn newest_manifest(&self) -> Result<Option<StoredManifest>, StoreError> {
        let work = self.ledger.newest_manifest();
        self.books.read("newest_manifest", work).await
    }

    async fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> Result<(), AppendManifestError> {
        let work = self.ledger.append_promo_manifest(of, manifest);
        self.books.write("promo_manifest", work).await
    }

    async fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        let work = self.ledger.promo_manifests_from(of, n, limit);
        self.books.read("promo_manifests", work).await
    }

    async fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> Result<Option<StoredManifest>, StoreError> {
        let work = self.ledger.newest_promo_manifest(of);
        self.books.read("newest_promo_manifest", work).await
    }

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        let work = self.ledger.put_publisher(publisher);
        self.books.write("publisher", work).await
    }

    async fn publisher(&self, origin: PublisherId) -> Result<Option<Publisher>, StoreError> {
        let work = self.ledger.publisher(origin);
        self.books.read("publisher", work).await
    }

    async fn publishers(&self) -> Result<Vec<Publisher>, StoreError> {
        self.books
            .read("publishers", self.ledger.publishers())
            .await
    }

    async fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        let work = self.ledger.create_order(order, now);
        let result = self.books.write("order", work).await;
        let outcome = match &result {
            Ok(Created::New(_)) => DONE,
            Ok(Created::Existing(_)) => REPEATED,
            Err(CreateOrderError::Store(_)) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("order", outcome);
        result
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        self.books.read("order", self.ledger.order(id)).await
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        let work = self.ledger.settle_order(settlement);
        let result = self.books.write("settlement", work).await;
        let outcome = match &result {
            Ok(transition) => moved(*transition),
            Err(SettleError::Store(_)) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("settlement", outcome);
        result
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        let work = self.ledger.decline_order(id, now);
        let result = self.books.write("decline", work).await;
        let outcome = match &result {
            Ok(transition) => moved(*transition),
            Err(DeclineError::Store(_)) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("decline", outcome);
        result
    }

    async fn grant_promo(&self, grant: PromoGrant) -> Result<Created, GrantPromoError> {
        let work = self.ledger.grant_promo(grant);
        let result = self.books.write("promo", work).await;
        let outcome = match &result {
            Ok(Created::New(_)) => DONE,
            Ok(Created::Existing(_)) => REPEATED,
            Err(GrantPromoError::Store(_)) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("promo", outcome);
        result
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        let work = self.ledger.draw(draw);
        let result = self.books.write("draw", work).await;
        let outcome = match &result {
            Ok(Drawn::Done) => DONE,
            Ok(Drawn::AlreadyDone) => REPEATED,
            Err(DrawError::Store(_)) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("draw", outcome);
        if let Err(DrawError::KeysetFrozen(keysets)) = &result {
            self.hear(keysets).await;
        }
        result
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        let work = self.ledger.redeem(redemption);
        let result = self.books.write("redemption", work).await;
        let outcome = match &result {
            Ok(Redeemed::Accepted) => DONE,
            Ok(Redeemed::Replayed(_)) => REPEATED,
            Err(RedeemError::Store(_)) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("redemption", outcome);
        if let Err(RedeemError::KeysetFrozen(keysets)) = &result {
            self.hear(keysets).await;
        }
        result
    }

    async fn swap(&self, swap: Swap) -> Result<Redeemed, SwapError> {
        let work = self.ledger.swap(swap);
        let result = self.books.write("swap", work).await;
        let outcome = match &result {
            Ok(Redeemed::Accepted) => DONE,
            Ok(Redeemed::Replayed(_)) => REPEATED,
            Err(SwapError::Store(_)) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("swap", outcome);
        if let Err(SwapError::KeysetFrozen(keysets)) = &result {
            self.hear(keysets).await;
        }
        result
    }

    async fn refund(&self, refund: Refund) -> Result<Redeemed, RefundError> {
        let work = self.ledger.refund(refund);
        let result = self.books.write("refund", work).await;
        let outcome = match &result {
            Ok(Redeemed::Accepted) => DONE,
            Ok(Redeemed::Replayed(_)) => REPEATED,
            Err(RefundError::Spend(SwapError::Store(_))) => FAILED,
            Err(_) => REFUSED,
        };
        self.books.ended("refund", outcome);
        if let Err(RefundError::Spend(SwapError::KeysetFrozen(keysets))) = &result {
            self.hear(keysets).await;
        }
        result
    }

    async fn rebind(&self, rebind: Rebind) -> Result<Rebound, RebindError> {
        let work = self.ledger.rebind(rebind);
        let result = self.books.write("rebind", work).await;
        let outcome = match &result {
            Ok(Rebound::Done) => DONE,
            Ok(Rebound::Replayed(_)) => REPEATED,
            Err(RebindError::Store(_)) => FAILED,
            Err(RebindError::Rebound) => REFUSED,
        };
        self.books.ended("rebind", outcome);
        result
    }

    async fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        let work = self.ledger.rebound(grant, binding);
        let result = self.books.read("rebound", work).await;
        // What is found here never comes to `rebind`; what is not is counted there.
        match &result {
            Ok(Some(_)) => self.books.ended("rebind", REPEATED),
            Ok(None) => {}
            Err(RebindError::Store(_)) => self.books.ended("rebind", FAILED),
            Err(RebindError::Rebound) => self.books.ended("rebind", REFUSED),
        }
        result
    }

    async fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        let work = self.ledger.revoked(after, limit);
        self.books.read("revoked", work).await
    }

    async fn drop_rebinds(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        let work = self.ledger.drop_rebinds(hour, limit);
        self.books.write("drop_rebinds", work).await
    }

    async fn freeze(&self, freeze: Freeze) -> Result<Transition, StoreError> {
        let result = self.books.write("freeze", self.ledger.freeze(freeze)).await;
        self.look().await;
        result
    }

    async fn thaw(&self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        let result = self
            .books
            .write("thaw", self.ledger.thaw(keyset, hour))
            .await;
        self.look().await;
        result
    }

    async fn frozen(&self) -> Result<Vec<Frozen>, StoreError> {
        let frozen = self.books.read("frozen", self.ledger.frozen()).await?;
        self.books.alarm.saw(&frozen);
        Ok(frozen)
    }

    async fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        let work = self.ledger.stored_answer(inputs, binding, hour);
        let result = self.books.read("stored_answer", work).await;
        // What is found here never comes to `redeem`; what is not is counted there.
        match &result {
            Ok(Some(_)) => self.books.ended("redemption", REPEATED),
            Ok(None) => {}
            Err(StoredAnswerError::Store(_)) => self.books.ended("redemption", FAILED),
            Err(_) => self.books.ended("redemption", REFUSED),
        }
        result
    }

    async fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        let work = self.ledger.answer(keyset, nullifier, hour);
        self.books.read("answer", work).await
    }

    async fn expire_answers(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        let work = self.ledger.expire_answers(hour, limit);
        self.books.write("expire", work).await
    }

    async fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        let work = self.ledger.archive_roots();
        self.books.read("archive_roots", work).await
    }

    async fn evaluated(&self, elements: Vec<Element>) -> Result<Vec<bool>, StoreError> {
        let work = self.ledger.evaluated(elements);
        self.books.read("evaluated", work).await
    }

    async fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        let work = self.ledger.spent_under(keyset, prefix);
        self.books.read("spent", work).await
    }

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        self.books
            .write("end_keyset", self.ledger.end_keyset(end))
            .await
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        let work = self.ledger.key_destroyed(keyset);
        self.books.write("key_destroyed", work).await
    }

    async fn drop_rows(&self, keyset: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        let work = self.ledger.drop_rows(keyset, limit);
        self.books.write("drop_rows", work).await
    }

    async fn ended_keysets(&self) -> Result<Vec<EndedKeyset>, StoreError> {
        let work = self.ledger.ended_keysets();
        self.books.read("ended_keysets", work).await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        self.books.read("audit", self.ledger.audit()).await
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        self.books.read("standing", self.ledger.standing()).await
    }

    async fn head_at(&self, book: Book, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        let work = self.ledger.head_at(book, seq);
        self.books.read("head_at", work).await
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        self.books.read("snapshot", self.ledger.snapshot()).await
    }

    async fn append_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), AppendCheckpointError> {
        let work = self.ledger.append_checkpoint(checkpoint);
        self.books.write("checkpoint", work).await
    }

    async fn checkpoints_from(&self, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        let work = self.ledger.checkpoints_from(n, limit);
        self.books.read("checkpoints", work).await
    }

    async fn reserve(&self, reservations: Vec<Reservation>) -> Result<usize, StoreError> {
        let work = self.ledger.reserve(reservations);
        self.books.write("reserve", work).await
    }

    async fn ledger_time(&self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        let work = self.ledger.ledger_time(step);
        self.books.write("ledger_time", work).await
    }

    fn commits(&self) -> Option<Arc<Commits>> {
        self.ledger.commits()
    }
}
