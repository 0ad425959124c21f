//! The breaker: per keyset, no more tokens are spent than were issued (spec section 9, R34). Pure functions that every
//! store asks, inside the transaction that spends.

use crate::rules;
use crate::spend::Spend;
use crate::{Element, Hour, StoreError, SwapError};
use farthing_core::id::KeysetId;
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use std::collections::{BTreeMap, BTreeSet};

/// A keyset to be frozen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Which one.
    pub keyset: KeysetId,
    /// Its currency: it may never have been used.
    pub currency: Currency,
    /// Its denomination.
    pub denomination: Micro,
    /// Whose starter tokens it issues; `None` for money.
    pub promo: Option<PublisherId>,
    /// Since when.
    pub hour: Hour,
    /// Why, for people.
    pub reason: String,
}

/// A keyset that is frozen: it evaluates nothing, and its tokens pass only by swap with evidence of their issuance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frozen {
    /// Which one.
    pub keyset: KeysetId,
    /// Since when.
    pub hour: Hour,
    /// Why, for people.
    pub reason: String,
}

/// Why the breaker froze a keyset.
pub(crate) const TRIPPED: &str = "more tokens would have been spent than were issued";

/// The hour to write: none is the one that means *not frozen* in the tables.
pub(crate) fn since(hour: Hour) -> Hour {
    hour.max(Hour::new(1))
}

/// The counts of a keyset as they stand before an operation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) issued: i64,
    pub(crate) spent: i64,
    pub(crate) lost: i64,
    pub(crate) is_frozen: bool,
}

/// Why an operation does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stopped {
    /// These inputs were not issued as what they are shown to be.
    Evidence(Vec<usize>),
    /// These keysets are frozen, and the operation asks more of them than they do.
    Frozen(Vec<KeysetId>),
    /// These keysets must be frozen now.
    Tripped(Vec<KeysetId>),
}

impl Stopped {
    /// What the caller is told, whether the keysets were frozen before or are just now.
    pub(crate) fn refusal(self) -> SwapError {
        match self {
            Self::Evidence(inputs) => SwapError::EvidenceUnknown(inputs),
            Self::Frozen(keysets) | Self::Tripped(keysets) => SwapError::KeysetFrozen(keysets),
        }
    }
}

/// What an operation that passes takes out of keysets beyond what they issued.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lost(pub(crate) BTreeMap<KeysetId, (Micro, i64)>);

impl Lost {
    pub(crate) fn value(&self) -> Result<Micro, StoreError> {
        let each = self.0.values().flat_map(|(denomination, count)| {
            let count = usize::try_from(*count).unwrap_or_default();
            std::iter::repeat_n(*denomination, count)
        });
        rules::sum(each)
    }
}

/// Whether an operation passes, by the counts of its keysets and by what was issued.
///
/// A frozen keyset takes only tokens whose issuance is shown. As forged ones were spent in their place, these may be
/// more than are left of what it issued; that is the issuer's loss, and booked. Evidence that is shown must hold, also
/// where it is not needed.
pub(crate) fn check(
    spend: &Spend,
    counts: impl Fn(&KeysetId) -> Counts,
    is_issued: impl Fn(&Element) -> bool,
) -> Result<Lost, Stopped> {
    let (mut frozen, mut false_evidence) = (BTreeSet::new(), Vec::new());
    let mut used: BTreeMap<KeysetId, (Micro, i64)> = BTreeMap::new();
    for (index, input) in spend.inputs().iter().enumerate() {
        let evidence = spend.evidence(index);
        if evidence.is_none() && counts(&input.keyset).is_frozen {
            frozen.insert(input.keyset);
        }
        if evidence.is_some_and(|element| element.keyset != input.keyset || !is_issued(element)) {
            false_evidence.push(index);
        }
        let (_, count) = used.entry(input.keyset).or_insert((input.denomination, 0));
        *count = count.saturating_add(1);
    }
    let outputs = spend.outputs().iter().map(|output| output.keyset);
    frozen.extend(outputs.filter(|keyset| counts(keyset).is_frozen));
    if !frozen.is_empty() {
        return Err(Stopped::Frozen(frozen.into_iter().collect()));
    }
    if !false_evidence.is_empty() {
        return Err(Stopped::Evidence(false_evidence));
    }
    let (mut tripped, mut lost) = (Vec::new(), Lost::default());
    for (keyset, (denomination, count)) in used {
        let before = counts(&keyset);
        let left = before.issued.saturating_add(before.lost);
        let left = left.saturating_sub(before.spent);
        let excess = count.saturating_sub(left.max(0));
        if excess <= 0 {
            continue;
        }
        if before.is_frozen {
            lost.0.insert(keyset, (denomination, excess));
        } else {
            tripped.push(keyset);
        }
    }
    if tripped.is_empty() {
        Ok(lost)
    } else {
        Err(Stopped::Tripped(tripped))
    }
}

/// Which of the keysets are frozen, each named once.
pub(crate) fn frozen_of(
    keysets: impl IntoIterator<Item = KeysetId>,
    is_frozen: impl Fn(&KeysetId) -> bool,
) -> Vec<KeysetId> {
    let frozen: BTreeSet<_> = keysets.into_iter().filter(|id| is_frozen(id)).collect();
    frozen.into_iter().collect()
}
