//! How many steps share a commit: what a store that groups them can say of itself.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts since the store was opened by this process.
#[derive(Debug, Default)]
pub struct Commits {
    groups: AtomicU64,
    steps: AtomicU64,
}

impl Commits {
    /// A group of so many steps was committed.
    pub fn committed(&self, steps: usize) {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.groups.fetch_add(1, Ordering::Relaxed);
        self.steps.fetch_add(steps, Ordering::Relaxed);
    }

    /// Groups that were committed, each in one transaction.
    #[must_use]
    pub fn groups(&self) -> u64 {
        self.groups.load(Ordering::Relaxed)
    }

    /// Steps in all those groups, refused ones included.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }
}
