//! Gifts: each is bound to another key once, and then listed until its access is over.

use super::concurrently;
use super::world::{NOW, binding, grant, hash, hour, time};
use crate::{
    Hour, Ledger, Rebind, RebindError, Rebound, RecordKey, Reservation, SealedAnswer, TimeError,
    TimeStep,
};
use farthing_core::id::GrantId;
use std::sync::Arc;

/// Grant number `n`, whose access ends at `ends`, bound to another key by request number `request`.
#[must_use]
pub fn rebind(n: u64, request: u64, ends: Option<Hour>) -> Rebind {
    Rebind {
        grant: grant(n),
        ends,
        binding: binding(request),
        answer: SealedAnswer::new(hash("rebound", request).to_vec()),
    }
}

fn sorted(grants: impl IntoIterator<Item = u64>) -> Vec<GrantId> {
    let mut grants: Vec<GrantId> = grants.into_iter().map(grant).collect();
    grants.sort_unstable();
    grants
}

/// The first request counts; it is answered again, whatever it is answered then, and another is refused.
pub async fn the_first_request_counts<L: Ledger>(ledger: Arc<L>) {
    let first = rebind(1, 1, None);
    assert_eq!(ledger.rebound(grant(1), binding(1)).await, Ok(None));
    assert_eq!(ledger.rebind(first.clone()).await, Ok(Rebound::Done));
    let again = Rebind {
        answer: SealedAnswer::new(vec![9]),
        ends: Some(hour()),
        ..first.clone()
    };
    let answer = first.answer.clone();
    assert_eq!(
        ledger.rebind(again).await,
        Ok(Rebound::Replayed(answer.clone()))
    );
    assert_eq!(ledger.rebound(grant(1), binding(1)).await, Ok(Some(answer)));
    let refused = Err(RebindError::Rebound);
    assert_eq!(ledger.rebind(rebind(1, 2, None)).await, refused);
    let refused = Err(RebindError::Rebound);
    assert_eq!(ledger.rebound(grant(1), binding(2)).await, refused);
    assert_eq!(ledger.rebind(rebind(2, 2, None)).await, Ok(Rebound::Done));
}

/// Of many requests for one gift one gets it, and its repetition gets the same.
pub async fn of_concurrent_claims_one_is_first<L: Ledger>(ledger: Arc<L>) {
    let results = concurrently(8, |n| ledger.rebind(rebind(1, n / 2, None)));
    let done = results
        .iter()
        .filter(|result| **result == Ok(Rebound::Done));
    assert_eq!(done.count(), 1);
    let replayed = results
        .iter()
        .filter(|result| matches!(result, Ok(Rebound::Replayed(_))));
    assert_eq!(replayed.count(), 1);
    let refused = results
        .iter()
        .filter(|result| **result == Err(RebindError::Rebound));
    assert_eq!(refused.count(), 6);
    assert_eq!(ledger.revoked(None, 10).await, Ok(vec![grant(1)]));
}

/// No entry of a journal: a right changes hands, and no money moves.
pub async fn a_rebind_moves_no_journal<L: Ledger>(ledger: Arc<L>) {
    let before = ledger.standing().await;
    ledger.rebind(rebind(1, 1, None)).await.expect("a rebind");
    assert_eq!(ledger.standing().await, before);
}

/// The list is read in pages, in the order of the ids.
pub async fn what_was_given_up_is_listed<L: Ledger>(ledger: Arc<L>) {
    assert_eq!(ledger.revoked(None, 10).await, Ok(Vec::new()));
    for n in 0..7 {
        let ends = (n % 2 == 0).then(hour);
        ledger.rebind(rebind(n, n, ends)).await.expect("a rebind");
    }
    let all = sorted(0..7);
    assert_eq!(ledger.revoked(None, 10).await.as_ref(), Ok(&all));
    let (first, rest) = all.split_at(3);
    assert_eq!(ledger.revoked(None, 3).await, Ok(first.to_vec()));
    let last = first.last().copied();
    assert_eq!(ledger.revoked(last, 10).await, Ok(rest.to_vec()));
    let end = all.last().copied();
    assert_eq!(ledger.revoked(end, 10).await, Ok(Vec::new()));
}

/// A record goes when the access is over that was given, a few at a time, and time cannot go back behind that.
pub async fn a_record_goes_with_its_access<L: Ledger>(ledger: Arc<L>) {
    let now = TimeStep::Keep {
        mark: time(NOW),
        era: "a run".into(),
        reading: 1,
        decision: 0,
        until: time(NOW),
    };
    ledger.ledger_time(now).await.expect("a store");
    let after = |hours| Hour::new(hour().number() + hours);
    for n in 0..3 {
        let rebind = rebind(n, n, Some(after(n)));
        ledger.rebind(rebind).await.expect("a rebind");
    }
    ledger.rebind(rebind(3, 3, None)).await.expect("a rebind");
    let before = Hour::new(hour().number() - 1);
    assert_eq!(ledger.drop_rebinds(before, 10).await, Ok(0));
    assert_eq!(ledger.drop_rebinds(after(1), 1).await, Ok(1));
    assert_eq!(ledger.drop_rebinds(after(1), 10).await, Ok(1));
    assert_eq!(ledger.drop_rebinds(after(1), 10).await, Ok(0));
    assert_eq!(ledger.revoked(None, 10).await, Ok(sorted([2, 3])));
    let far = Hour::new(u64::from(u32::MAX / 4));
    assert_eq!(ledger.drop_rebinds(far, 10).await, Ok(1));
    assert_eq!(ledger.revoked(None, 10).await, Ok(vec![grant(3)]));
    let back = TimeStep::Decide {
        mark: time(1),
        era: "a run".into(),
        reading: 1,
    };
    let refused = ledger.ledger_time(back).await;
    let under = far.begins();
    assert_eq!(refused, Err(TimeError::DeletedUnder { under }));
}

/// After a restore a gift is for who claimed it in the state that is lost.
pub async fn a_reserved_gift_is_for_its_request_only<L: Ledger>(ledger: Arc<L>) {
    let reservation = Reservation {
        key: RecordKey::rebind(&grant(1)),
        binding: binding(1),
    };
    assert_eq!(ledger.reserve(vec![reservation]).await, Ok(1));
    let refused = Err(RebindError::Rebound);
    assert_eq!(ledger.rebind(rebind(1, 2, None)).await, refused);
    assert_eq!(ledger.revoked(None, 10).await, Ok(Vec::new()));
    assert_eq!(ledger.rebind(rebind(1, 1, None)).await, Ok(Rebound::Done));
}
