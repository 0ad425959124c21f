//! Points in time, always passed in: the core reads no clock.

use crate::money::MAX_SAFE_INTEGER;

/// How far ahead of the reader's clock an `iat` may be, in seconds (R5).
pub const IAT_TOLERANCE: u64 = 300;
/// How long after an `exp` a browser still goes on: its clock is a hint (R5), in seconds.
pub const BROWSER_EXPIRY_TOLERANCE: u64 = 86_400;
/// One day in seconds.
pub const DAY: u64 = 86_400;
/// One hour in seconds.
pub const HOUR: u64 = 3_600;

/// Whole seconds since the Unix epoch, 0 ≤ t ≤ 2^53 − 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(u64);

impl Timestamp {
    /// `None` above 2^53 − 1.
    #[must_use]
    pub const fn new(seconds: u64) -> Option<Self> {
        if seconds <= MAX_SAFE_INTEGER {
            Some(Self(seconds))
        } else {
            None
        }
    }

    /// Seconds since the epoch.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// Later by that many seconds, at most the largest time.
    #[must_use]
    pub const fn plus(self, seconds: u64) -> Self {
        let sum = self.0.saturating_add(seconds);
        Self(if sum > MAX_SAFE_INTEGER {
            MAX_SAFE_INTEGER
        } else {
            sum
        })
    }

    /// Earlier by that many seconds, at least the epoch.
    #[must_use]
    pub const fn minus(self, seconds: u64) -> Self {
        Self(self.0.saturating_sub(seconds))
    }

    /// The hour it lies in, from the epoch.
    #[must_use]
    pub const fn hour(self) -> u64 {
        self.0 / HOUR
    }

    /// The day (UTC) it lies in, from the epoch.
    #[must_use]
    pub const fn day(self) -> u64 {
        self.0 / DAY
    }
}
