//! The clock as an argument: the wall clock is read in one place of this crate.

use farthing_core::time::Timestamp;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

/// Tells the time that decides about money.
pub trait Clock: Send + Sync + fmt::Debug + 'static {
    /// Now, in whole seconds.
    fn now(&self) -> Timestamp;

    /// Whether it is as certain as it gets: only then is anything deleted because its time is over.
    fn is_confirmed(&self) -> bool {
        true
    }

    /// What is wrong with it, for the operator.
    fn alarm(&self) -> Option<&'static str> {
        None
    }
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        // A clock before 1970 is the epoch: every keyset is then "not yet", and nothing is issued.
        let seconds = since.map(|duration| duration.as_secs()).unwrap_or_default();
        Timestamp::default().plus(seconds)
    }
}

/// A clock that stands still until it is set, for tests. Clones share one time.
#[derive(Clone, Debug)]
pub struct SetClock(Arc<AtomicU64>);

impl SetClock {
    /// Stands at that time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicU64::new(time.get())))
    }

    /// Goes to that time, forwards or back.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.get(), Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp::default().plus(self.0.load(Ordering::SeqCst))
    }
}
