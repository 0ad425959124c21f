//! Many runs, from one seed on.

use crate::reproduction::Reproduction;
use crate::run::{Counts, run};
use crate::schedule::schedule;
use crate::shrink::shrink;
use crate::step::Step;
use crate::store::Store;
use crate::violation::Violation;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// Runs of at least `operations` requests in all, each on a store of its own, on as many threads as said. The runs are
/// those of the seeds from `seed` on; a thread works on one run at a time, so each is the same whatever the others do.
///
/// # Errors
///
/// The run that broke a promise, made short.
pub fn campaign<S: Store>(
    seed: u64,
    operations: u64,
    threads: u64,
    store: impl Fn() -> S + Sync,
) -> Result<Counts, Box<Reproduction>> {
    let (next, sent, over) = (
        AtomicU64::new(seed),
        AtomicU64::new(0),
        AtomicBool::new(false),
    );
    let worker = || {
        let mut counts = Counts::default();
        while !over.load(Ordering::Relaxed) && sent.load(Ordering::Relaxed) < operations {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            let steps = schedule(seed);
            match run(&mut store(), &steps) {
                Ok(more) => {
                    sent.fetch_add(more.sent, Ordering::Relaxed);
                    counts = counts.and(more);
                }
                Err(violation) => {
                    over.store(true, Ordering::Relaxed);
                    return Err(Box::new(shortened(seed, &steps, &violation, &store)));
                }
            }
        }
        Ok(counts)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(worker)).collect();
        let mut counts = Counts::default();
        let mut found = None;
        for worker in workers {
            match worker.join().expect("a worker") {
                Ok(more) => counts = counts.and(more),
                Err(reproduction) => found = Some(reproduction),
            }
        }
        found.map_or(Ok(counts), Err)
    })
}

/// The run of that seed, as short as it still breaks a promise, be it another one.
fn shortened<S: Store>(
    seed: u64,
    steps: &[Step],
    violation: &Violation,
    store: &impl Fn() -> S,
) -> Reproduction {
    let seen = |steps: &[Step]| run(&mut store(), steps).err();
    let steps = shrink(steps, |steps| seen(steps).is_some());
    let found = seen(&steps).map(|violation| violation.to_string());
    Reproduction {
        // What is not seen again depends on more than the steps; that is told too.
        found: found.unwrap_or_else(|| format!("once, and not again: {violation}")),
        seed,
        steps,
    }
}

impl Counts {
    fn and(self, more: Self) -> Self {
        Self {
            sent: self.sent + more.sent,
            forged: self.forged + more.forged,
            stolen: self.stolen + more.stolen,
            frozen: self.frozen + more.frozen,
            expired: self.expired + more.expired,
            acknowledged: self.acknowledged + more.acknowledged,
            failures: self.failures + more.failures,
        }
    }
}
