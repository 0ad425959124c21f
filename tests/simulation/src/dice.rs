//! Chance from a seed.

use rand_core::{Rng, SeedableRng};
use rand_xorshift::XorShiftRng;

pub(crate) struct Dice(XorShiftRng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(XorShiftRng::seed_from_u64(seed))
    }

    /// From 0 to `sides` − 1.
    pub(crate) fn roll(&mut self, sides: u64) -> u64 {
        self.0.next_u64() % sides.max(1)
    }

    /// True once in `times`.
    pub(crate) fn once_in(&mut self, times: u64) -> bool {
        self.roll(times) == 0
    }

    /// From 0 to `sides` − 1, as an index.
    pub(crate) fn index(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides).expect("a small count");
        usize::try_from(self.roll(sides)).expect("below a count")
    }

    pub(crate) fn small(&mut self, sides: u32) -> u32 {
        u32::try_from(self.roll(u64::from(sides))).expect("below a u32")
    }
}
