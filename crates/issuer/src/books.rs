//! The ledger that the configuration names, whichever kind of store it is.

use crate::config::{Config, LedgerPlace, SecretError};
use crate::witness::ShortWitness;
use farthing_core::id::{Binding, BodyHash, GrantId, KeysetId, Nullifier, OrderId};
use farthing_core::origin::PublisherId;
use farthing_core::spent::Prefix;
use farthing_core::time::Timestamp;
use farthing_ledger::journal::Book;
use farthing_ledger::postgres::{self, DatabaseUrl, PostgresLedger, audit_database};
use farthing_ledger::sqlite::{self, SqliteLedger, audit_file};
use farthing_ledger::witness::Observer;
use farthing_ledger::{
    Answer, AnswerError, AppendCheckpointError, AppendManifestError, ArchiveRoot, AuditReport,
    Checkpoint, Commits, CreateOrderError, Created, DeclineError, Draw, DrawError, Drawn,
    DropRowsError, Element, EndKeysetError, EndedKeyset, Freeze, Frozen, GrantPromoError, Hour,
    Input, KeyDestroyedError, KeysetEnd, Ledger, LedgerTime, NewManifest, NewOrder, Order,
    PromoGrant, Publisher, PutPublisherError, Rebind, RebindError, Rebound, RecordKey, RedeemError,
    Redeemed, Redemption, Refund, RefundError, Reservation, SealedAnswer, SettleError, Settlement,
    Snapshot, SpentError, Standing, StoreError, StoredAnswerError, StoredManifest, Swap, SwapError,
    TimeError, TimeStep, Transition,
};
use std::sync::Arc;
use thiserror::Error;

/// An open ledger. Clones share it.
#[derive(Clone, Debug)]
pub struct Books {
    store: Store,
    witness: Option<ShortWitness>,
}

#[derive(Clone, Debug)]
enum Store {
    /// In a PostgreSQL database.
    Postgres(PostgresLedger),
    /// In a file.
    Sqlite(SqliteLedger),
}

/// Why a ledger cannot be opened. No variant holds the database's address.
#[derive(Debug, Error)]
pub enum BooksError {
    /// Nothing has been written yet.
    #[error("there are no books at {0} yet; the first serve begins them")]
    NotBegun(String),
    /// The database is not to be used.
    #[error(transparent)]
    Postgres(#[from] postgres::OpenError),
    /// The address of the database cannot be had.
    #[error("ledger.postgres: {0}")]
    Secret(#[from] SecretError),
    /// The file is not to be used.
    #[error(transparent)]
    Sqlite(#[from] sqlite::OpenError),
}

impl Books {
    /// Opens the ledger that the configuration names, beginning or migrating it if need be. Waits some seconds for a
    /// database that does not answer.
    ///
    /// # Errors
    /// [`BooksError`].
    pub fn open(config: &Config) -> Result<Self, BooksError> {
        Self::open_observed(config, None)
    }

    /// Opens it, and tells an observer of every group that this process commits, if the books are in a file. A database
    /// has other writers, and replication in the observer's place.
    ///
    /// # Errors
    /// [`BooksError`].
    pub fn open_observed(
        config: &Config,
        observer: Option<Box<dyn Observer>>,
    ) -> Result<Self, BooksError> {
        let store = match config.ledger() {
            LedgerPlace::Sqlite(path) => {
                Store::Sqlite(SqliteLedger::open_observed(path, observer)?)
            }
            LedgerPlace::Postgres(secret) => {
                let url = DatabaseUrl::parse(&secret.read()?)?;
                Store::Postgres(PostgresLedger::open(&url)?)
            }
        };
        Ok(Self {
            store,
            witness: None,
        })
    }

    /// The same ledger, with this log of what is used up of it: before the ledger is asked, in this process or in any
    /// other that has a log of its own. What is between the two is for nobody but the same request.
    #[must_use]
    pub fn witnessed(self, witness: ShortWitness) -> Self {
        Self {
            witness: Some(witness),
            ..self
        }
    }

    /// The tokens of a request, if anybody records them.
    fn used(&self, inputs: &[Input], binding: Binding) -> Vec<Reservation> {
        let recorded = self.witness.iter().flat_map(|_| inputs);
        let token = |input: &Input| Reservation {
            key: RecordKey::token(&input.nullifier),
            binding,
        };
        recorded.map(token).collect()
    }

    /// Asks the ledger to use these up, recorded before. A refusal is recorded, too, before anybody hears of it; an unknown
    /// outcome leaves them to the same request.
    async fn using<T, E>(
        &self,
        used: Vec<Reservation>,
        work: impl Future<Output = Result<T, E>>,
        is_unknown: fn(&E) -> bool,
    ) -> Result<T, E>
    where
        E: From<StoreError>,
    {
        let Some(witness) = &self.witness else {
            return work.await;
        };
        witness.asked(&used).await?;
        let result = work.await;
        if result.as_ref().is_err_and(|error| !is_unknown(error)) {
            witness.refused(&used).await?;
        }
        result
    }

    /// Audits the ledger that the configuration names without changing it, also beside running issuers.
    ///
    /// # Errors
    /// [`BooksError`].
    pub fn audit_unopened(config: &Config) -> Result<AuditReport, BooksError> {
        match config.ledger() {
            LedgerPlace::Sqlite(path) if !path.exists() => {
                Err(BooksError::NotBegun(path.display().to_string()))
            }
            LedgerPlace::Sqlite(path) => Ok(audit_file(path)?),
            LedgerPlace::Postgres(secret) => {
                let url = DatabaseUrl::parse(&secret.read()?)?;
                Ok(audit_database(&url)?)
            }
        }
    }
}

/// Asks whichever ledger it is.
macro_rules! ask {
    ($books:expr, $method:ident($($argument:expr),*)) => {
        match &$books.store {
            Store::Postgres(ledger) => ledger.$method($($argument),*).await,
            Store::Sqlite(ledger) => ledger.$method($($argument),*).await,
        }
    };
}

impl Ledger for Books {
    async fn append_manifest(&self, manifest: NewManifest) -> Result<(), AppendManifestError> {
        ask!(self, append_manifest(manifest))
    }

    async fn manifests_from(
        &self,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        ask!(self, manifests_from(n, limit))
    }

    async fn manifest_body(&self, hash: BodyHash) -> Result<Option<Vec<u8>>, StoreError> {
        ask!(self, manifest_body(hash))
    }

    async fn newest_manifest(&self) -> Result<Option<StoredManifest>, StoreError> {
        ask!(self, newest_manifest())
    }

    async fn append_promo_manifest(
        &self,
        of: PublisherId,
        manifest: NewManifest,
    ) -> Result<(), AppendManifestError> {
        ask!(self, append_promo_manifest(of, manifest))
    }

    async fn promo_manifests_from(
        &self,
        of: PublisherId,
        n: u64,
        limit: usize,
    ) -> Result<Vec<StoredManifest>, StoreError> {
        ask!(self, promo_manifests_from(of, n, limit))
    }

    async fn newest_promo_manifest(
        &self,
        of: PublisherId,
    ) -> Result<Option<StoredManifest>, StoreError> {
        ask!(self, newest_promo_manifest(of))
    }

    async fn put_publisher(&self, publisher: Publisher) -> Result<(), PutPublisherError> {
        ask!(self, put_publisher(publisher))
    }

    async fn publisher(&self, origin: PublisherId) -> Result<Option<Publisher>, StoreError> {
        ask!(self, publisher(origin))
    }

    async fn publishers(&self) -> Result<Vec<Publisher>, StoreError> {
        ask!(self, publishers())
    }

    async fn create_order(
        &self,
        order: NewOrder,
        now: Timestamp,
    ) -> Result<Created, CreateOrderError> {
        ask!(self, create_order(order, now))
    }

    async fn order(&self, id: OrderId) -> Result<Option<Order>, StoreError> {
        ask!(self, order(id))
    }

    async fn settle_order(&self, settlement: Settlement) -> Result<Transition, SettleError> {
        ask!(self, settle_order(settlement))
    }

    async fn decline_order(&self, id: OrderId, now: Timestamp) -> Result<Transition, DeclineError> {
        ask!(self, decline_order(id, now))
    }

    async fn grant_promo(&self, grant: PromoGrant) -> Result<Created, GrantPromoError> {
        ask!(self, grant_promo(grant))
    }

    async fn draw(&self, draw: Draw) -> Result<Drawn, DrawError> {
        let reservation = Reservation {
            key: RecordKey::pouch(draw.order, draw.pouch),
            binding: draw.binding,
        };
        let work = async { ask!(self, draw(draw)) };
        let is_unknown = |error: &DrawError| matches!(error, DrawError::Store(_));
        self.using(vec![reservation], work, is_unknown).await
    }

    async fn redeem(&self, redemption: Redemption) -> Result<Redeemed, RedeemError> {
        let used = self.used(&redemption.inputs, redemption.binding);
        let work = async { ask!(self, redeem(redemption)) };
        let is_unknown = |error: &RedeemError| matches!(error, RedeemError::Store(_));
        self.using(used, work, is_unknown).await
    }

    async fn swap(&self, swap: Swap) -> Result<Redeemed, SwapError> {
        let used = self.used(&swap.inputs, swap.binding);
        let work = async { ask!(self, swap(swap)) };
        let is_unknown = |error: &SwapError| matches!(error, SwapError::Store(_));
        self.using(used, work, is_unknown).await
    }

    async fn refund(&self, refund: Refund) -> Result<Redeemed, RefundError> {
        let mut used = self.used(core::slice::from_ref(&refund.right), refund.binding);
        used.push(Reservation {
            key: RecordKey::rebind(&refund.grant),
            binding: refund.binding,
        });
        let work = async { ask!(self, refund(refund)) };
        let is_unknown =
            |error: &RefundError| matches!(error, RefundError::Spend(SwapError::Store(_)));
        self.using(used, work, is_unknown).await
    }

    async fn rebind(&self, rebind: Rebind) -> Result<Rebound, RebindError> {
        let reservation = Reservation {
            key: RecordKey::rebind(&rebind.grant),
            binding: rebind.binding,
        };
        let work = async { ask!(self, rebind(rebind)) };
        let is_unknown = |error: &RebindError| matches!(error, RebindError::Store(_));
        self.using(vec![reservation], work, is_unknown).await
    }

    async fn rebound(
        &self,
        grant: GrantId,
        binding: Binding,
    ) -> Result<Option<SealedAnswer>, RebindError> {
        ask!(self, rebound(grant, binding))
    }

    async fn revoked(
        &self,
        after: Option<GrantId>,
        limit: usize,
    ) -> Result<Vec<GrantId>, StoreError> {
        ask!(self, revoked(after, limit))
    }

    async fn drop_rebinds(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        ask!(self, drop_rebinds(hour, limit))
    }

    async fn freeze(&self, freeze: Freeze) -> Result<Transition, StoreError> {
        ask!(self, freeze(freeze))
    }

    async fn thaw(&self, keyset: KeysetId, hour: Hour) -> Result<Transition, StoreError> {
        ask!(self, thaw(keyset, hour))
    }

    async fn frozen(&self) -> Result<Vec<Frozen>, StoreError> {
        ask!(self, frozen())
    }

    async fn stored_answer(
        &self,
        inputs: Vec<Input>,
        binding: Binding,
        hour: Hour,
    ) -> Result<Option<SealedAnswer>, StoredAnswerError> {
        ask!(self, stored_answer(inputs, binding, hour))
    }

    async fn answer(
        &self,
        keyset: KeysetId,
        nullifier: Nullifier,
        hour: Hour,
    ) -> Result<Answer, AnswerError> {
        ask!(self, answer(keyset, nullifier, hour))
    }

    async fn expire_answers(&self, hour: Hour, limit: usize) -> Result<usize, StoreError> {
        ask!(self, expire_answers(hour, limit))
    }

    async fn archive_roots(&self) -> Result<Vec<ArchiveRoot>, StoreError> {
        ask!(self, archive_roots())
    }

    async fn evaluated(&self, elements: Vec<Element>) -> Result<Vec<bool>, StoreError> {
        ask!(self, evaluated(elements))
    }

    async fn spent_under(
        &self,
        keyset: KeysetId,
        prefix: Prefix,
    ) -> Result<Vec<Nullifier>, SpentError> {
        ask!(self, spent_under(keyset, prefix))
    }

    async fn end_keyset(&self, end: KeysetEnd) -> Result<Transition, EndKeysetError> {
        ask!(self, end_keyset(end))
    }

    async fn key_destroyed(&self, keyset: KeysetId) -> Result<Transition, KeyDestroyedError> {
        ask!(self, key_destroyed(keyset))
    }

    async fn drop_rows(&self, keyset: KeysetId, limit: usize) -> Result<usize, DropRowsError> {
        ask!(self, drop_rows(keyset, limit))
    }

    async fn ended_keysets(&self) -> Result<Vec<EndedKeyset>, StoreError> {
        ask!(self, ended_keysets())
    }

    async fn audit(&self) -> Result<AuditReport, StoreError> {
        ask!(self, audit())
    }

    async fn standing(&self) -> Result<Standing, StoreError> {
        ask!(self, standing())
    }

    async fn head_at(&self, book: Book, seq: u64) -> Result<Option<[u8; 32]>, StoreError> {
        ask!(self, head_at(book, seq))
    }

    async fn snapshot(&self) -> Result<Snapshot, StoreError> {
        ask!(self, snapshot())
    }

    async fn append_checkpoint(&self, checkpoint: Checkpoint) -> Result<(), AppendCheckpointError> {
        ask!(self, append_checkpoint(checkpoint))
    }

    async fn checkpoints_from(&self, n: u64, limit: usize) -> Result<Vec<Checkpoint>, StoreError> {
        ask!(self, checkpoints_from(n, limit))
    }

    async fn reserve(&self, reservations: Vec<Reservation>) -> Result<usize, StoreError> {
        ask!(self, reserve(reservations))
    }

    async fn ledger_time(&self, step: TimeStep) -> Result<Option<LedgerTime>, TimeError> {
        ask!(self, ledger_time(step))
    }

    fn commits(&self) -> Option<Arc<Commits>> {
        match &self.store {
            Store::Postgres(ledger) => ledger.commits(),
            Store::Sqlite(ledger) => ledger.commits(),
        }
    }
}
