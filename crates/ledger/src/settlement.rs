//! The provider's word that an order was paid.

use core::fmt;
use farthing_core::id::OrderId;
use farthing_core::money::Micro;
use farthing_core::time::Timestamp;

/// The provider's word that an order was paid.
#[derive(Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which order.
    pub order: OrderId,
    /// Who collected the money.
    pub provider: String,
    /// The provider's name for the charge; one charge settles one order.
    pub reference: String,
    /// What was collected; must be the quote's total.
    pub amount: Micro,
    /// The issuer's clock.
    pub now: Timestamp,
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The reference names a payer at the provider: not for logs.
        f.debug_struct("Settlement")
            .field("order", &self.order)
            .field("provider", &self.provider)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}
