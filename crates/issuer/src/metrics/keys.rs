//! How long the keys last.

use crate::in_force::InForce;
use crate::keys;
use farthing_core::time::Timestamp;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::atomic::{AtomicU64, Ordering};

/// Set whenever keys and manifest are looked at.
#[derive(Debug)]
pub(crate) struct Keys {
    ends: Gauge,
    lacking: Gauge,
    manifest: Gauge,
    warned: AtomicU64,
}

impl Keys {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let keys = Self {
            ends: Gauge::default(),
            lacking: Gauge::default(),
            manifest: Gauge::default(),
            warned: AtomicU64::new(0),
        };
        registry.register(
            "key_epoch_ends_seconds",
            "Seconds until the end of the last epoch there are keys for; then no coins are made",
            keys.ends.clone(),
        );
        registry.register(
            "keys_lacking",
            "Keys of the newest key list that this replica does not have",
            keys.lacking.clone(),
        );
        registry.register(
            "manifest_number",
            "The number of the key list in force",
            keys.manifest.clone(),
        );
        keys
    }

    pub(crate) fn set(&self, in_force: &InForce, now: Timestamp) {
        let number = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        let ends = keys::epoch_ends(in_force.keys());
        let left = number(ends.get()).saturating_sub(number(now.get()));
        self.ends.set(left);
        let lacking = in_force.lacking().count();
        self.lacking.set(i64::try_from(lacking).unwrap_or(i64::MAX));
        self.manifest.set(number(in_force.body().n));
    }

    /// Whether this is not yet the day of the last warning; from now on it is.
    pub(crate) fn is_another_day(&self, now: Timestamp) -> bool {
        self.warned.swap(now.day(), Ordering::Relaxed) != now.day()
    }
}
