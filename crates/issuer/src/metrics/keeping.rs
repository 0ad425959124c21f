//! Whether the books are the ones that were left, and what time it is.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// What an operator must be woken for.
#[derive(Debug)]
pub(crate) struct Keeping {
    pub(crate) restore_undecided: Gauge,
    pub(crate) clock_alarm: Gauge,
    pub(crate) clock_unconfirmed: Gauge,
    pub(crate) checkpoint: Gauge,
    pub(crate) checkpoint_time: Gauge,
    pub(crate) faults: Gauge,
}

impl Keeping {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let mut gauge = |name: &str, help: &str| {
            let gauge = Gauge::default();
            registry.register(name, help, gauge.clone());
            gauge
        };
        Self {
            restore_undecided: gauge(
                "restore_undecided",
                "1 while the ledger may be an older copy and nothing that creates value is done",
            ),
            clock_alarm: gauge(
                "clock_alarm",
                "1 while the wall clock is not followed because it differs from the monotonic clock by more than an hour",
            ),
            clock_unconfirmed: gauge(
                "clock_unconfirmed",
                "1 while nothing is deleted because its time is over",
            ),
            checkpoint: gauge("checkpoint", "Number of the last checkpoint"),
            checkpoint_time: gauge("checkpoint_timestamp_seconds", "When it was made"),
            faults: gauge(
                "keeping_faults",
                "1 if the last round of checkpoint, mark, clock and witness log did not do all of it",
            ),
        }
    }
}
