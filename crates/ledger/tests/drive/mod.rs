//! Several callers on several issuers, while something is done to the server: what was acknowledged is there afterwards.

use farthing_ledger::conformance::world::{
    NOW, draw, load, new_order, redemption, settlement, time,
};
use farthing_ledger::conformance::{block_on, concurrently};
use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger, audit_database};
use farthing_ledger::{
    Created, Drawn, Ledger, RedeemError, Redeemed, Redemption, SealedAnswer, StoreError,
};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// A purchase by token `n`, with an answer of a real one's size.
fn purchase(n: u64) -> Redemption {
    let mut purchase = redemption(n, [(n, 1_000)], 500, [(1_000_000 + n, 500)]);
    purchase.answer = SealedAnswer::new(n.to_be_bytes().repeat(150));
    purchase
}

/// Loads an order and draws from it; whether all of it had been done before.
async fn load_and_draw(ledger: &PostgresLedger, n: u64) -> Result<bool, StoreError> {
    let created = ledger.create_order(new_order(n, 64_000), time(NOW)).await;
    let settled = ledger.settle_order(settlement(n, 64_000)).await;
    let drawn = ledger.draw(draw(n, 0, [(2_000_000 + n, 8_000)])).await;
    let unavailable = || StoreError::Unavailable(String::new());
    let created = created.map_err(|_| unavailable())?;
    settled.map_err(|_| unavailable())?;
    let drawn = drawn.map_err(|_| unavailable())?;
    Ok(matches!(created, Created::Existing(_)) && drawn == Drawn::AlreadyDone)
}

const LOAD: u64 = 6;

/// Works on items of one caller until told to end; gives how many it did. What fails is asked again, as a wallet does.
async fn work(
    ledger: &PostgresLedger,
    caller: u64,
    items: u64,
    end: &AtomicBool,
    acknowledged: &AtomicU64,
) -> u64 {
    let mut done = 0;
    for n in (0..items).filter(|n| n % LOAD == caller) {
        if end.load(Ordering::Relaxed) {
            break;
        }
        loop {
            let answered = if n % 10 == 3 {
                load_and_draw(ledger, n + 10).await.is_ok()
            } else {
                match ledger.redeem(purchase(n)).await {
                    Ok(Redeemed::Accepted) => true,
                    // It was committed before the connection broke, and found again.
                    Ok(Redeemed::Replayed(answer)) => {
                        assert_eq!(answer, purchase(n).answer);
                        true
                    }
                    Err(RedeemError::Store(StoreError::Unavailable(_))) => false,
                    Err(other) => panic!("item {n}: {other:?}"),
                }
            };
            if answered {
                break;
            }
        }
        done += 1;
        acknowledged.fetch_add(1, Ordering::Relaxed);
    }
    done
}

/// Order number 0 with a token for every item.
pub(crate) fn fund(ledger: &PostgresLedger, items: u64) {
    block_on(load(ledger, 0, 2 * items * 1_000));
    for pouch in 0..u32::try_from(items / 1_000).unwrap() {
        let first = u64::from(pouch) * 1_000;
        let tokens = (first..first + 1_000).map(|n| (n, 1_000));
        assert_eq!(
            block_on(ledger.draw(draw(0, pouch, tokens))),
            Ok(Drawn::Done)
        );
    }
}

/// What every caller did, from its first item on.
pub(crate) struct Done {
    items: u64,
    counts: BTreeMap<u64, u64>,
}

/// Works at all replicas while `faults` happen. What `faults` is given waits until more work has been acknowledged.
pub(crate) fn drive(
    replicas: &[PostgresLedger],
    items: u64,
    faults: impl FnOnce(&dyn Fn()),
) -> Done {
    let (end, acknowledged) = (AtomicBool::new(false), AtomicU64::new(0));
    let counts = std::thread::scope(|scope| {
        let callers: Vec<_> = (0..LOAD)
            .map(|caller| {
                let index = usize::try_from(caller).unwrap() % replicas.len();
                let (replica, end, count) = (&replicas[index], &end, &acknowledged);
                scope.spawn(move || (caller, block_on(work(replica, caller, items, end, count))))
            })
            .collect();
        faults(&|| {
            let before = acknowledged.load(Ordering::Relaxed);
            while acknowledged.load(Ordering::Relaxed) < before + 100 {
                assert!(!callers.iter().all(|c| c.is_finished()), "no load is left");
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        end.store(true, Ordering::Relaxed);
        callers.into_iter().map(|c| c.join().unwrap()).collect()
    });
    Done { items, counts }
}

impl Done {
    fn acknowledged(&self) -> impl Iterator<Item = u64> {
        self.counts.iter().flat_map(|(caller, count)| {
            let items = (0..self.items).filter(move |n| n % LOAD == *caller);
            items.take(usize::try_from(*count).unwrap())
        })
    }

    /// The books balance; everything acknowledged is there with its own answer and is not done again; and nothing else is.
    pub(crate) fn verify(&self, ledger: &PostgresLedger, url: &DatabaseUrl) {
        let report = audit_database(url).unwrap();
        assert_eq!(report.difference(), 0, "{report}");
        let acknowledged: Vec<u64> = self.acknowledged().collect();
        concurrently(16, async |caller| {
            for &n in acknowledged.iter().filter(|n| *n % 16 == caller) {
                if n % 10 == 3 {
                    assert_eq!(load_and_draw(ledger, n + 10).await, Ok(true), "{n}");
                } else {
                    let replayed = Ok(Redeemed::Replayed(purchase(n).answer));
                    assert_eq!(ledger.redeem(purchase(n)).await, replayed, "{n}");
                }
            }
        });
        assert_eq!(audit_database(url).unwrap(), report);
        let purchases = acknowledged.iter().filter(|n| *n % 10 != 3).count();
        assert_eq!(report.usage().seq, u64::try_from(purchases).unwrap());
    }
}
