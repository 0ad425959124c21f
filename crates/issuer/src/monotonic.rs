//! A clock that only goes forward, and knows from which run of the machine its readings are.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Counts seconds. Readings of one era can be compared, also between processes.
pub trait Monotonic: Send + Sync + fmt::Debug + 'static {
    /// The run of the machine, from one start of it to the next.
    fn era(&self) -> &str;
    /// Seconds since some moment of that run.
    fn seconds(&self) -> u64;
    /// Looks whether the machine slept, which the counter may not have noticed.
    fn resync(&self) {}
}

/// The machine's own: on Linux seconds since its start, sleep included, with the kernel's name for that start; elsewhere
/// seconds since the process began.
#[derive(Debug)]
pub struct SystemMonotonic {
    era: String,
    base: AtomicU64,
    since: Instant,
}

fn uptime() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/uptime").ok()?;
    text.split('.').next()?.trim().parse().ok()
}

impl Default for SystemMonotonic {
    fn default() -> Self {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok();
        let (era, base) = match (boot, uptime()) {
            (Some(boot), Some(base)) => (boot.trim().to_owned(), base),
            // No other process can compare itself with this one.
            _ => {
                let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                let begun = now.unwrap_or_default().as_nanos();
                (format!("process {} {begun}", std::process::id()), 0)
            }
        };
        Self {
            era,
            base: AtomicU64::new(base),
            since: Instant::now(),
        }
    }
}

impl Monotonic for SystemMonotonic {
    fn era(&self) -> &str {
        &self.era
    }

    fn seconds(&self) -> u64 {
        let base = self.base.load(Ordering::Relaxed);
        base.saturating_add(self.since.elapsed().as_secs())
    }

    fn resync(&self) {
        if let Some(uptime) = uptime() {
            let elapsed = self.since.elapsed().as_secs();
            let base = uptime.saturating_sub(elapsed);
            self.base.fetch_max(base, Ordering::Relaxed);
        }
    }
}

/// One that stands still until it is set, for tests. Clones share one reading.
#[derive(Clone, Debug)]
pub struct SetMonotonic {
    era: String,
    seconds: Arc<AtomicU64>,
}

impl SetMonotonic {
    /// Stands at zero of that era.
    #[must_use]
    pub fn of(era: &str) -> Self {
        Self {
            era: era.to_owned(),
            seconds: Arc::default(),
        }
    }

    /// Goes to that reading.
    pub fn set(&self, seconds: u64) {
        self.seconds.store(seconds, Ordering::SeqCst);
    }
}

impl Monotonic for SetMonotonic {
    fn era(&self) -> &str {
        &self.era
    }

    fn seconds(&self) -> u64 {
        self.seconds.load(Ordering::SeqCst)
    }
}
