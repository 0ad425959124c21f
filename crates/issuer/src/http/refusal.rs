//! Refusals, and the one place where an error of whatever operation becomes a code.

use super::code::Code;
use super::problem::{Extra, Problem};
use crate::usecase::answer::AnswerRefusal;
use crate::usecase::draw::DrawRefusal;
use crate::usecase::find::FindRefusal;
use crate::usecase::order::OrderRefusal;
use crate::usecase::promo::PromoRefusal;
use crate::usecase::rebind::RebindRefusal;
use crate::usecase::redeem::RedeemRefusal;
use crate::usecase::refund::RefundRefusal;
use crate::usecase::restore::RestoreRefusal;
use crate::usecase::revocations::RevocationsRefusal;
use crate::usecase::settle::SettleRefusal;
use crate::usecase::spent::SpentRefusal;
use crate::usecase::swap::SwapRefusal;
use farthing_core::json::Malformed;
use farthing_core::offer::OfferError;
use farthing_core::request::RequestError;
use farthing_ledger::{
    AnswerError, CreateOrderError, DeclineError, DrawError, GrantPromoError, RebindError,
    RedeemError, RefundError, SettleError, SpentError, StoreError, StoredAnswerError, SwapError,
};

/// Why a request is refused, whoever refused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Request(RequestError),
    Order(OrderRefusal),
    Draw(DrawRefusal),
    Rebind(RebindRefusal),
    Promo(PromoRefusal),
    Redeem(RedeemRefusal),
    Refund(RefundRefusal),
    Revocations(RevocationsRefusal),
    Swap(SwapRefusal),
    Answer(AnswerRefusal),
    Restore(RestoreRefusal),
    Find(FindRefusal),
    Spent(SpentRefusal),
    Settle(SettleRefusal),
    Store(StoreError),
    WebhookSignature,
    OrderUnknown,
    ManifestUnknown,
    KeysetUnknown,
    NotFound,
    MethodNotAllowed,
    MediaType,
    Timeout,
    TooLarge,
    RateLimited { retry_after: u64 },
    Overloaded,
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<Malformed> for Refusal {
    fn from(error: Malformed) -> Self {
        Self::Request(error.into())
    }
}

impl From<RedeemRefusal> for Refusal {
    fn from(refusal: RedeemRefusal) -> Self {
        match refusal {
            RedeemRefusal::Request(error) => Self::Request(error),
            refusal => Self::Redeem(refusal),
        }
    }
}

/// The one mapping from refusals to codes. No arm catches the rest: a new refusal does not compile without a code.
#[expect(clippy::too_many_lines, reason = "one table, to be read in one go")]
pub(super) fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Redeem(RedeemRefusal::Request(error)) => problem(error.into()),
        Refusal::Request(RequestError::Malformed(Malformed(detail))) => Problem {
            detail: Some(detail),
            ..Code::Malformed.into()
        },
        Refusal::Request(RequestError::ElementInvalid) => Code::ElementInvalid.into(),
        Refusal::Request(RequestError::InputsOrder)
        | Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::InputsOrder))
        | Refusal::Swap(SwapRefusal::Swap(SwapError::InputsOrder))
        | Refusal::Refund(RefundRefusal::Refund(RefundError::Spend(SwapError::InputsOrder))) => {
            Code::InputsOrder.into()
        }
        Refusal::Request(RequestError::ElementRepeated)
        | Refusal::Draw(DrawRefusal::Draw(DrawError::ElementRepeated))
        | Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::ElementRepeated))
        | Refusal::Swap(SwapRefusal::Swap(SwapError::ElementRepeated))
        | Refusal::Refund(RefundRefusal::Refund(RefundError::Spend(SwapError::ElementRepeated))) => {
            Code::ElementRepeated.into()
        }
        Refusal::Request(RequestError::Unsupported)
        | Refusal::Order(OrderRefusal::Unsupported)
        | Refusal::Refund(RefundRefusal::Unsupported)
        | Refusal::Redeem(
            RedeemRefusal::Unsupported | RedeemRefusal::Offer(OfferError::Unsupported),
        ) => Code::Unsupported.into(),
        // An audience is a matter of pages: the issuer asks for none, so that error would be of a damaged offer.
        Refusal::Request(RequestError::OfferInvalid)
        | Refusal::Redeem(
            RedeemRefusal::OfferInvalid
            | RedeemRefusal::Offer(OfferError::Invalid | OfferError::Audience),
        ) => Code::OfferInvalid.into(),

        Refusal::Find(FindRefusal::Signature)
        | Refusal::Order(OrderRefusal::Signature)
        | Refusal::Promo(PromoRefusal::Signature)
        | Refusal::Draw(DrawRefusal::Signature) => Code::ClaimSignature.into(),
        Refusal::Order(OrderRefusal::TermsChanged) => Code::TermsChanged.into(),
        Refusal::Order(OrderRefusal::PocketLimit) => Code::PocketLimit.into(),
        Refusal::Order(OrderRefusal::AmountInvalid)
        | Refusal::Promo(PromoRefusal::AmountInvalid)
        | Refusal::Settle(
            SettleRefusal::CurrencyMismatch | SettleRefusal::Settle(SettleError::AmountMismatch),
        ) => Code::AmountInvalid.into(),
        Refusal::Promo(PromoRefusal::Grant(GrantPromoError::BudgetSpent)) => {
            Code::PromoSpent.into()
        }
        Refusal::Order(OrderRefusal::Create(CreateOrderError::Conflict))
        | Refusal::Promo(PromoRefusal::Grant(GrantPromoError::Conflict))
        | Refusal::Settle(
            SettleRefusal::Settle(
                SettleError::Conflict | SettleError::Declined | SettleError::ReferenceUsed,
            )
            | SettleRefusal::Decline(DeclineError::Conflict),
        ) => Code::OrderConflict.into(),

        Refusal::OrderUnknown
        | Refusal::Find(FindRefusal::Unknown)
        | Refusal::Draw(DrawRefusal::OrderUnknown | DrawRefusal::Draw(DrawError::Unknown))
        | Refusal::Settle(
            SettleRefusal::OrderUnknown
            | SettleRefusal::Settle(SettleError::Unknown)
            | SettleRefusal::Decline(DeclineError::Unknown),
        ) => Code::OrderUnknown.into(),
        Refusal::Draw(DrawRefusal::NotSettled | DrawRefusal::Draw(DrawError::NotSettled)) => {
            Code::OrderNotSettled.into()
        }
        Refusal::Draw(DrawRefusal::OrderExpired)
        | Refusal::Settle(SettleRefusal::Settle(SettleError::Expired)) => Code::OrderExpired.into(),
        Refusal::Draw(DrawRefusal::MixUnknown) => Code::MixUnknown.into(),
        Refusal::Draw(DrawRefusal::PouchMismatch | DrawRefusal::Draw(DrawError::PouchMismatch)) => {
            Code::PouchMismatch.into()
        }
        Refusal::Draw(DrawRefusal::Draw(DrawError::PouchConflict)) => Code::PouchConflict.into(),
        Refusal::Draw(DrawRefusal::Draw(DrawError::PouchUnavailable)) => {
            Code::PouchUnavailable.into()
        }

        Refusal::Draw(DrawRefusal::KeysetUnknown)
        | Refusal::Redeem(RedeemRefusal::KeysetUnknown)
        | Refusal::Swap(SwapRefusal::KeysetUnknown)
        | Refusal::Refund(RefundRefusal::KeysetUnknown)
        | Refusal::Restore(RestoreRefusal::KeysetUnknown)
        | Refusal::Answer(AnswerRefusal::KeysetUnknown) => Code::KeysetUnknown.into(),
        Refusal::Draw(DrawRefusal::KeysetNotMintable { manifest })
        | Refusal::Redeem(RedeemRefusal::KeysetNotMintable { manifest })
        | Refusal::Refund(RefundRefusal::KeysetNotMintable { manifest })
        | Refusal::Swap(SwapRefusal::KeysetNotMintable { manifest }) => {
            Problem::new(Code::KeysetNotMintable, Extra::Manifest(manifest))
        }
        Refusal::Draw(DrawRefusal::Draw(DrawError::ElementReused(elements)))
        | Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::ElementReused(elements)))
        | Refusal::Refund(RefundRefusal::Refund(RefundError::Spend(SwapError::ElementReused(
            elements,
        ))))
        | Refusal::Swap(SwapRefusal::Swap(SwapError::ElementReused(elements))) => {
            Problem::new(Code::ElementReused, Extra::Elements(elements))
        }
        Refusal::Draw(DrawRefusal::Draw(DrawError::KeysetFrozen(keysets)))
        | Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::KeysetFrozen(keysets)))
        | Refusal::Refund(RefundRefusal::Refund(RefundError::Spend(SwapError::KeysetFrozen(
            keysets,
        ))))
        | Refusal::Swap(SwapRefusal::Swap(SwapError::KeysetFrozen(keysets))) => {
            Problem::new(Code::KeysetFrozen, Extra::Keysets(keysets))
        }
        Refusal::Swap(SwapRefusal::Swap(SwapError::EvidenceUnknown(inputs)))
        | Refusal::Refund(RefundRefusal::Refund(RefundError::Spend(SwapError::EvidenceUnknown(
            inputs,
        )))) => Problem::new(Code::EvidenceUnknown, Extra::Inputs(inputs)),
        Refusal::Redeem(RedeemRefusal::TokenInvalid { index })
        | Refusal::Swap(SwapRefusal::TokenInvalid { index }) => {
            Problem::new(Code::TokenInvalid, Extra::Index(index))
        }
        Refusal::Answer(AnswerRefusal::TokenInvalid)
        | Refusal::Refund(RefundRefusal::TokenInvalid) => {
            Problem::new(Code::TokenInvalid, Extra::Index(0))
        }
        Refusal::Redeem(
            RedeemRefusal::StoredAnswer(StoredAnswerError::TokenSpent(spent))
            | RedeemRefusal::Redeem(RedeemError::TokenSpent(spent)),
        )
        | Refusal::Swap(
            SwapRefusal::StoredAnswer(StoredAnswerError::TokenSpent(spent))
            | SwapRefusal::Swap(SwapError::TokenSpent(spent)),
        )
        | Refusal::Refund(
            RefundRefusal::StoredAnswer(StoredAnswerError::TokenSpent(spent))
            | RefundRefusal::Refund(RefundError::Spend(SwapError::TokenSpent(spent))),
        ) => Problem::new(Code::TokenSpent, Extra::Spent(spent)),
        Refusal::Redeem(
            RedeemRefusal::StoredAnswer(StoredAnswerError::AnswerExpired)
            | RedeemRefusal::Redeem(RedeemError::AnswerExpired),
        )
        | Refusal::Swap(
            SwapRefusal::StoredAnswer(StoredAnswerError::AnswerExpired)
            | SwapRefusal::Swap(SwapError::AnswerExpired),
        )
        | Refusal::Refund(
            RefundRefusal::StoredAnswer(StoredAnswerError::AnswerExpired)
            | RefundRefusal::Refund(RefundError::Spend(SwapError::AnswerExpired)),
        )
        | Refusal::Answer(AnswerRefusal::Expired | AnswerRefusal::Answer(AnswerError::Expired)) => {
            Code::AnswerExpired.into()
        }
        Refusal::Draw(DrawRefusal::Draw(DrawError::KeysetEnded))
        | Refusal::Redeem(
            RedeemRefusal::KeysetExpired | RedeemRefusal::Redeem(RedeemError::KeysetEnded),
        )
        | Refusal::Refund(
            RefundRefusal::KeysetExpired
            | RefundRefusal::Refund(RefundError::Spend(SwapError::KeysetEnded)),
        )
        | Refusal::Swap(SwapRefusal::KeysetExpired | SwapRefusal::Swap(SwapError::KeysetEnded)) => {
            Code::KeysetExpired.into()
        }
        Refusal::Redeem(RedeemRefusal::PublisherUnknown)
        | Refusal::Promo(PromoRefusal::PublisherUnknown) => Code::PublisherUnknown.into(),
        Refusal::Redeem(RedeemRefusal::TokenNotForPublisher) => Code::TokenNotForPublisher.into(),
        Refusal::Redeem(RedeemRefusal::Offer(OfferError::Expired)) => Code::OfferExpired.into(),
        Refusal::Redeem(RedeemRefusal::OfferWithdrawn) => Code::OfferWithdrawn.into(),
        Refusal::Redeem(RedeemRefusal::PriceMismatch) => Code::PriceMismatch.into(),
        Refusal::Redeem(RedeemRefusal::PriceNotPayable) => Code::PriceNotPayable.into(),
        Refusal::Redeem(RedeemRefusal::PriceLimit) => Code::PriceLimit.into(),
        Refusal::Redeem(
            RedeemRefusal::Unbalanced | RedeemRefusal::Redeem(RedeemError::Unbalanced),
        )
        | Refusal::Refund(
            RefundRefusal::Unbalanced
            | RefundRefusal::Refund(RefundError::Spend(SwapError::Unbalanced)),
        )
        | Refusal::Swap(SwapRefusal::Unbalanced | SwapRefusal::Swap(SwapError::Unbalanced)) => {
            Code::Unbalanced.into()
        }
        Refusal::Redeem(RedeemRefusal::SealingKeyUnknown) => Code::SealingKeyUnknown.into(),
        Refusal::Redeem(RedeemRefusal::WrapInvalid) => Code::WrapInvalid.into(),
        Refusal::Redeem(RedeemRefusal::KeyMismatch) => Code::KeyMismatch.into(),
        Refusal::Answer(AnswerRefusal::Answer(AnswerError::Unknown)) => Code::AnswerUnknown.into(),

        Refusal::Spent(SpentRefusal::Spent(SpentError::PrefixLength { bits })) => {
            Problem::new(Code::PrefixLength, Extra::Bits(bits))
        }

        Refusal::Refund(RefundRefusal::GrantInvalid) => Code::GrantInvalid.into(),
        Refusal::Refund(RefundRefusal::Signature) => Code::GrantSignature.into(),
        Refusal::Refund(RefundRefusal::Over) => Code::RefundOver.into(),
        Refusal::Refund(RefundRefusal::Refund(RefundError::BudgetSpent)) => {
            Code::RefundBudget.into()
        }
        Refusal::Refund(RefundRefusal::Refund(RefundError::GrantRevoked)) => {
            Code::GrantRevoked.into()
        }
        Refusal::Rebind(RebindRefusal::GrantInvalid) => Code::GrantInvalid.into(),
        Refusal::Rebind(RebindRefusal::Signature) => Code::GrantSignature.into(),
        Refusal::Rebind(RebindRefusal::Expired) => Code::GrantExpired.into(),
        Refusal::Rebind(RebindRefusal::Rebind(RebindError::Rebound)) => Code::GrantRebound.into(),

        Refusal::WebhookSignature => Code::WebhookSignature.into(),
        Refusal::ManifestUnknown => Code::ManifestUnknown.into(),
        Refusal::KeysetUnknown
        | Refusal::Spent(
            SpentRefusal::KeysetUnknown | SpentRefusal::Spent(SpentError::KeyDestroyed),
        ) => Code::KeysetUnknownInPath.into(),
        Refusal::NotFound => Code::NotFound.into(),
        Refusal::MethodNotAllowed => Code::MethodNotAllowed.into(),
        Refusal::MediaType => Code::MediaType.into(),
        Refusal::Timeout => Code::Timeout.into(),
        Refusal::TooLarge => Code::TooLarge.into(),
        Refusal::RateLimited { retry_after } => {
            Problem::new(Code::RateLimited, Extra::RetryAfter(retry_after))
        }

        Refusal::Store(StoreError::RestoreUndecided)
        | Refusal::Restore(RestoreRefusal::Store(StoreError::RestoreUndecided))
        | Refusal::Rebind(RebindRefusal::Rebind(RebindError::Store(
            StoreError::RestoreUndecided,
        )))
        | Refusal::Revocations(RevocationsRefusal::Store(StoreError::RestoreUndecided))
        | Refusal::Find(FindRefusal::Store(StoreError::RestoreUndecided))
        | Refusal::Spent(SpentRefusal::Spent(SpentError::Store(StoreError::RestoreUndecided)))
        | Refusal::Order(
            OrderRefusal::Store(StoreError::RestoreUndecided)
            | OrderRefusal::Create(CreateOrderError::Store(StoreError::RestoreUndecided)),
        )
        | Refusal::Promo(
            PromoRefusal::Store(StoreError::RestoreUndecided)
            | PromoRefusal::Grant(GrantPromoError::Store(StoreError::RestoreUndecided)),
        )
        | Refusal::Draw(
            DrawRefusal::Store(StoreError::RestoreUndecided)
            | DrawRefusal::Draw(DrawError::Store(StoreError::RestoreUndecided)),
        )
        | Refusal::Redeem(
            RedeemRefusal::Store(StoreError::RestoreUndecided)
            | RedeemRefusal::Redeem(RedeemError::Store(StoreError::RestoreUndecided))
            | RedeemRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::RestoreUndecided)),
        )
        | Refusal::Refund(
            RefundRefusal::Refund(RefundError::Spend(SwapError::Store(
                StoreError::RestoreUndecided,
            )))
            | RefundRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::RestoreUndecided)),
        )
        | Refusal::Swap(
            SwapRefusal::Swap(SwapError::Store(StoreError::RestoreUndecided))
            | SwapRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::RestoreUndecided)),
        )
        | Refusal::Answer(AnswerRefusal::Answer(AnswerError::Store(
            StoreError::RestoreUndecided,
        )))
        | Refusal::Settle(
            SettleRefusal::Store(StoreError::RestoreUndecided)
            | SettleRefusal::Settle(SettleError::Store(StoreError::RestoreUndecided))
            | SettleRefusal::Decline(DeclineError::Store(StoreError::RestoreUndecided)),
        ) => Code::RestoreUndecided.into(),

        Refusal::Store(StoreError::Unavailable(_))
        | Refusal::Restore(
            RestoreRefusal::Store(StoreError::Unavailable(_)) | RestoreRefusal::KeyLacking,
        )
        | Refusal::Rebind(
            RebindRefusal::Rebind(RebindError::Store(StoreError::Unavailable(_)))
            | RebindRefusal::KeyLacking,
        )
        | Refusal::Revocations(
            RevocationsRefusal::Store(StoreError::Unavailable(_)) | RevocationsRefusal::KeyLacking,
        )
        | Refusal::Find(FindRefusal::Store(StoreError::Unavailable(_)))
        | Refusal::Spent(
            SpentRefusal::Spent(SpentError::Store(StoreError::Unavailable(_)))
            | SpentRefusal::KeyLacking,
        )
        | Refusal::Order(
            OrderRefusal::Store(StoreError::Unavailable(_))
            | OrderRefusal::Create(CreateOrderError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Promo(
            PromoRefusal::Store(StoreError::Unavailable(_))
            | PromoRefusal::Grant(GrantPromoError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Draw(
            DrawRefusal::Store(StoreError::Unavailable(_))
            | DrawRefusal::Draw(DrawError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Redeem(
            RedeemRefusal::Store(StoreError::Unavailable(_))
            | RedeemRefusal::Redeem(RedeemError::Store(StoreError::Unavailable(_)))
            | RedeemRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Refund(
            RefundRefusal::Refund(RefundError::Spend(SwapError::Store(StoreError::Unavailable(_))))
            | RefundRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Unavailable(_)))
            | RefundRefusal::KeyLacking,
        )
        | Refusal::Swap(
            SwapRefusal::Swap(SwapError::Store(StoreError::Unavailable(_)))
            | SwapRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Answer(AnswerRefusal::Answer(AnswerError::Store(StoreError::Unavailable(_))))
        | Refusal::Settle(
            SettleRefusal::Store(StoreError::Unavailable(_))
            | SettleRefusal::Settle(SettleError::Store(StoreError::Unavailable(_)))
            | SettleRefusal::Decline(DeclineError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Order(OrderRefusal::KeyLacking)
        | Refusal::Draw(DrawRefusal::KeyLacking)
        | Refusal::Redeem(RedeemRefusal::KeyLacking)
        | Refusal::Swap(SwapRefusal::KeyLacking)
        | Refusal::Answer(AnswerRefusal::KeyLacking)
        | Refusal::Overloaded => Code::Unavailable.into(),

        Refusal::Store(StoreError::Inconsistent(_))
        | Refusal::Restore(
            RestoreRefusal::Store(StoreError::Inconsistent(_)) | RestoreRefusal::Internal(_),
        )
        | Refusal::Rebind(
            RebindRefusal::Rebind(RebindError::Store(StoreError::Inconsistent(_)))
            | RebindRefusal::Internal(_),
        )
        | Refusal::Revocations(
            RevocationsRefusal::Store(StoreError::Inconsistent(_))
            | RevocationsRefusal::Internal(_),
        )
        | Refusal::Find(
            FindRefusal::Store(StoreError::Inconsistent(_)) | FindRefusal::Internal(_),
        )
        | Refusal::Spent(
            SpentRefusal::Spent(SpentError::Store(StoreError::Inconsistent(_)))
            | SpentRefusal::Internal(_),
        )
        | Refusal::Order(
            OrderRefusal::Store(StoreError::Inconsistent(_))
            | OrderRefusal::Create(CreateOrderError::Store(StoreError::Inconsistent(_)))
            | OrderRefusal::Internal(_),
        )
        | Refusal::Promo(
            PromoRefusal::Store(StoreError::Inconsistent(_))
            | PromoRefusal::Grant(GrantPromoError::Store(StoreError::Inconsistent(_)))
            | PromoRefusal::Internal(_),
        )
        | Refusal::Draw(
            DrawRefusal::Store(StoreError::Inconsistent(_))
            | DrawRefusal::Draw(DrawError::Store(StoreError::Inconsistent(_)))
            | DrawRefusal::Internal(_),
        )
        | Refusal::Redeem(
            RedeemRefusal::Store(StoreError::Inconsistent(_))
            | RedeemRefusal::Redeem(RedeemError::Store(StoreError::Inconsistent(_)))
            | RedeemRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Inconsistent(_)))
            | RedeemRefusal::Internal(_),
        )
        | Refusal::Refund(
            RefundRefusal::Refund(RefundError::Spend(SwapError::Store(StoreError::Inconsistent(
                _,
            ))))
            | RefundRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Inconsistent(_)))
            | RefundRefusal::Internal(_),
        )
        | Refusal::Swap(
            SwapRefusal::Swap(SwapError::Store(StoreError::Inconsistent(_)))
            | SwapRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Inconsistent(_)))
            | SwapRefusal::Internal(_),
        )
        | Refusal::Answer(
            AnswerRefusal::Answer(AnswerError::Store(StoreError::Inconsistent(_)))
            | AnswerRefusal::Internal(_),
        )
        | Refusal::Settle(
            SettleRefusal::Store(StoreError::Inconsistent(_))
            | SettleRefusal::Settle(SettleError::Store(StoreError::Inconsistent(_)))
            | SettleRefusal::Decline(DeclineError::Store(StoreError::Inconsistent(_))),
        ) => Code::Internal.into(),
    }
}
