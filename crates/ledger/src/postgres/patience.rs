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
        let spread = u32::try_from(RandomState::new().hash_one(0) & 0xff).unwrap_or_default();
        // From a half of the pause to the whole of it.
        let parts = spread.saturating_add(256);
        let pause = self.pause.saturating_mul(parts).checked_div(512);
        let pause = pause.unwrap_or(self.pause);
        self.pause = self.pause.saturating_mul(2).min(LONGEST);
        if pause >= self.left() {
            return false;
        }
        sleep(pause).await;
        true
    }
}
