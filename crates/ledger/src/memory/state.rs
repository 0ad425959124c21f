//! What the memory ledger holds.

use super::books::MemoryBook;
use crate::keyset_end::Stage;
use crate::order::Charge;
use crate::{
    AnswerState, Checkpoint, Hour, LedgerTime, NewManifest, Operation, Order, Publisher,
    PutPublisherError, Rebind, RecordKey,
};
use farthing_core::id::{Binding, GrantId, KeysetId, Nullifier, OfferHash, OrderId};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use farthing_core::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// A keyset's terms and counters.
#[derive(Clone, Debug)]
pub(super) struct Keyset {
    pub(super) currency: Currency,
    pub(super) denomination: Micro,
    pub(super) promo: Option<PublisherId>,
    pub(super) issued: i64,
    pub(super) spent: i64,
    pub(super) lost: i64,
    pub(super) frozen: Option<(Hour, String)>,
    pub(super) issued_dropped: i64,
    pub(super) spent_dropped: i64,
    pub(super) stage: Stage,
}

/// By what a token was spent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spent {
    pub(super) lead: Nullifier,
    pub(super) binding: Binding,
}

#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) operation: Operation,
    /// The tokens of the request.
    pub(super) inputs: Vec<(KeysetId, Nullifier)>,
    pub(super) state: AnswerState,
    pub(super) expires: Hour,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) manifests: Vec<NewManifest>,
    pub(super) promo_manifests: BTreeMap<PublisherId, Vec<NewManifest>>,
    pub(super) publishers: BTreeMap<PublisherId, Publisher>,
    pub(super) orders: BTreeMap<OrderId, Order>,
    pub(super) charges: BTreeMap<Charge, OrderId>,
    pub(super) draws: BTreeMap<(OrderId, u32), Binding>,
    pub(super) rebinds: BTreeMap<GrantId, Rebind>,
    pub(super) reserved: BTreeMap<RecordKey, BTreeSet<Binding>>,
    pub(super) keysets: BTreeMap<KeysetId, Keyset>,
    pub(super) issued: BTreeSet<(KeysetId, [u8; 32])>,
    pub(super) spent: BTreeMap<(KeysetId, Nullifier), Spent>,
    pub(super) archive: BTreeMap<KeysetId, BTreeSet<Nullifier>>,
    pub(super) answers: BTreeMap<(Nullifier, Binding), Kept>,
    pub(super) sales: BTreeMap<(PublisherId, OfferHash, u64, Currency), (i64, i64)>,
    pub(super) refunds: BTreeMap<(PublisherId, u64, Currency), (i64, i64)>,
    /// Orders whose rights were drawn.
    pub(super) rights: BTreeSet<OrderId>,
    pub(super) funding: MemoryBook,
    pub(super) usage: MemoryBook,
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) time: Option<LedgerTime>,
}

impl State {
    pub(super) fn put_publisher(&mut self, mut new: Publisher) -> Result<(), PutPublisherError> {
        if new.fee_basis_points > 10_000 {
            return Err(PutPublisherError::FeeTooHigh);
        }
        let mut paths: BTreeMap<String, Timestamp> = BTreeMap::new();
        let old = self.publishers.get(&new.origin);
        let before = old
            .map(|old| old.withdrawals.as_slice())
            .unwrap_or_default();
        for withdrawal in before.iter().chain(&new.withdrawals) {
            let from = paths.entry(withdrawal.path.clone()).or_default();
            *from = withdrawal.offers_valid_from.max(*from);
        }
        new.withdrawals = paths
            .into_iter()
            .map(|(path, offers_valid_from)| crate::Withdrawal {
                path,
                offers_valid_from,
            })
            .collect();
        let kept = old.map(|old| old.offers_valid_from).unwrap_or_default();
        new.offers_valid_from = new.offers_valid_from.max(kept);
        self.publishers.insert(new.origin.clone(), new);
        Ok(())
    }
}
