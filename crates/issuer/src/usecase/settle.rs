//! settle: takes a provider's word that an order was paid or will not be. The word comes twice, as a signed notice and
//! when the reader comes back, and counts once.

use crate::issuer::Issuer;
use crate::payment::{Notice, Sandbox};
use farthing_core::id::OrderId;
use farthing_ledger::{DeclineError, Ledger, SettleError, Settlement, StoreError, Transition};

/// Why a provider's word is not taken. Nothing was recorded, except that after a failed store the outcome is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettleRefusal {
    /// No such order.
    OrderUnknown,
    /// The charge is in another currency than the order.
    CurrencyMismatch,
    /// The ledger refused to settle.
    Settle(SettleError),
    /// The ledger refused to decline.
    Decline(DeclineError),
    /// The ledger could not be asked.
    Store(StoreError),
}

/// Records what a notice says. The same notice again changes nothing.
///
/// # Errors
/// [`SettleRefusal`].
pub async fn settle<L: Ledger>(
    issuer: &Issuer<L>,
    notice: Notice,
) -> Result<Transition, SettleRefusal> {
    let now = issuer.now();
    let transition = match notice {
        Notice::Paid {
            order,
            reference,
            currency,
            amount,
        } => {
            let known = issuer
                .ledger()
                .order(order)
                .await
                .map_err(SettleRefusal::Store)?;
            if known.ok_or(SettleRefusal::OrderUnknown)?.terms.currency != currency {
                return Err(SettleRefusal::CurrencyMismatch);
            }
            let provider = Sandbox::NAME.to_owned();
            let settlement = Settlement {
                order,
                provider,
                reference,
                amount,
                now,
            };
            issuer
                .ledger()
                .settle_order(settlement)
                .await
                .map_err(SettleRefusal::Settle)?
        }
        Notice::Declined { order } => issuer
            .ledger()
            .decline_order(order, now)
            .await
            .map_err(SettleRefusal::Decline)?,
    };
    if transition == Transition::Done {
        tracing::info!("a provider's word was taken");
    }
    Ok(transition)
}

/// The sandbox's charge for an order, as its notice will say it.
///
/// # Errors
/// [`SettleRefusal::OrderUnknown`] or [`SettleRefusal::Store`].
pub async fn charge<L: Ledger>(
    issuer: &Issuer<L>,
    order: OrderId,
) -> Result<Notice, SettleRefusal> {
    let known = issuer
        .ledger()
        .order(order)
        .await
        .map_err(SettleRefusal::Store)?;
    let terms = known.ok_or(SettleRefusal::OrderUnknown)?.terms;
    Ok(Sandbox::charge(order, terms.currency, terms.quote.total()))
}
