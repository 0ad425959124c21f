//! How a price is divided.

use farthing_core::money::Micro;

/// How a price is divided: amount = publisher's share + fee + tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    amount: Micro,
    share: Micro,
    fee: Micro,
    tax: Micro,
}

impl Split {
    /// `None` if fee and tax are more than the amount, or the amount is zero.
    #[must_use]
    pub fn new(amount: Micro, fee: Micro, tax: Micro) -> Option<Self> {
        let share = amount.minus(fee)?.minus(tax)?;
        (amount > Micro::ZERO).then_some(Self {
            amount,
            share,
            fee,
            tax,
        })
    }

    /// The price.
    #[must_use]
    pub const fn amount(&self) -> Micro {
        self.amount
    }

    /// What the publisher gets.
    #[must_use]
    pub const fn share(&self) -> Micro {
        self.share
    }

    /// The issuer's fee.
    #[must_use]
    pub const fn fee(&self) -> Micro {
        self.fee
    }

    /// Tax on the fee.
    #[must_use]
    pub const fn tax(&self) -> Micro {
        self.tax
    }
}
