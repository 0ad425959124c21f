//! How long and how often something is tried again.

use core::time::Duration;
use std::hash::{BuildHasher, RandomState};
use tokio::time::{Instant, sleep};

/// How long a request is tried before its caller is told to ask again.
const WHOLE: Duration = Duration::from_secs(8);
const FIRST: Duration = Duration::from_millis(4);
const LONGEST: Duration = Duration::from_millis(400);

/// The time that one piece of work has.
pub(super) struct Patience {
    end: Instant,
    pause: Duration,
}

impl Patience {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self {
            end: now.checked_add(WHOLE).unwrap_or(now),
            pause: FIRST,
        }
    }

    /// What is left for one attempt.
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }

    /// Waits, longer each time, and never as long as a neighbour that began at the same moment. `false`: time is up.
    pub(super) async fn wait(&mut self) -> bool {
        // Not a random number that anything rests on: only when to ask again.
        let spread = RandomState::new().hash_one(0) % 1_024;
        let half = self.pause / 2;
        let more = half.saturating_mul(u32::try_from(spread).unwrap_or_default()) / 1_024;
        let pause = half.saturating_add(more);
        self.pause = self.pause.saturating_mul(2).min(LONGEST);
        if pause >= self.left() {
            return false;
        }
        sleep(pause).await;
        true
    }
}
