//! Ledgers of earlier schema versions, for the tests that bring them here.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use crate::conformance::block_on;
use crate::conformance::world::{eur, hour, keyset, micro, redemption, swap};
use crate::journal::{Book, Entry};
use crate::{
    AnswerError, Freeze, Frozen, Input, Ledger, RedeemError, Redeemed, Swap, SwapError, Transition,
};

/// The rows of a live ledger of version 4.
pub(crate) const ROWS: &str = include_str!("../tests/fixtures/version_4.sql");

/// Entries of the use journal as versions before 5 made them, which committed to nothing: each with the chain's hash.
pub(crate) fn without_commitments(entries: Vec<Entry>) -> Vec<(u64, Entry, [u8; 32])> {
    let mut head = Book::Use.genesis();
    let entries = (1..).zip(entries).map(|(seq, entry)| {
        let entry = Entry {
            detail: Vec::new(),
            ..entry
        };
        head = entry.head(seq, &head);
        (seq, entry, head)
    });
    entries.collect()
}

/// What the ledger of the fixture must be once it was brought here.
pub(crate) fn goes_on<L: Ledger>(ledger: &L) {
    let change = [(20, 1_000), (21, 2_000)];
    let bought = redemption(1, [(0, 1_000), (3, 1_000), (10, 8_000)], 7_000, change);
    let second = redemption(2, [(1, 1_000), (2, 1_000)], 2_000, []);
    let renewed = swap(3, [(4, 1_000)], [(30, 500), (31, 500)]);
    let over = redemption(4, [(5, 1_000)], 1_000, []);
    block_on(async {
        let report = ledger.audit().await.unwrap();
        assert_eq!(report.difference(), 0, "{report}");
        // The five entries that were there, and one for the keyset that is frozen.
        assert_eq!(report.usage().seq, 6);
        let [frozen] = ledger.frozen().await.unwrap().try_into().unwrap();
        let drill = Frozen {
            keyset: keyset(8_000),
            hour: hour(),
            reason: "a drill".into(),
        };
        assert_eq!(frozen, drill);

        for request in [&bought, &second] {
            let answer = Redeemed::Replayed(request.answer.clone());
            assert_eq!(ledger.redeem(request.clone()).await, Ok(answer));
            for input in &request.inputs {
                let answer = ledger.answer(input.keyset, input.nullifier, hour()).await;
                let answer = answer.unwrap();
                assert_eq!(answer.binding, request.binding);
                assert_eq!(answer.lead, request.inputs[0].nullifier);
            }
        }
        let answer = Redeemed::Replayed(renewed.answer.clone());
        assert_eq!(ledger.swap(renewed.clone()).await, Ok(answer));
        assert_eq!(ledger.redeem(over).await, Err(RedeemError::AnswerExpired));
        let twice = redemption(5, [(0, 1_000)], 1_000, []);
        let spent = Err(RedeemError::TokenSpent(vec![0]));
        assert_eq!(ledger.redeem(twice).await, spent);
        let ended = redemption(6, [(21, 2_000)], 2_000, []);
        let refused = Err(RedeemError::KeysetEnded);
        assert_eq!(ledger.redeem(ended).await, refused);

        // What is new goes beside it: purchases, freezes, and the end of answers of both versions.
        let next = redemption(7, [(6, 1_000), (20, 1_000)], 2_000, []);
        assert_eq!(ledger.redeem(next.clone()).await, Ok(Redeemed::Accepted));
        let thawed = ledger.thaw(keyset(8_000), hour()).await;
        assert_eq!(thawed, Ok(Transition::Done));
        let freeze = Freeze {
            promo: None,
            keyset: keyset(500),
            currency: eur(),
            denomination: micro(500),
            hour: hour(),
            reason: "another".into(),
        };
        assert_eq!(ledger.freeze(freeze).await, Ok(Transition::Done));
        let kept = Swap {
            evidence: vec![None],
            ..swap(8, [(30, 500)], [(40, 500)])
        };
        let refused = Err(SwapError::KeysetFrozen(vec![keyset(500)]));
        assert_eq!(ledger.swap(kept).await, refused);
        let report = ledger.audit().await.unwrap();
        assert_eq!(report.difference(), 0, "{report}");
        assert_eq!(ledger.expire_answers(bought.answer_expires, 3).await, Ok(3));
        assert_eq!(ledger.expire_answers(next.answer_expires, 9).await, Ok(1));
        let Input {
            keyset, nullifier, ..
        } = bought.inputs[1];
        let gone = ledger.answer(keyset, nullifier, hour()).await;
        assert_eq!(gone, Err(AnswerError::Expired));
        let report = ledger.audit().await.unwrap();
        assert_eq!(report.difference(), 0, "{report}");
    });
}
