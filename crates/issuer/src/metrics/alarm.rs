//! The alarm for frozen keysets: told once, shown for as long as they are frozen.

use farthing_core::id::KeysetId;
use farthing_ledger::Frozen;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Which keysets this process knows to be frozen.
#[derive(Debug)]
pub(super) struct Alarm {
    frozen: Gauge,
    known: Mutex<BTreeSet<KeysetId>>,
}

impl Alarm {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let frozen = Gauge::default();
        registry.register(
            "keysets_frozen",
            "Keysets whose tokens pass only with evidence of their issuance: anything but 0 is for a person to look at",
            frozen.clone(),
        );
        Self {
            frozen,
            known: Mutex::default(),
        }
    }

    /// Whether all of them were frozen when it last looked.
    pub(super) fn knows(&self, keysets: &[KeysetId]) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        keysets.iter().all(|keyset| known.contains(keyset))
    }

    /// Takes what the ledger says, and tells what is new in it, whoever of those on the ledger froze it.
    pub(super) fn saw(&self, frozen: &[Frozen]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        for Frozen { keyset, reason, .. } in frozen {
            if !known.contains(keyset) {
                let keyset = keyset.to_b64u();
                tracing::error!(keyset, reason, "a keyset is frozen");
            }
        }
        let now: BTreeSet<KeysetId> = frozen.iter().map(|frozen| frozen.keyset).collect();
        for keyset in known.difference(&now) {
            let keyset = keyset.to_b64u();
            tracing::warn!(keyset, "a keyset is no longer frozen");
        }
        self.frozen
            .set(i64::try_from(now.len()).unwrap_or(i64::MAX));
        *known = now;
    }
}
