//! The only time that the use side knows.

use farthing_core::time::{HOUR, Timestamp};

/// An hour, counted from the Unix epoch. What happens to bought things is recorded by the hour, never finer, so that a
/// row of the use side cannot be told from its neighbours by its time (spec section 9, protocol of the two journals).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hour(u64);

impl Hour {
    /// The hour that `time` lies in.
    #[must_use]
    pub const fn of(time: Timestamp) -> Self {
        Self(time.hour())
    }

    /// The hour after the one that `time` lies in, unless `time` begins one: the first hour at which `time` has passed.
    #[must_use]
    pub const fn from_then_on(time: Timestamp) -> Self {
        Self(time.get().div_ceil(HOUR))
    }

    /// The hour with that number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// Hours since the epoch.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Its first second, for people and other programs.
    #[must_use]
    pub fn begins(self) -> Timestamp {
        Timestamp::new(self.0.saturating_mul(HOUR)).unwrap_or_default()
    }

    /// The day (UTC) it lies in, from the epoch: the grain of the sales counters.
    #[must_use]
    pub const fn day(self) -> u64 {
        self.0 / 24
    }
}
