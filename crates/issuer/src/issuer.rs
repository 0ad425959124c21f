//! The issuer as a whole: what every use case works with.

use crate::clock::Clock;
use crate::compute::Compute;
use crate::config::Config;
use crate::gate::Gate;
use crate::guarded::Guarded;
use crate::in_force::InForce;
use crate::keys::Keys;
use crate::manifest::{self, ManifestError};
use crate::metrics::{Measured, Metrics};
use crate::payment::Sandbox;
use crate::random::Random;
use crate::recent::Recent;
use crate::wallet_pages::WalletPages;
use arc_swap::ArcSwap;
use farthing_core::origin::IssuerId;
use farthing_core::time::Timestamp;
use farthing_ledger::Ledger;
use std::fmt;
use std::sync::Arc;
use tokio::sync::{Mutex, MutexGuard};

/// Configuration, keys, manifest in force, ledger, clock and randomness.
pub struct Issuer<L> {
    config: Config,
    in_force: ArcSwap<InForce>,
    keys_config: ArcSwap<Config>,
    renewing: Mutex<()>,
    ledger: Measured<Guarded<L>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    sandbox: Option<Sandbox>,
    compute: Compute,
    recent: Recent,
    metrics: Arc<Metrics>,
    wallet_pages: Option<WalletPages>,
}

impl<L> fmt::Debug for Issuer<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("id", self.config.issuer())
            .finish_non_exhaustive()
    }
}

impl<L: Ledger> Issuer<L> {
    /// Puts an issuer together and publishes its manifest if it is new. `sandbox` is the payment provider; without
    /// one no order is taken.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub async fn open(
        config: Config,
        keys: Keys,
        ledger: L,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        sandbox: Option<Sandbox>,
    ) -> Result<Self, ManifestError> {
        let gate = Gate::opened();
        Self::open_behind(gate, config, keys, ledger, clock, random, sandbox).await
    }

    /// As [`Self::open`], with a gate that is closed while the ledger may be an older copy of itself.
    ///
    /// # Errors
    /// [`ManifestError`].
    pub async fn open_behind(
        gate: Gate,
        config: Config,
        keys: Keys,
        ledger: L,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        sandbox: Option<Sandbox>,
    ) -> Result<Self, ManifestError> {
        let metrics = Arc::new(Metrics::of(&ledger));
        let guarded = Guarded::new(ledger, gate);
        let ledger = Measured::new(guarded, Arc::clone(&metrics.books));
        let in_force =
            manifest::publish(&config, Arc::new(keys), &ledger, clock.now(), false).await?;
        metrics.keys.set(&in_force, clock.now());
        let compute = Compute::default();
        Ok(Self {
            keys_config: ArcSwap::from_pointee(config.clone()),
            config,
            renewing: Mutex::new(()),
            in_force: ArcSwap::from_pointee(in_force),
            ledger,
            clock,
            random,
            sandbox,
            compute,
            recent: Recent::default(),
            metrics,
            wallet_pages: None,
        })
    }

    /// The same with the pages of the purse.
    #[must_use]
    pub fn with_wallet_pages(mut self, pages: Option<WalletPages>) -> Self {
        self.wallet_pages = pages;
        self
    }

    /// The pages of the purse, if this issuer serves them.
    #[must_use]
    pub const fn wallet_pages(&self) -> Option<&WalletPages> {
        self.wallet_pages.as_ref()
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// The configuration with the section `[keys]` that is in force, which may have been read again since the start.
    #[must_use]
    pub fn keys_config(&self) -> Arc<Config> {
        self.keys_config.load_full()
    }

    /// The issuer's id.
    #[must_use]
    pub const fn id(&self) -> &IssuerId {
        self.config.issuer()
    }

    /// The keys and the manifest in force now. To be taken once for a request.
    #[must_use]
    pub fn in_force(&self) -> Arc<InForce> {
        self.in_force.load_full()
    }

    /// Waits until nobody else renews what is in force.
    pub(crate) async fn renewing(&self) -> MutexGuard<'_, ()> {
        self.renewing.lock().await
    }

    /// Puts other keys and another manifest in force, for the requests that come from now on, with where the keys are.
    pub(crate) fn put_in_force(&self, in_force: InForce, keys_config: Arc<Config>) {
        self.in_force.store(Arc::new(in_force));
        self.keys_config.store(keys_config);
    }

    /// The ledger, measured.
    #[must_use]
    pub const fn ledger(&self) -> &Measured<Guarded<L>> {
        &self.ledger
    }

    /// Now, by the clock that decides about money.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The clock that decides about money.
    #[must_use]
    pub fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Now, if that is certain enough to delete what is over by it; `None` while the clock is in doubt.
    #[must_use]
    pub fn ledger_time_confirmed(&self) -> Option<Timestamp> {
        self.clock.is_confirmed().then(|| self.clock.now())
    }

    /// What is wrong with the clock, in a word.
    #[must_use]
    pub fn clock_alarm(&self) -> Option<&'static str> {
        self.clock.alarm()
    }

    /// Whether value may be created.
    #[must_use]
    pub const fn gate(&self) -> &Gate {
        self.ledger.inner().gate()
    }

    /// The source of randomness.
    #[must_use]
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// The source of randomness, to be kept.
    pub(crate) fn random_handle(&self) -> Arc<dyn Random> {
        Arc::clone(&self.random)
    }

    /// The sandbox's payment provider, if this is a sandbox.
    #[must_use]
    pub const fn sandbox(&self) -> Option<&Sandbox> {
        self.sandbox.as_ref()
    }

    /// What was counted since the start.
    #[must_use]
    pub const fn metrics(&self) -> &Arc<Metrics> {
        &self.metrics
    }

    /// What was checked lately.
    pub(crate) const fn recent(&self) -> &Recent {
        &self.recent
    }

    /// Where curve arithmetic is done.
    #[must_use]
    pub const fn compute(&self) -> &Compute {
        &self.compute
    }
}
