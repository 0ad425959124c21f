//! The contract that every store keeps.

use crate::error::{
    AnswerError, AppendCheckpointError, AppendManifestError, CreateOrderError, DeclineError,
    DrawError, PutPublisherError, RedeemError, SettleError, StoreError, StoredAnswerError,
    SwapError, TimeError,
};
use crate::journal::Book;
use crate::{
    Answer, ArchiveRoot, AuditReport, Checkpoint, Commits, Created, Draw, Drawn, DropRowsError,
    Element, EndKeysetError, EndedKeyset, Freeze, Frozen, GrantPromoError, Hour, Input,
    KeyDestroyedError, KeysetEnd, LedgerTime, NewManifest, NewOrder, Order, PromoGrant, Publisher,
    Rebind, RebindError, Rebound, Redeemed, Redemption, Refund, RefundError, Reservation,
    SealedAnswer, Settlement, Snapshot, SpentError, Standing, StoredManifest, Swap, TimeStep,
    Transition,
};
use core::future::Future;
use farthing_core::id::{Binding, BodyHash, GrantId, KeysetId, Nullifier, OrderId};
use farthing_core::origin::PublisherId;
use farthing_core::spent::Prefix;
use farthing_core::time::Timestamp;
use std::sync::Arc;

/// The issuer's ledger.
///
/// # The spend contract
///
/// - **Once.** A nullifier is accepted at most once, under any interleaving of calls, threads, processes and replicas,
///   and across restarts. Of two concurrent requests with a token in common exactly one is accepted.
/// - **Decision and record are one.** Each writing method is one atomic transaction: it finds out whether the step may
///   be taken and takes it, or leaves no trace. A refused request changes nothing: of a redemption with one spent input
///   no other input is spent, and no output is marked as evaluated.
/// - **Proof first.** Whoever calls has checked macs, signatures and offers. The ledger cannot; a caller that
///   calls before checking lets a forged token burn an honest one.
/// - **The same request, the same answer.** A request is known by its binding. Repeated, it changes nothing and gets
///   what it got ([`Redeemed::Replayed`], [`Drawn::AlreadyDone`], [`Created::Existing`], [`Transition::AlreadyDone`]); and a
///   repetition is recognised before anything else is looked at, time included.
/// - **Durable before said.** When a writing method returns `Ok`, its effect survives the end of the process and of the
///   machine's power. Only then may an evaluation or a content key leave.
/// - **Own conflicts only.** A store may commit requests together; a request is refused for its own conflicts only.
///
/// # What a crash leaves
///
/// Whole transactions. After a crash, a request that was answered is there; one that was not answered is there
/// completely or not at all. The caller that does not know asks again with the same request, and so learns or brings
/// about the outcome. The same holds for a call that returned [`StoreError`], and for a future that was dropped:
/// the step may have been taken, and repeating the same request is always safe. A new request in its place is not.
///
/// # The books
///
/// Every change of money is an entry of exactly one of two journals: *funding* (order, settlement, decline, draw) and *use*
/// (redemption, refund, swap). A publisher's starter value stands there in accounts of its own, and never meets money. Each is append-only, numbered from 1 without gaps, hash-chained, and a whole double-entry book; they
/// share the control account [`crate::Account::Tokens`]. No table names a row of both sides, and use rows carry the hour
/// only. [`Ledger::audit`] recomputes everything from the journals.
///
/// # Errors
///
/// One enum for each operation; every one has a `Store` variant with [`StoreError`].
pub trait Ledger: Send + Sync + 'static {
    /// Appends a manifest. Accepted only with the number after the newest, 1 for the first.
    fn append_manifest(
        &self,
        manifest: NewManifest,
    ) -> impl Future<Output = Result<(), AppendManifestError>> + Send;

    /// Up to `limit` manifests from number `n` on, ascending.
    fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<StoredManifest>, StoreError>> + Send;

    /// The body with that hash.
    fn manifest_body(
        &self,
        hash: BodyHash,
    ) -> impl Future<Output = Result<Option<Vec<u8>>, StoreError>> + Send;

    /// The newest manifest; `None` before the first.
    fn newest_manifest(
        &self,
    ) -> impl Future<Output = Result<Option<StoredManifest>, StoreError>> + Send;

    /// Appends a manifest to the chain of a publisher's starter tokens. Accepted only with the number after its newest, 1
    /// for the first. [`Ledger::manifest_body`] finds its body too.
    fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> impl Future<Output = Result<(), AppendManifestError>> + Send;

    /// Up to `limit` manifests of a publisher's starter tokens from number `n` on, ascending.
    fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<StoredManifest>, StoreError>> + Send;

    /// The newest manifest of a publisher's starter tokens; `None` before the first.
    fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> impl Future<Output = Result<Option<StoredManifest>, StoreError>> + Send;

    /// Registers a publisher or changes its registration. Name, keys, price and fee are replaced; a withdrawal of
    /// offers is only ever moved forward, so registering again does not bring withdrawn offers back.
    fn put_publisher(
        &self,
        publisher: Publisher,
    ) -> impl Future<Output = Result<(), PutPublisherError>> + Send;

    /// The publisher with that origin.
    fn publisher(
        &self,
        origin: PublisherId,
    ) -> impl Future<Output = Result<Option<Publisher>, StoreError>> + Send;

    /// All publishers, by origin.
    fn publishers(&self) -> impl Future<Output = Result<Vec<Publisher>, StoreError>> + Send;

    /// Creates an order in state *quoted*, or finds the one that the same request made. `now` is recorded as the time of creation.
    fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> impl Future<Output = Result<Created, CreateOrderError>> + Send;

    /// The order with that id.
    fn order(&self, id: OrderId) -> impl Future<Output = Result<Option<Order>, StoreError>> + Send;

    /// Records that an order was paid: its value becomes *unminted*. The same provider, reference and amount again are
    /// [`Transition::AlreadyDone`], whatever the clock says.
    fn settle_order(
        &self,
        settlement: Settlement,
    ) -> impl Future<Output = Result<Transition, SettleError>> + Send;

    /// Records that an order will not be paid. An expired order may still be declined.
    fn decline_order(
        &self,
        id: OrderId,
        now: Timestamp,
    ) -> impl Future<Output = Result<Transition, DeclineError>> + Send;

    /// Creates an order for a publisher's starter value and settles it, or finds the one that the same request made. One
    /// transaction, which also counts what the publisher gave on that day.
    fn grant_promo(
        &self,
        grant: PromoGrant,
    ) -> impl Future<Output = Result<Created, GrantPromoError>> + Send;

    /// Draws a pouch: marks its elements as evaluated and moves their value from *unminted* to *drawn*.
    ///
    /// Looked at in this order: the order; its pouch of that number (same binding: done; other: conflict); the order's
    /// state; the pouch's number; the elements among themselves; the value; whether the elements were evaluated before.
    fn draw(&self, draw: Draw) -> impl Future<Output = Result<Drawn, DrawError>> + Send;

    /// Spends tokens for a purchase: marks inputs as spent with binding and lead, outputs as evaluated, books the price,
    /// counts the sale, stores the answer. One transaction.
    ///
    /// Looked at in this order: the order of the inputs; whether they are spent (R26); balance; the outputs; whether a
    /// keyset is frozen; whether more tokens of a keyset would be spent than were issued, which freezes it (R34).
    fn redeem(
        &self,
        redemption: Redemption,
    ) -> impl Future<Output = Result<Redeemed, RedeemError>> + Send;

    /// Spends tokens for others of the same worth: marks inputs as spent with binding and lead, outputs as evaluated,
    /// books the swap, stores the answer. One transaction.
    ///
    /// Looked at as by [`Ledger::redeem`]. Inputs of a frozen keyset pass if the element that each is shown to be was
    /// issued; evidence that is shown must hold wherever it stands.
    fn swap(&self, swap: Swap) -> impl Future<Output = Result<Redeemed, SwapError>> + Send;

    /// Gives a purchase back: spends a right, issues the price as tokens, takes it back from publisher and issuer, counts it,
    /// and records the grant as given up. One transaction; and of one grant either this or [`Ledger::rebind`].
    ///
    /// Looked at in this order: whether the right is spent (R26); whether the grant was given up; what the publisher gave
    /// back on that day; then as by [`Ledger::redeem`].
    fn refund(&self, refund: Refund) -> impl Future<Output = Result<Redeemed, RefundError>> + Send;

    /// Records that a gift's grant is given up for another: the first request counts, and its repetition gets what it got.
    /// No entry of a journal: a right changes hands, and no money moves.
    fn rebind(&self, rebind: Rebind) -> impl Future<Output = Result<Rebound, RebindError>> + Send;

    /// What a request with this binding to rebind that grant was answered, asked before clock and policy; `None` if the
    /// grant was not given up. The answer of [`Ledger::rebind`] is the one that counts.
    fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> impl Future<Output = Result<Option<SealedAnswer>, RebindError>> + Send;

    /// Up to `limit` grants that were given up and whose access is not over, ascending, from the first after that one on.
    fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<GrantId>, StoreError>> + Send;

    /// Drops up to `limit` records of grants whose access is over at `hour`; gives how many. As of
    /// [`Ledger::expire_answers`] the hour must be of a clock that was confirmed.
    fn drop_rebinds(
        &self,
        hour: Hour,
        limit: usize,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Freezes a keyset: nothing more is evaluated in it, and its tokens pass only by swap with evidence. Done before
    /// for whatever reason: [`Transition::AlreadyDone`], and hour and reason stay. An entry of the use journal, in the same
    /// transaction; so is what the breaker freezes.
    fn freeze(&self, freeze: Freeze)
    -> impl Future<Output = Result<Transition, StoreError>> + Send;

    /// Takes a freeze back. The breaker stays armed: it freezes the keyset again rather than let more tokens be spent than
    /// were issued. An entry of the use journal too.
    fn thaw(
        &self,
        keyset: KeysetId,
        hour: Hour,
    ) -> impl Future<Output = Result<Transition, StoreError>> + Send;

    /// The keysets that are frozen, by id.
    fn frozen(&self) -> impl Future<Output = Result<Vec<Frozen>, StoreError>> + Send;

    /// What a request with these inputs and this binding was answered, asked before clock, caps and policy (R26).
    /// `None` if none of the inputs is spent; the answer of [`Ledger::redeem`] is the one that counts, since between
    /// the two calls another may spend them.
    fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> impl Future<Output = Result<Option<SealedAnswer>, StoredAnswerError>> + Send;

    /// What a spent token was spent for.
    fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> impl Future<Output = Result<Answer, AnswerError>> + Send;

    /// Drops up to `limit` stored answers whose time is over at `hour`, and moves the nullifiers of their requests to the
    /// archive: from then on a request with one of them is [`RedeemError::AnswerExpired`], or [`RedeemError::TokenSpent`]
    /// where it cannot be the one that spent it. Gives how many answers were dropped; fewer than `limit` means that
    /// none is left. What is dropped is gone: `hour` must be of a clock that was confirmed, and no earlier time can be
    /// decided on afterwards ([`TimeStep::Decide`]).
    fn expire_answers(
        &self,
        hour: Hour,
        limit: usize,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// The archives of all keysets that have one, by keyset.
    fn archive_roots(&self) -> impl Future<Output = Result<Vec<ArchiveRoot>, StoreError>> + Send;

    /// Which of these elements were evaluated, in their order: what a wallet that lost everything but its seed is given
    /// again (R35).
    fn evaluated(
        &self,
        elements: Vec<Element>,
    ) -> impl Future<Output = Result<Vec<bool>, StoreError>> + Send;

    /// The nullifiers spent of a keyset that begin with the prefix, ascending, the archived ones among them (R37). The
    /// prefix has as many bits as the number of spent ones allows.
    fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> impl Future<Output = Result<Vec<Nullifier>, SpentError>> + Send;

    /// Ends a keyset: from then on nothing of it is accepted, and what was outstanding of it is owed as
    /// [`crate::Account::Unclaimed`]. There is no way back. Stored answers are still repeated.
    fn end_keyset(
        &self,
        end: KeysetEnd,
    ) -> impl Future<Output = Result<Transition, EndKeysetError>> + Send;

    /// Records that the secret key of a keyset that has ended is destroyed: its rows may be dropped.
    fn key_destroyed(
        &self,
        keyset: KeysetId,
    ) -> impl Future<Output = Result<Transition, KeyDestroyedError>> + Send;

    /// Drops up to about `limit` evaluations and nullifiers of a keyset whose key is destroyed; they stay counted. Gives
    /// how many were dropped; 0 means that none is left.
    fn drop_rows(
        &self,
        keyset: KeysetId,
        limit: usize,
    ) -> impl Future<Output = Result<usize, DropRowsError>> + Send;

    /// The keysets that have ended, by id, and how far that has come.
    fn ended_keysets(&self) -> impl Future<Output = Result<Vec<EndedKeyset>, StoreError>> + Send;

    /// Recomputes balances, both chains and the invariants from one consistent view of the store.
    /// Reads everything; meant for the operator, not for requests.
    fn audit(&self) -> impl Future<Output = Result<AuditReport, StoreError>> + Send;

    /// Where both journals stand now. Cheap: asked every second. What it tells is as durable as an answer.
    fn standing(&self) -> impl Future<Output = Result<Standing, StoreError>> + Send;

    /// The chain's hash after entry `seq` of a journal; the genesis for 0, `None` if there is no such entry.
    fn head_at(
        &self,
        book: Book,
        seq: u64,
    ) -> impl Future<Output = Result<Option<[u8; 32]>, StoreError>> + Send;

    /// What a checkpoint says, in one consistent view.
    fn snapshot(&self) -> impl Future<Output = Result<Snapshot, StoreError>> + Send;

    /// Appends a checkpoint. Accepted only with the number after the newest, 1 for the first: of issuers that make one
    /// at once, one is first, and the others are refused.
    fn append_checkpoint(
        &self,
        checkpoint: Checkpoint,
    ) -> impl Future<Output = Result<(), AppendCheckpointError>> + Send;

    /// Up to `limit` checkpoints from number `n` on, ascending.
    fn checkpoints_from(
        &self,
        n: u64,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<Checkpoint>, StoreError>> + Send;

    /// Reserves tokens and pouches for the requests that used them up in a later state of this ledger, which is lost: any
    /// other request with such a token is [`RedeemError::TokenSpent`], any other draw of such a pouch
    /// [`DrawError::PouchConflict`]. What is spent or drawn in this ledger stays so. Gives how many reservations are new.
    fn reserve(
        &self,
        reservations: Vec<Reservation>,
    ) -> impl Future<Output = Result<usize, StoreError>> + Send;

    /// Moves the ledger's time, and tells what it is then; `None` before it was first kept.
    fn ledger_time(
        &self,
        step: TimeStep,
    ) -> impl Future<Output = Result<Option<LedgerTime>, TimeError>> + Send;

    /// How many steps share a commit, if the store groups them and counts. A store that wraps another hands on the
    /// other's.
    fn commits(&self) -> Option<Arc<Commits>> {
        None
    }
}

impl<L: Ledger> Ledger for Arc<L> {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        (**self).append_manifest(manifest).await
    }

    async fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        (**self).manifests_from(n, limit).await
    }

    async fn manifest_body(&self, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).manifest_body(hash).await
    }

    async fn newest_manifest(&self) -> Result<Option<StoredManifest>, StoreError> {
        (**self).newest_manifest().await
    }

    async fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> Result<(), AppendManifestError> {
        (**self).append_promo_manifest(of, manifest).await
    }

    async fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        (**self).promo_manifests_from(of, n, limit).await
    }

    async fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> Result<Option<StoredManifest>, StoreError> {
        (**self).newest_promo_manifest(of).await
    }

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        (**self).put_publisher(publisher).await
    }

    async fn publisher(&self, origin: PublisherId) -> Result<Option<Publisher>, StoreError> {
        (**self).publisher(origin).await
    }

    async fn publishers(&self) -> Result<Vec<Publisher>, StoreError> {
        (**self).publishers().await
    }

    async fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        (**self).create_order(order, now).await
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        (**self).order(id).await
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        (**self).settle_order(settlement).await
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        (**self).decline_order(id, now).await
    }

    async fn grant_promo(&self, grant: PromoGrant) -> Result<Created, GrantPromoError> {
        (**self).grant_promo(grant).await
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        (**self).draw(draw).await
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        (**self).redeem(redemption).await
    }

    async fn swap(&self, swap: Swap) -> Result<Redeemed, SwapError> {
        (**self).swap(swap).await
    }

    async fn refund(&self, refund: Refund) -> Result<Redeemed, RefundError> {
        (**self).refund(refund).await
    }

    async fn rebind(&self, rebind: Rebind) -> Result<Rebound, RebindError> {
        (**self).rebind(rebind).await
    }

    async fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        (**self).rebound(grant, binding).await
    }

    async fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        (**self).revoked(after, limit).await
    }

    async fn drop_rebinds(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        (**self).drop_rebinds(hour, limit).await
    }

    async fn freeze(&self, freeze: Freeze) -> Result<Transition, StoreError> {
        (**self).freeze(freeze).await
    }

    async fn thaw(&self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        (**self).thaw(keyset, hour).await
    }

    async fn frozen(&self) -> Result<Vec<Frozen>, StoreError> {
        (**self).frozen().await
    }

    async fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        (**self).stored_answer(inputs, binding, hour).await
    }

    async fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        (**self).answer(keyset, nullifier, hour).await
    }

    async fn expire_answers(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        (**self).expire_answers(hour, limit).await
    }

    async fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        (**self).archive_roots().await
    }

    async fn evaluated(&self, elements: Vec<Element>) -> Result<Vec<bool>, StoreError> {
        (**self).evaluated(elements).await
    }

    async fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        (**self).spent_under(keyset, prefix).await
    }

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        (**self).end_keyset(end).await
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        (**self).key_destroyed(keyset).await
    }

    async fn drop_rows(&self, keyset: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        (**self).drop_rows(keyset, limit).await
    }

    async fn ended_keysets(&self) -> Result<Vec<EndedKeyset>, StoreError> {
        (**self).ended_keysets().await
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        (**self).audit().await
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        (**self).standing().await
    }

    async fn head_at(&self, book: Book, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        (**self).head_at(book, seq).await
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        (**self).snapshot().await
    }

    async fn append_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), AppendCheckpointError> {
        (**self).append_checkpoint(checkpoint).await
    }

    async fn checkpoints_from(&self, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        (**self).checkpoints_from(n, limit).await
    }

    async fn reserve(&self, reservations: Vec<Reservation>) -> Result<usize, StoreError> {
        (**self).reserve(reservations).await
    }

    async fn ledger_time(&self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        (**self).ledger_time(step).await
    }

    fn commits(&self) -> Option<Arc<Commits>> {
        (**self).commits()
    }
}
