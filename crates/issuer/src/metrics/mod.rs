//! Numbers for the operator, in the text form that Prometheus reads.
//!
//! Every label's value is a constant of this program: an endpoint's pattern, a method, a code, the name of an operation.
//! Nothing that names an offer, a resource, a token, an order or a client can become one, because no label takes a
//! text that came from outside.

mod alarm;
mod groups;
mod keeping;
mod keys;
mod ledger;
mod request;

pub use ledger::Measured;
pub(crate) use request::{Handshake, Requests, Shed};

use farthing_ledger::Ledger;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use std::fmt;
use std::sync::Arc;

/// The media type of [`Metrics::text`].
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// All counters of one process.
pub struct Metrics {
    registry: Registry,
    pub(crate) requests: Requests,
    pub(crate) books: Arc<ledger::Books>,
    pub(crate) keeping: keeping::Keeping,
    pub(crate) keys: keys::Keys,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// Nothing counted yet; of the ledger, what it counts itself.
    pub(crate) fn of<L: Ledger>(ledger: &L) -> Self {
        let mut registry = Registry::with_prefix("farthing");
        let version = vec![("version", env!("CARGO_PKG_VERSION"))];
        registry.register("build", "The program's version", Info::new(version));
        let requests = Requests::register(&mut registry);
        let keys = keys::Keys::register(&mut registry);
        let books = Arc::new(ledger::Books::register(&mut registry));
        if let Some(commits) = ledger.commits() {
            registry.register_collector(Box::new(groups::Groups(commits)));
        }
        let keeping = keeping::Keeping::register(&mut registry);
        Self {
            registry,
            requests,
            books,
            keeping,
            keys,
        }
    }

    /// Everything counted until now.
    ///
    /// # Errors
    /// [`fmt::Error`] if a metric does not write itself.
    pub fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
