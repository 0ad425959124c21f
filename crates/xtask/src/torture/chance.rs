//! When a fault happens: by chance, from a seed that is shown.

use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A linear congruential generator (Knuth's MMIX): nothing here is secret.
#[derive(Debug)]
pub(super) struct Chance {
    seed: u64,
    state: u64,
}

impl Chance {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let seed = now.map_or(1, |now| u64::from(now.subsec_nanos()));
        Self { seed, state: seed }
    }

    pub(super) const fn seed(&self) -> u64 {
        self.seed
    }

    /// From 1 to `most`.
    pub(super) const fn up_to(&mut self, most: u64) -> u64 {
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        match (self.state >> 33).checked_rem(most) {
            Some(rest) => rest.saturating_add(1),
            None => 1,
        }
    }

    /// Up to three milliseconds, so that a fault meets every step of a request.
    pub(super) fn pause(&mut self) {
        thread::sleep(Duration::from_micros(self.up_to(3_000)));
    }
}
