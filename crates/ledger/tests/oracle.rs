//! Random requests, sent to the stores and to the oracle: the same answers, the same books, the same chains.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use farthing_core::money::Micro;
use farthing_ledger::conformance::block_on;
use farthing_ledger::conformance::world::{
    NOW, binding, draw, element, eur, hash, hour, input, inputs, keyset, load, micro, new_order,
    order_id, publisher, redemption, settlement, swap, time,
};
use farthing_ledger::memory::MemoryLedger;
use farthing_ledger::postgres::{DatabaseUrl, PostgresLedger};
use farthing_ledger::sqlite::SqliteLedger;
use farthing_ledger::{
    Answer, AnswerError, AppendManifestError, ArchiveRoot, CreateOrderError, Created, DeclineError,
    Draw, DrawError, Drawn, DropRowsError, EndKeysetError, EndedKeyset, Freeze, Frozen, Hour,
    Input, KeyDestroyedError, KeysetEnd, Ledger, NewManifest, NewOrder, Order, Publisher,
    PutPublisherError, RedeemError, Redeemed, Redemption, SealedAnswer, SettleError, Settlement,
    Split, StoreError, StoredAnswerError, StoredManifest, Swap, SwapError, Transition, Withdrawal,
};
use farthing_testkit::postgres::Cluster;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;
use std::collections::BTreeSet;

const VALUE: u64 = 60_000;

#[derive(Clone, Debug)]
enum Request {
    Create {
        order: u64,
        other: bool,
    },
    Settle {
        order: u64,
        charge: u64,
        more: u64,
        late: u64,
    },
    Decline {
        order: u64,
    },
    Draw {
        order: u64,
        pouch: u32,
        by: u64,
        tokens: BTreeSet<u64>,
        denomination: u64,
        rest: bool,
    },
    Redeem {
        by: u64,
        small: BTreeSet<u64>,
        large: BTreeSet<u64>,
        change: Vec<u64>,
        off: u64,
        later: u64,
    },
    Swap {
        by: u64,
        small: BTreeSet<u64>,
        large: BTreeSet<u64>,
        out: u64,
        shown: bool,
        off: bool,
        later: u64,
    },
    Freeze {
        denomination: u64,
        thaw: bool,
    },
    Stored {
        by: u64,
        small: BTreeSet<u64>,
        later: u64,
    },
    Answer {
        token: u64,
        later: u64,
    },
    Publisher {
        n: u64,
        from: u64,
        fee: u16,
        path: u8,
    },
    Manifest {
        n: u64,
    },
    Expire {
        later: u64,
        limit: usize,
    },
    End {
        step: u8,
    },
    Reopen,
}

/// From small spaces, so that requests repeat, conflict and overlap.
fn request() -> impl Strategy<Value = Request> {
    let hours = prop_oneof![4 => Just(0u64), 1 => 10_078u64..10_084];
    let some = |max, count: usize| btree_set(0u64..max, 0..=count);
    prop_oneof![
        3 => (1u64..5, any::<bool>()).prop_map(|(order, other)| Request::Create { order, other }),
        4 => (1u64..5, 1u64..5, 0u64..8, 0u64..9)
            .prop_map(|(order, charge, more, late)| Request::Settle { order, charge, more, late }),
        1 => (1u64..5).prop_map(|order| Request::Decline { order }),
        6 => (1u64..5, 0u32..3, 0u64..3, some(30, 4), prop_oneof![9 => Just(1_000u64), 1 => Just(64_000)], any::<bool>())
            .prop_map(|(order, pouch, by, tokens, denomination, rest)| {
                Request::Draw { order, pouch, by, tokens, denomination, rest }
            }),
        9 => (0u64..12, some(20, 3), some(6, 2), vec(100u64..130, 0..3), 0u64..8, hours.clone())
            .prop_map(|(by, small, large, change, off, later)| {
                Request::Redeem { by, small, large, change, off, later }
            }),
        5 => (0u64..12, some(30, 3), some(6, 1), 100u64..130, any::<bool>(), 0u8..8, hours.clone())
            .prop_map(|(by, small, large, out, shown, off, later)| {
                Request::Swap { by, small, large, out, shown, off: off == 0, later }
            }),
        1 => (prop_oneof![Just(1_000u64), Just(8_000)], any::<bool>())
            .prop_map(|(denomination, thaw)| Request::Freeze { denomination, thaw }),
        2 => (0u64..12, some(20, 3), hours.clone())
            .prop_map(|(by, small, later)| Request::Stored { by, small, later }),
        1 => (hours.clone(), 1usize..4).prop_map(|(later, limit)| Request::Expire { later, limit }),
        1 => prop_oneof![3 => Just(3u8), 2 => 0u8..3].prop_map(|step| Request::End { step }),
        2 => (0u64..20, hours).prop_map(|(token, later)| Request::Answer { token, later }),
        1 => (0u64..3, 0u64..4, 9_998u16..10_002, 0u8..3)
            .prop_map(|(n, from, fee, path)| Request::Publisher { n, from, fee, path }),
        1 => (0u64..4).prop_map(|n| Request::Manifest { n }),
        1 => Just(Request::Reopen),
    ]
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Created(Result<Created, CreateOrderError>),
    Settled(
        Result<Transition, SettleError>,
        Result<Option<Order>, StoreError>,
    ),
    Declined(Result<Transition, DeclineError>),
    Drawn(Result<Drawn, DrawError>, Result<Option<Order>, StoreError>),
    Redeemed(Result<Redeemed, RedeemError>),
    Swapped(Result<Redeemed, SwapError>, Result<Vec<Frozen>, StoreError>),
    Frozen(Result<Transition, StoreError>),
    Stored(Result<Option<SealedAnswer>, StoredAnswerError>),
    Answer(Result<Answer, AnswerError>),
    Publisher(
        Result<(), PutPublisherError>,
        Result<Vec<Publisher>, StoreError>,
    ),
    Manifest(
        Result<(), AppendManifestError>,
        Result<Vec<StoredManifest>, StoreError>,
    ),
    Expired(
        Result<usize, StoreError>,
        Result<Vec<ArchiveRoot>, StoreError>,
    ),
    Ended(Result<Transition, EndKeysetError>),
    Destroyed(Result<Transition, KeyDestroyedError>),
    Dropped(
        Result<usize, DropRowsError>,
        Result<Vec<EndedKeyset>, StoreError>,
    ),
    Reopened,
}

fn later(hours: u64) -> Hour {
    Hour::new(hour().number() + hours)
}

fn purchase(
    by: u64,
    small: &BTreeSet<u64>,
    large: &BTreeSet<u64>,
    change: &[u64],
    off: u64,
) -> Redemption {
    let tokens = small
        .iter()
        .map(|&n| (n, 1_000))
        .chain(large.iter().map(|&n| (20 + n, 8_000)));
    let sum: u64 = tokens.clone().map(|(_, denomination)| denomination).sum();
    let change = change.iter().map(|&n| (n, 1_000));
    let returned = 1_000 * u64::try_from(change.len()).unwrap();
    // Mostly balanced; an amount of zero cannot be asked for.
    let amount = sum.saturating_sub(returned).max(1_000) + u64::from(off == 0);
    let mut redemption = redemption(by, tokens, amount, change);
    redemption.offer = farthing_core::id::OfferHash::new(hash("offer", by % 3));
    redemption.publisher = farthing_ledger::conformance::world::publisher_id(by % 2);
    redemption
}

/// Small tokens and large ones. Small ones from number 40 on were never issued.
fn tokens_of(
    small: &BTreeSet<u64>,
    large: &BTreeSet<u64>,
) -> impl Iterator<Item = (u64, u64)> + Clone {
    let small = small.iter().map(|&n| if n < 20 { n } else { 20 + n });
    let large = large.iter().map(|&n| (20 + n, 8_000));
    small.map(|n| (n, 1_000)).chain(large)
}

/// Tokens for others of 1,000 each, mostly of the same worth.
fn renewal(by: u64, small: &BTreeSet<u64>, large: &BTreeSet<u64>, out: u64, off: bool) -> Swap {
    let tokens = tokens_of(small, large);
    let sum: u64 = tokens.clone().map(|(_, denomination)| denomination).sum();
    let count = sum / 1_000 + u64::from(off);
    swap(by, tokens, (0..count).map(|n| (out + n, 1_000)))
}

async fn send<L: Ledger>(ledger: &L, request: &Request) -> Outcome {
    match request.clone() {
        Request::Create { order, other } => {
            let mut new = new_order(order, VALUE);
            if other {
                new = NewOrder {
                    binding: binding(77),
                    ..new
                };
            }
            Outcome::Created(ledger.create_order(new, time(NOW + order)).await)
        }
        Request::Settle {
            order,
            charge,
            more,
            late,
        } => {
            let settlement = Settlement {
                reference: format!("charge-{charge}"),
                amount: micro(new_order(order, VALUE).quote.total().get() + more / 7),
                now: time(NOW + 225 * late),
                ..settlement(order, VALUE)
            };
            let settled = ledger.settle_order(settlement).await;
            Outcome::Settled(settled, ledger.order(order_id(order)).await)
        }
        Request::Decline { order } => {
            Outcome::Declined(ledger.decline_order(order_id(order), time(NOW)).await)
        }
        Request::Draw {
            order,
            pouch,
            by,
            tokens,
            denomination,
            rest,
        } => {
            let tokens = tokens.into_iter().map(|n| (1_000 + n, denomination));
            let mut draw = Draw {
                binding: binding(900 + by),
                ..draw(order, pouch, tokens)
            };
            if rest {
                draw.mix = String::new();
            }
            let drawn = ledger.draw(draw).await;
            Outcome::Drawn(drawn, ledger.order(order_id(order)).await)
        }
        Request::Redeem {
            by,
            small,
            large,
            change,
            off,
            later: hours,
        } => {
            let mut redemption = purchase(by, &small, &large, &change, off);
            redemption.hour = later(hours);
            Outcome::Redeemed(ledger.redeem(redemption).await)
        }
        Request::Swap {
            by,
            small,
            large,
            out,
            shown,
            off,
            later: hours,
        } => {
            let mut swap = renewal(by, &small, &large, out, off);
            if shown {
                let tokens = tokens_of(&small, &large);
                let shown = |wanted: &Input| {
                    let token = tokens.clone().find(|&(n, d)| input(n, d) == *wanted);
                    token.map(|(n, d)| element(n, d))
                };
                swap.evidence = swap.inputs.iter().map(shown).collect();
            }
            swap.hour = later(hours);
            Outcome::Swapped(ledger.swap(swap).await, ledger.frozen().await)
        }
        Request::Freeze {
            denomination,
            thaw: true,
        } => Outcome::Frozen(ledger.thaw(keyset(denomination), hour()).await),
        Request::Freeze { denomination, .. } => {
            let freeze = Freeze {
                promo: None,
                keyset: keyset(denomination),
                currency: eur(),
                denomination: micro(denomination),
                hour: hour(),
                reason: "a drill".into(),
            };
            Outcome::Frozen(ledger.freeze(freeze).await)
        }
        Request::Stored {
            by,
            small,
            later: hours,
        } => {
            let inputs = inputs(small.into_iter().map(|n| (n, 1_000)));
            Outcome::Stored(
                ledger
                    .stored_answer(inputs, binding(by), later(hours))
                    .await,
            )
        }
        Request::Answer {
            token,
            later: hours,
        } => {
            let input = input(token, 1_000);
            let hour = later(hours);
            Outcome::Answer(ledger.answer(input.keyset, input.nullifier, hour).await)
        }
        Request::Publisher { n, from, fee, path } => {
            let withdrawal = Withdrawal {
                path: format!("/{path}"),
                offers_valid_from: time(from),
            };
            let put = ledger.put_publisher(Publisher {
                offers_valid_from: time(from),
                fee_basis_points: fee,
                withdrawals: vec![withdrawal],
                ..publisher(n)
            });
            Outcome::Publisher(put.await, ledger.publishers().await)
        }
        Request::Manifest { n } => {
            let appended = ledger.append_manifest(NewManifest {
                n,
                head: format!("head {n}"),
                head_hash: farthing_core::id::HeadHash::new(hash("head", n)),
                body: vec![1],
                body_hash: farthing_core::id::BodyHash::new(hash("body", n)),
            });
            Outcome::Manifest(appended.await, ledger.manifests_from(1, 200).await)
        }
        Request::Expire {
            later: hours,
            limit,
        } => {
            let expired = ledger.expire_answers(later(hours), limit).await;
            Outcome::Expired(expired, ledger.archive_roots().await)
        }
        Request::End { step } => {
            let end = KeysetEnd {
                promo: None,
                keyset: keyset(8_000),
                currency: eur(),
                denomination: micro(8_000),
                hour: later(10_080),
            };
            match step {
                0 => Outcome::Ended(ledger.end_keyset(end).await),
                1 => Outcome::Destroyed(ledger.key_destroyed(end.keyset).await),
                _ => {
                    let dropped = ledger.drop_rows(end.keyset, 5).await;
                    Outcome::Dropped(dropped, ledger.ended_keysets().await)
                }
            }
        }
        Request::Reopen => Outcome::Reopened,
    }
}

/// Tokens 0 to 19 of 1,000 and 20 to 25 of 8,000, issued; so what is spent was issued, and the books must balance.
async fn issue<L: Ledger>(ledger: &L) {
    load(ledger, 0, 1_000_000).await;
    let tokens = (0..20)
        .map(|n| (n, 1_000))
        .chain((20..26).map(|n| (n, 8_000)));
    assert_eq!(ledger.draw(draw(0, 0, tokens)).await, Ok(Drawn::Done));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_does_what_the_oracle_does(requests in vec(request(), 1..60)) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ledger.sqlite");
        let oracle = MemoryLedger::new();
        let mut sqlite = SqliteLedger::open(&path).unwrap();
        block_on(issue(&oracle));
        block_on(issue(&sqlite));
        for request in &requests {
            if matches!(request, Request::Reopen) {
                drop(sqlite);
                sqlite = SqliteLedger::open(&path).unwrap();
            }
            let expected = block_on(send(&oracle, request));
            prop_assert_eq!(block_on(send(&sqlite, request)), expected);
        }
        let report = block_on(oracle.audit()).unwrap();
        prop_assert_eq!(report.difference(), 0, "{}", report);
        prop_assert_eq!(block_on(sqlite.audit()).unwrap(), report);
    }
}

proptest! {
    // Fewer: every request crosses to a server and is synced there.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 16, ..ProptestConfig::default() })]

    #[test]
    fn postgres_does_what_the_oracle_does(requests in vec(request(), 1..60)) {
        let database = Cluster::shared().database();
        let url = DatabaseUrl::parse(&database.url()).unwrap();
        let oracle = MemoryLedger::new();
        let mut postgres = PostgresLedger::open(&url).unwrap();
        block_on(issue(&oracle));
        block_on(issue(&postgres));
        for request in &requests {
            if matches!(request, Request::Reopen) {
                postgres = PostgresLedger::open(&url).unwrap();
            }
            let expected = block_on(send(&oracle, request));
            prop_assert_eq!(block_on(send(&postgres, request)), expected);
        }
        let report = block_on(oracle.audit()).unwrap();
        prop_assert_eq!(report.difference(), 0, "{}", report);
        prop_assert_eq!(block_on(postgres.audit()).unwrap(), report);
    }
}

#[test]
fn a_split_never_loses_a_micro() {
    proptest!(|(amount in 1u64..1_000_000, fee in 0u64..1_100_000, tax in 0u64..1_100_000)| {
        let micro = |n| Micro::new(n).unwrap();
        match Split::new(micro(amount), micro(fee), micro(tax)) {
            Some(split) => {
                prop_assert_eq!(split.share().get() + split.fee().get() + split.tax().get(), amount);
            }
            None => prop_assert!(fee + tax > amount),
        }
    });
    assert_eq!(Split::new(Micro::ZERO, Micro::ZERO, Micro::ZERO), None);
}
