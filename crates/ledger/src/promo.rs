//! Starter value: what a publisher gives away, worth something only there and never money.

use crate::{Hour, KeysetEnd, NewOrder, Order, Settlement, StoreError};
use core::ops::Range;
use farthing_core::money::Currency;
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::time::{HOUR, Timestamp};
use thiserror::Error;

/// Who stands where a payment provider does for money.
pub(crate) const PROVIDER: &str = "promo";

/// Starter value to be given: an order that is settled as soon as it is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromoGrant {
    /// The order, which names the publisher, and has neither fee nor tax.
    pub order: NewOrder,
    /// How many orders the publisher gives on one day (UTC).
    pub per_day: u32,
    /// The issuer's clock.
    pub now: Timestamp,
}

/// Why starter value was not given. Nothing changed, except that after `Store` the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GrantPromoError {
    /// The publisher has given what it gives on this day.
    #[error("the publisher gives no more today")]
    BudgetSpent,
    /// Another request was made with the same claim key.
    #[error("another order was made with this claim key")]
    Conflict,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl GrantPromoError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::BudgetSpent => "promo_spent",
            Self::Conflict => "order_conflict",
            Self::Store(error) => error.code(),
        }
    }
}

/// The seconds of the day on which something is given.
pub(crate) fn day(now: Timestamp) -> Range<u64> {
    let first = |day: u64| day.saturating_mul(24).saturating_mul(HOUR);
    let day = Hour::of(now).day();
    first(day)..first(day.saturating_add(1))
}

impl PromoGrant {
    /// What settles it: nobody's charge, named by the order itself.
    pub(crate) fn settlement(&self) -> Settlement {
        Settlement {
            order: self.order.id,
            provider: PROVIDER.into(),
            reference: farthing_core::bytes::to_b64u(self.order.id.bytes()),
            amount: self.order.quote.total(),
            now: self.now,
        }
    }
}

/// What tokens of one operation have in common: a keyset has both, and never changes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tender<'a> {
    pub(crate) currency: Currency,
    /// Whose starter tokens they are; `None` for money.
    pub(crate) promo: Option<&'a PublisherId>,
}

impl Tender<'_> {
    /// As a column holds it: empty for money.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn promo_text(&self) -> &str {
        text(self.promo)
    }
}

/// As a column holds it: empty for money.
pub(crate) fn text(promo: Option<&PublisherId>) -> &str {
    promo.map_or("", PublisherId::as_str)
}

/// Reads that.
pub(crate) fn parse(text: &str) -> Option<Option<PublisherId>> {
    if text.is_empty() {
        return Some(None);
    }
    // Admitted when it was registered.
    PublisherId::parse(text, OriginPolicy::LoopbackHttp).map(Some)
}

impl Order {
    pub(crate) const fn tender(&self) -> Tender<'_> {
        Tender {
            currency: self.terms.currency,
            promo: self.terms.promo.as_ref(),
        }
    }
}

impl KeysetEnd {
    pub(crate) const fn tender(&self) -> Tender<'_> {
        Tender {
            currency: self.currency,
            promo: self.promo.as_ref(),
        }
    }
}

impl crate::Freeze {
    pub(crate) const fn tender(&self) -> Tender<'_> {
        Tender {
            currency: self.currency,
            promo: self.promo.as_ref(),
        }
    }
}
