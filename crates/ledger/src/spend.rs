//! What every operation that spends tokens has in common: the stores know one way of spending.

use crate::journal::Entry;
use crate::promo::Tender;
use crate::{
    Element, Hour, Input, Operation, Redemption, Refund, SealedAnswer, Split, StoreError, Swap,
    event,
};
use farthing_core::id::{Binding, KeysetId, OfferHash};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;

/// An operation that spends tokens.
#[derive(Clone)]
pub(crate) enum Spend {
    Redeem(Redemption),
    Refund(Refund),
    Swap(Swap),
}

/// What was sold.
#[derive(Clone, Copy)]
pub(crate) struct Sale<'a> {
    pub(crate) publisher: &'a PublisherId,
    pub(crate) offer: OfferHash,
    pub(crate) amount: Micro,
}

impl Spend {
    pub(crate) const fn operation(&self) -> Operation {
        match self {
            Self::Redeem(_) => Operation::Redeem,
            Self::Refund(_) => Operation::Refund,
            Self::Swap(_) => Operation::Swap,
        }
    }

    pub(crate) const fn binding(&self) -> Binding {
        match self {
            Self::Redeem(redemption) => redemption.binding,
            Self::Refund(refund) => refund.binding,
            Self::Swap(swap) => swap.binding,
        }
    }

    pub(crate) const fn currency(&self) -> Currency {
        match self {
            Self::Redeem(redemption) => redemption.currency,
            Self::Refund(refund) => refund.currency,
            Self::Swap(swap) => swap.currency,
        }
    }

    /// Whose starter tokens it spends and makes; `None` for money.
    pub(crate) fn promo(&self) -> Option<&PublisherId> {
        match self {
            Self::Redeem(redemption) => redemption.promo.then_some(&redemption.publisher),
            Self::Refund(_) => None,
            Self::Swap(swap) => swap.promo.as_ref(),
        }
    }

    /// What all its tokens have in common.
    pub(crate) fn tender(&self) -> Tender<'_> {
        Tender {
            currency: self.currency(),
            promo: self.promo(),
        }
    }

    pub(crate) fn inputs(&self) -> &[Input] {
        match self {
            Self::Redeem(redemption) => &redemption.inputs,
            Self::Refund(refund) => core::slice::from_ref(&refund.right),
            Self::Swap(swap) => &swap.inputs,
        }
    }

    /// The element that the input of that index was issued as, if that was shown.
    pub(crate) fn evidence(&self, index: usize) -> Option<&Element> {
        match self {
            Self::Redeem(_) | Self::Refund(_) => None,
            Self::Swap(swap) => swap.evidence.get(index)?.as_ref(),
        }
    }

    /// Every element that was shown.
    pub(crate) fn all_evidence(&self) -> impl Iterator<Item = &Element> {
        let shown = match self {
            Self::Redeem(_) | Self::Refund(_) => &[],
            Self::Swap(swap) => swap.evidence.as_slice(),
        };
        shown.iter().flatten()
    }

    pub(crate) fn outputs(&self) -> &[Element] {
        match self {
            Self::Redeem(redemption) => &redemption.outputs,
            Self::Refund(refund) => &refund.outputs,
            Self::Swap(swap) => &swap.outputs,
        }
    }

    pub(crate) const fn hour(&self) -> Hour {
        match self {
            Self::Redeem(redemption) => redemption.hour,
            Self::Refund(refund) => refund.hour,
            Self::Swap(swap) => swap.hour,
        }
    }

    pub(crate) const fn answer(&self) -> &SealedAnswer {
        match self {
            Self::Redeem(redemption) => &redemption.answer,
            Self::Refund(refund) => &refund.answer,
            Self::Swap(swap) => &swap.answer,
        }
    }

    pub(crate) const fn answer_expires(&self) -> Hour {
        match self {
            Self::Redeem(redemption) => redemption.answer_expires,
            Self::Refund(refund) => refund.answer_expires,
            Self::Swap(swap) => swap.answer_expires,
        }
    }

    /// What goes to others: a redemption's price.
    pub(crate) fn price(&self) -> Micro {
        match self {
            Self::Redeem(redemption) => redemption.split.amount(),
            Self::Refund(_) | Self::Swap(_) => Micro::ZERO,
        }
    }

    /// What comes from others: a purchase that is given back.
    pub(crate) fn returned(&self) -> Micro {
        match self {
            Self::Refund(refund) => refund.split.amount(),
            Self::Redeem(_) | Self::Swap(_) => Micro::ZERO,
        }
    }

    /// Whether it may spend and make so many rights: a purchase none, a refund spends one, a swap makes as many as it spends.
    pub(crate) const fn fits_rights(&self, spent: usize, made: usize) -> bool {
        match self {
            Self::Redeem(_) => spent == 0 && made == 0,
            Self::Refund(_) => spent == 1 && made == 0,
            Self::Swap(_) => spent == made,
        }
    }

    /// What was sold for money: only that is ever paid out.
    pub(crate) fn sale(&self) -> Option<Sale<'_>> {
        match self {
            Self::Redeem(redemption) if redemption.promo => None,
            Self::Redeem(redemption) => Some(Sale {
                publisher: &redemption.publisher,
                offer: redemption.offer,
                amount: Split::amount(&redemption.split),
            }),
            Self::Refund(_) | Self::Swap(_) => None,
        }
    }

    /// Every keyset it names, with the denomination it says it has.
    pub(crate) fn uses(&self) -> impl Iterator<Item = (KeysetId, Micro)> + Clone {
        let inputs = self.inputs().iter().map(|i| (i.keyset, i.denomination));
        let outputs = self.outputs().iter().map(|o| (o.keyset, o.denomination));
        inputs.chain(outputs)
    }

    /// Its entry in the use journal; `lost` is what it claims beyond what its keysets issued.
    pub(crate) fn entry(&self, lost: Micro) -> Result<Entry, StoreError> {
        match self {
            Self::Redeem(redemption) => event::redeemed(redemption),
            Self::Refund(refund) => event::refunded(refund),
            Self::Swap(swap) => event::swapped(swap, lost),
        }
    }
}
