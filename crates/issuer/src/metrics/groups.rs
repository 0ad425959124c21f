//! How many steps of the ledger share a commit, as the ledger counts them.

use farthing_ledger::Commits;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use std::fmt;
use std::sync::Arc;

/// Reads the ledger's counts when it is asked.
#[derive(Debug)]
pub(super) struct Groups(pub(super) Arc<Commits>);

impl Collector for Groups {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let counts = [
            (
                "ledger_groups",
                "Transactions that the ledger committed",
                self.0.groups(),
            ),
            (
                "ledger_steps",
                "Steps in them, refused ones included: over ledger_groups, how many share a commit",
                self.0.steps(),
            ),
        ];
        for (name, help, count) in counts {
            let counter = ConstCounter::new(count);
            let to = encoder.encode_descriptor(name, help, None, counter.metric_type())?;
            counter.encode(to)?;
        }
        Ok(())
    }
}
