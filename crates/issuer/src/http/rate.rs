//! How often one client may ask: a bucket for each, in memory, forgotten when it is full again.

use super::client::Client;
use governor::clock::{Clock, DefaultClock, Reference};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// The window of every policy, in seconds.
const WINDOW: u32 = 60;

/// How many clients have a bucket of their own. Beyond that, strangers share.
const MAX_CLIENTS: usize = 100_000;

/// How often clients who have not asked for long are forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// The same when there are too many: each sweep looks at all.
const SWEEP_FULL: Duration = Duration::from_secs(1);

type Buckets<C> = RateLimiter<Client, HashMapStateStore<Client>, C, StateInformationMiddleware>;

/// So many in a minute, all at once or spread; what was used comes back evenly.
#[derive(Debug)]
pub(super) struct Rate<C: Clock = DefaultClock> {
    name: &'static str,
    quota: NonZeroU32,
    buckets: Buckets<C>,
    clock: C,
    max_clients: usize,
    swept: Mutex<C::Instant>,
}

/// How a client stands with one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    name: &'static str,
    quota: u32,
    remaining: u32,
    /// Seconds until the whole quota is there again; of one who is refused, until the next request.
    reset: u64,
    refused: bool,
}

impl Standing {
    /// Seconds until the next request is taken, if this one is not.
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.refused.then_some(self.reset)
    }

    /// An item of `RateLimit-Policy`.
    pub(super) fn policy(&self) -> String {
        format!("\"{}\";q={};w={WINDOW}", self.name, self.quota)
    }

    /// An item of `RateLimit`.
    pub(super) fn limit(&self) -> String {
        format!("\"{}\";r={};t={}", self.name, self.remaining, self.reset)
    }
}

impl Rate {
    pub(super) fn new(name: &'static str, quota: NonZeroU32) -> Self {
        Self::with_clock(name, quota, DefaultClock::default(), MAX_CLIENTS)
    }
}

impl<C: Clock + Clone> Rate<C> {
    fn with_clock(name: &'static str, quota: NonZeroU32, clock: C, max_clients: usize) -> Self {
        let buckets = RateLimiter::hashmap_with_clock(Quota::per_minute(quota), clock.clone());
        Self {
            name,
            quota,
            buckets: buckets.with_middleware(),
            swept: Mutex::new(clock.now()),
            clock,
            max_clients,
        }
    }

    /// Counts one request of that client.
    pub(super) fn count(&self, client: Client) -> Standing {
        let standing = |remaining, reset, refused| Standing {
            name: self.name,
            quota: self.quota.get(),
            remaining,
            reset,
            refused,
        };
        match self.buckets.check_key(&self.bucket(client)) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = u64::from(self.quota.get().saturating_sub(remaining));
                let reset = used.saturating_mul(WINDOW.into());
                standing(remaining, reset.div_ceil(self.quota.get().into()), false)
            }
            Err(not_until) => {
                let wait = not_until.wait_time_from(self.clock.now());
                let whole = wait
                    .as_secs()
                    .saturating_add(u64::from(wait.subsec_nanos() > 0));
                standing(0, whole.max(1), true)
            }
        }
    }

    /// A client's own bucket. If there are too many, newcomers are thrown together by a byte of their hash, so that
    /// memory has an end and nobody is shut out altogether.
    fn bucket(&self, client: Client) -> Client {
        self.sweep();
        if self.buckets.len() < self.max_clients {
            return client;
        }
        let mut shared = [0; 16];
        let ([to, ..], [from, ..]) = (&mut shared, client.0);
        *to = from;
        Client(shared)
    }

    /// Forgets clients whose bucket is full again: now and then, and more often when there are too many.
    fn sweep(&self) {
        let now = self.clock.now();
        let full = self.buckets.len() >= self.max_clients;
        let pause = if full { SWEEP_FULL } else { SWEEP };
        let mut swept = self.swept.lock().unwrap_or_else(PoisonError::into_inner);
        if Duration::from(now.duration_since(*swept)) >= pause {
            *swept = now;
            drop(swept);
            self.buckets.retain_recent();
            self.buckets.shrink_to_fit();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Client, Rate};
    use governor::clock::FakeRelativeClock;
    use std::num::NonZeroU32;
    use std::time::Duration;

    fn rate(quota: u32, max_clients: usize) -> (FakeRelativeClock, Rate<FakeRelativeClock>) {
        let clock = FakeRelativeClock::default();
        let quota = NonZeroU32::new(quota).unwrap();
        let rate = Rate::with_clock("requests", quota, clock.clone(), max_clients);
        (clock, rate)
    }

    #[test]
    fn a_client_waits_as_long_as_it_is_told_and_another_does_not() {
        let (clock, rate) = rate(3, 10);
        let (one, two) = (Client([1; 16]), Client([2; 16]));
        for left in [2, 1, 0] {
            let standing = rate.count(one);
            assert_eq!((standing.remaining, standing.retry_after()), (left, None));
        }
        let refused = rate.count(one);
        assert_eq!(refused.retry_after(), Some(20));
        assert_eq!(refused.policy(), "\"requests\";q=3;w=60");
        assert_eq!(refused.limit(), "\"requests\";r=0;t=20");
        assert_eq!(rate.count(two).limit(), "\"requests\";r=2;t=20");
        clock.advance(Duration::from_secs(19));
        assert_eq!(rate.count(one).retry_after(), Some(1));
        clock.advance(Duration::from_secs(1));
        assert_eq!(rate.count(one).retry_after(), None);
        assert_eq!(rate.count(one).retry_after(), Some(20));
    }

    #[test]
    fn a_hundred_thousand_strangers_do_not_make_it_grow() {
        let (clock, rate) = rate(60, 1_000);
        let client = |n: u32| {
            let mut bytes = [7; 16];
            bytes[..4].copy_from_slice(&n.to_le_bytes());
            Client(bytes)
        };
        for n in 0..10_000 {
            rate.count(client(n));
        }
        assert!(rate.buckets.len() <= 1_000 + 256, "{}", rate.buckets.len());
        // A newcomer among too many is still counted, and refused in the end.
        assert!((0..10_000).any(|n| rate.count(client(100_000 + 256 * n)).refused));
        clock.advance(Duration::from_secs(120));
        assert_eq!(rate.count(client(5)).remaining, 59);
        assert_eq!(rate.buckets.len(), 1);
    }
}
