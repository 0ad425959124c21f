//! One error for each operation. `code` is the stable code of spec section 11.

use farthing_core::id::KeysetId;
use farthing_core::time::Timestamp;
use thiserror::Error;

/// The store could not do its work. The outcome of a write is unknown: repeat the same request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoreError {
    /// The store holds, or was asked to hold, what cannot be true together: a damaged file, or a fault of the caller
    /// such as one keyset under two denominations. Repeating does not help.
    #[error("the ledger is inconsistent: {0}")]
    Inconsistent(String),
    /// The ledger is an older copy of itself, or not the one it should be: nothing that creates value is done until the
    /// operator has decided. Nothing was done.
    #[error("the ledger is not the one that was left; see: farthing-issuer restore show")]
    RestoreUndecided,
    /// The disk is full, the file is locked, an input or output failed, or the ledger is shutting down.
    #[error("the ledger is unavailable: {0}")]
    Unavailable(String),
}

impl StoreError {
    /// `unavailable`, `restore_undecided` or `internal`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Inconsistent(_) => "internal",
            Self::RestoreUndecided => "restore_undecided",
            Self::Unavailable(_) => "unavailable",
        }
    }
}

/// Why a manifest was not appended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendManifestError {
    /// Its number is not one above the newest. Never caused by a request.
    #[error("the next manifest is number {expected}")]
    NotNext {
        /// The number that would be accepted.
        expected: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a checkpoint was not appended.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AppendCheckpointError {
    /// Its number is not one above the newest: another issuer made one since.
    #[error("the next checkpoint is number {expected}")]
    NotNext {
        /// The number that would be accepted.
        expected: u64,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why the ledger's time was not changed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TimeError {
    /// Time cannot go back behind a time at which something was deleted.
    #[error("something was deleted because its time was over at second {}", under.get())]
    DeletedUnder {
        /// The latest such time.
        under: Timestamp,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a publisher was not registered.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PutPublisherError {
    /// The fee is above 10,000 basis points.
    #[error("the fee is more than the price")]
    FeeTooHigh,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an order was not created.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CreateOrderError {
    /// Another request was made with the same claim key.
    #[error("another order was made with this claim key")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CreateOrderError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict => "order_conflict",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why an order was not settled. Whoever collected the money must give it back, except after `Store`.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SettleError {
    /// The amount is not the quote's total.
    #[error("the amount is not the quoted total")]
    AmountMismatch,
    /// It was settled by another charge, or is closed.
    #[error("the order was settled by another charge")]
    Conflict,
    /// It was declined.
    #[error("the order was declined")]
    Declined,
    /// The quote had run out.
    #[error("the quote has expired")]
    Expired,
    /// The charge has settled another order.
    #[error("the charge has settled another order")]
    ReferenceUsed,
    /// No such order.
    #[error("no such order")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SettleError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AmountMismatch => "amount_invalid",
            Self::Conflict | Self::Declined | Self::ReferenceUsed => "order_conflict",
            Self::Expired => "order_expired",
            Self::Unknown => "order_unknown",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why an order was not declined.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DeclineError {
    /// It is settled or closed.
    #[error("the order was settled")]
    Conflict,
    /// No such order.
    #[error("no such order")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DeclineError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Conflict => "order_conflict",
            Self::Unknown => "order_unknown",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a pouch was not drawn. Nothing changed, except that after `Store` the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DrawError {
    /// One blinded element stands twice in the request.
    #[error("a blinded element is repeated")]
    ElementRepeated,
    /// These elements (indices in the request) were evaluated before for another request.
    #[error("blinded elements were evaluated before")]
    ElementReused(Vec<usize>),
    /// These keysets are frozen and evaluate nothing.
    #[error("a keyset is frozen")]
    KeysetFrozen(Vec<KeysetId>),
    /// An element's keyset has ended.
    #[error("a keyset has ended")]
    KeysetEnded,
    /// Nothing was paid, or the order is closed.
    #[error("the order is not settled")]
    NotSettled,
    /// The pouch was drawn by another request.
    #[error("the pouch was drawn by another request")]
    PouchConflict,
    /// The elements are none, or the remainder is not all that is unminted.
    #[error("the elements are not those of the pouch")]
    PouchMismatch,
    /// The number is beyond the next, or less than the pouch's value is unminted.
    #[error("the pouch is not available")]
    PouchUnavailable,
    /// No such order.
    #[error("no such order")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DrawError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::ElementRepeated => "element_repeated",
            Self::ElementReused(_) => "element_reused",
            Self::KeysetFrozen(_) => "keyset_frozen",
            Self::KeysetEnded => "keyset_expired",
            Self::NotSettled => "order_not_settled",
            Self::PouchConflict => "pouch_conflict",
            Self::PouchMismatch => "pouch_mismatch",
            Self::PouchUnavailable => "pouch_unavailable",
            Self::Unknown => "order_unknown",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a redemption was not accepted. Nothing was spent, except that after `Store` the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RedeemError {
    /// The same request was accepted, so long ago that its answer is gone.
    #[error("the answer has expired")]
    AnswerExpired,
    /// One blinded element stands twice in the request.
    #[error("a blinded element is repeated")]
    ElementRepeated,
    /// These outputs (indices in the request) were evaluated before for another request.
    #[error("blinded elements were evaluated before")]
    ElementReused(Vec<usize>),
    /// There are no inputs, or they are not in strictly ascending order of nullifier.
    #[error("the inputs are not in ascending order")]
    InputsOrder,
    /// These keysets are frozen, or were frozen by this request because more of their tokens would have been spent than
    /// were issued.
    #[error("a keyset is frozen")]
    KeysetFrozen(Vec<KeysetId>),
    /// The keyset of an input or an output has ended.
    #[error("a keyset has ended")]
    KeysetEnded,
    /// These inputs (indices in the request) were spent before by another request.
    #[error("tokens were spent before")]
    TokenSpent(Vec<usize>),
    /// Inputs are not price plus outputs.
    #[error("inputs are not price plus change")]
    Unbalanced,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RedeemError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AnswerExpired => "answer_expired",
            Self::ElementRepeated => "element_repeated",
            Self::ElementReused(_) => "element_reused",
            Self::InputsOrder => "inputs_order",
            Self::KeysetFrozen(_) => "keyset_frozen",
            Self::KeysetEnded => "keyset_expired",
            Self::TokenSpent(_) => "token_spent",
            Self::Unbalanced => "unbalanced",
            Self::Store(error) => error.code(),
        }
    }
}

/// Why a swap was not accepted. Nothing was spent, except that after `Store` the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SwapError {
    /// The same request was accepted, so long ago that its answer is gone.
    #[error("the answer has expired")]
    AnswerExpired,
    /// One blinded element stands twice in the request.
    #[error("a blinded element is repeated")]
    ElementRepeated,
    /// These outputs (indices in the request, all groups counted through) were evaluated before for another request.
    #[error("blinded elements were evaluated before")]
    ElementReused(Vec<usize>),
    /// These inputs (indices in the request) were never issued as what they are shown to be.
    #[error("no issuance fits the evidence")]
    EvidenceUnknown(Vec<usize>),
    /// There are no inputs, or they are not in strictly ascending order of nullifier.
    #[error("the inputs are not in ascending order")]
    InputsOrder,
    /// The keyset of an input or an output has ended.
    #[error("a keyset has ended")]
    KeysetEnded,
    /// These keysets are frozen, and the request shows no issuance of their tokens or asks for new ones; or they were
    /// frozen by this request because more of their tokens would have been spent than were issued.
    #[error("a keyset is frozen")]
    KeysetFrozen(Vec<KeysetId>),
    /// These inputs (indices in the request) were spent before by another request.
    #[error("tokens were spent before")]
    TokenSpent(Vec<usize>),
    /// Inputs are not outputs.
    #[error("inputs are not outputs")]
    Unbalanced,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SwapError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AnswerExpired => "answer_expired",
            Self::ElementRepeated => "element_repeated",
            Self::ElementReused(_) => "element_reused",
            Self::EvidenceUnknown(_) => "evidence_unknown",
            Self::InputsOrder => "inputs_order",
            Self::KeysetEnded => "keyset_expired",
            Self::KeysetFrozen(_) => "keyset_frozen",
            Self::TokenSpent(_) => "token_spent",
            Self::Unbalanced => "unbalanced",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<SwapError> for RedeemError {
    fn from(error: SwapError) -> Self {
        match error {
            SwapError::AnswerExpired => Self::AnswerExpired,
            SwapError::ElementRepeated => Self::ElementRepeated,
            SwapError::ElementReused(outputs) => Self::ElementReused(outputs),
            // INVARIANT: a redemption shows no evidence.
            SwapError::EvidenceUnknown(_) => {
                StoreError::Inconsistent("a redemption was asked for evidence".into()).into()
            }
            SwapError::InputsOrder => Self::InputsOrder,
            SwapError::KeysetEnded => Self::KeysetEnded,
            SwapError::KeysetFrozen(keysets) => Self::KeysetFrozen(keysets),
            SwapError::TokenSpent(spent) => Self::TokenSpent(spent),
            SwapError::Unbalanced => Self::Unbalanced,
            SwapError::Store(error) => Self::Store(error),
        }
    }
}

/// Why there is no stored answer to repeat, although tokens were spent.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StoredAnswerError {
    /// The same request was accepted, so long ago that its answer is gone.
    #[error("the answer has expired")]
    AnswerExpired,
    /// These inputs (indices in the request) were spent before by another request.
    #[error("tokens were spent before")]
    TokenSpent(Vec<usize>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoredAnswerError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::AnswerExpired => "answer_expired",
            Self::TokenSpent(_) => "token_spent",
            Self::Store(error) => error.code(),
        }
    }
}

impl From<StoredAnswerError> for SwapError {
    fn from(error: StoredAnswerError) -> Self {
        match error {
            StoredAnswerError::AnswerExpired => Self::AnswerExpired,
            StoredAnswerError::TokenSpent(spent) => Self::TokenSpent(spent),
            StoredAnswerError::Store(error) => Self::Store(error),
        }
    }
}

/// Why nothing is told of a token.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AnswerError {
    /// It was spent so long ago that its answer is gone, and with it for what.
    #[error("the answer has expired")]
    Expired,
    /// It was never spent.
    #[error("the token was never spent")]
    Unknown,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AnswerError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Expired => "answer_expired",
            Self::Unknown => "answer_unknown",
            Self::Store(error) => error.code(),
        }
    }
}
