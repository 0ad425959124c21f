//! What may happen to an order, and whether a request adds up: pure functions that both stores ask.

use crate::spend::Spend;
use crate::{DeclineError, order::Charge};
use crate::{
    Draw, DrawError, Drawn, Element, EndKeysetError, GrantPromoError, Input, NewOrder, Order,
    OrderAccount, OrderState, PromoGrant, SettleError, Settlement, StoreError, SwapError,
    Transition,
};
use farthing_core::id::Binding;
use farthing_core::money::Micro;
use farthing_core::time::Timestamp;
use std::collections::BTreeSet;

/// A fresh order that waits to be paid. Starter value is never paid, and comes by [`grant`].
pub(crate) fn create(terms: NewOrder, now: Timestamp) -> Result<Order, StoreError> {
    if terms.promo.is_some() {
        let what = "starter value is given, not ordered";
        return Err(StoreError::Inconsistent(what.into()));
    }
    Ok(fresh(terms, now))
}

fn fresh(terms: NewOrder, now: Timestamp) -> Order {
    Order {
        terms,
        created: now,
        account: OrderAccount::default(),
        next_pouch: 0,
        charge: None,
        stored_state: OrderState::Quoted,
    }
}

/// Whether `settlement` settles the order, and if so, the order after it.
pub(crate) fn settle(
    order: &Order,
    settlement: &Settlement,
) -> Result<(Transition, Order), SettleError> {
    let charge = Charge {
        provider: settlement.provider.clone(),
        reference: settlement.reference.clone(),
    };
    match order.state(settlement.now) {
        OrderState::Closed | OrderState::Settled => {
            let same = order.charge.as_ref() == Some(&charge)
                && order.account.settled == settlement.amount;
            if same {
                Ok((Transition::AlreadyDone, order.clone()))
            } else {
                Err(SettleError::Conflict)
            }
        }
        OrderState::Declined => Err(SettleError::Declined),
        OrderState::Expired => Err(SettleError::Expired),
        OrderState::Quoted if settlement.amount != order.terms.quote.total() => {
            Err(SettleError::AmountMismatch)
        }
        OrderState::Quoted => {
            let mut after = order.clone();
            after.account.settled = settlement.amount;
            after.account.unminted = order.terms.quote.value();
            after.charge = Some(charge);
            after.stored_state = OrderState::Settled;
            Ok((Transition::Done, after))
        }
    }
}

/// The order for starter value, fresh and settled, and what settles it. `given` is how many the publisher gave that day.
pub(crate) fn grant(
    grant: &PromoGrant,
    given: u64,
) -> Result<(Order, Settlement, Order), GrantPromoError> {
    let terms = &grant.order;
    if terms.promo.is_none() || terms.quote.total() != terms.quote.value() {
        return Err(StoreError::Inconsistent("starter value costs nothing".into()).into());
    }
    if given >= u64::from(grant.per_day) {
        return Err(GrantPromoError::BudgetSpent);
    }
    let order = fresh(terms.clone(), grant.now);
    let settlement = grant.settlement();
    match settle(&order, &settlement) {
        Ok((_, after)) => Ok((order, settlement, after)),
        Err(error) => Err(StoreError::Inconsistent(error.to_string()).into()),
    }
}

/// Whether the order can be declined.
pub(crate) const fn decline(order: &Order) -> Result<Transition, DeclineError> {
    match order.stored_state {
        OrderState::Closed | OrderState::Settled => Err(DeclineError::Conflict),
        OrderState::Declined => Ok(Transition::AlreadyDone),
        OrderState::Expired | OrderState::Quoted => Ok(Transition::Done),
    }
}

/// Whether the pouch can be drawn, given the binding under which a pouch of that number was drawn before. If now, the
/// pouch's value and the order after it. `rights_drawn`: whether another pouch of this order was of rights.
pub(crate) fn draw(
    order: &Order,
    draw: &Draw,
    recorded: Option<Binding>,
    rights_drawn: bool,
) -> Result<(Drawn, Micro, Order), DrawError> {
    match recorded {
        Some(binding) if binding == draw.binding => {
            return Ok((Drawn::AlreadyDone, Micro::ZERO, order.clone()));
        }
        Some(_) => return Err(DrawError::PouchConflict),
        None => {}
    }
    if order.stored_state != OrderState::Settled {
        return Err(DrawError::NotSettled);
    }
    if draw.pouch != order.next_pouch {
        return Err(DrawError::PouchUnavailable);
    }
    let value = sum(draw.elements.iter().map(|element| element.denomination))?;
    let rights = draw.elements.iter().filter(|e| is_right(e.denomination));
    if draw.is_of_rights() {
        // R55: once, and after everything else.
        let all = rights.count() == draw.elements.len() && !draw.elements.is_empty();
        if !all || order.terms.promo.is_some() {
            return Err(DrawError::PouchMismatch);
        }
        if rights_drawn || order.account.unminted > Micro::ZERO {
            return Err(DrawError::PouchUnavailable);
        }
    } else if value == Micro::ZERO || rights.count() > 0 {
        return Err(DrawError::PouchMismatch);
    }
    if has_repetition(&draw.elements) {
        return Err(DrawError::ElementRepeated);
    }
    let Some(unminted) = order.account.unminted.minus(value) else {
        return Err(DrawError::PouchUnavailable);
    };
    // R31: the empty mix is the remainder. Whoever planned it on an older state of the order must plan anew.
    if draw.mix.is_empty() && unminted > Micro::ZERO {
        return Err(DrawError::PouchMismatch);
    }
    let mut after = order.clone();
    after.account.unminted = unminted;
    after.account.drawn = sum([order.account.drawn, value])?;
    after.next_pouch = order
        .next_pouch
        .checked_add(1)
        .ok_or_else(|| StoreError::Inconsistent("an order has no pouch numbers left".into()))?;
    Ok((Drawn::Done, value, after))
}

/// R23: there are inputs, in strictly ascending order of nullifier. Gives the lead.
pub(crate) fn lead(inputs: &[Input]) -> Result<&Input, SwapError> {
    let ascending = inputs.is_sorted_by(|a, b| a.nullifier < b.nullifier);
    inputs
        .first()
        .filter(|_| ascending)
        .ok_or(SwapError::InputsOrder)
}

/// What is outstanding of a keyset that ends. `issued` is what it issued and lost.
pub(crate) fn outstanding(
    denomination: Micro,
    issued: i64,
    spent: i64,
) -> Result<Micro, EndKeysetError> {
    let count = issued.saturating_sub(spent);
    let count = u64::try_from(count).map_err(|_| EndKeysetError::Overspent)?;
    let value = denomination.get().checked_mul(count).and_then(Micro::new);
    Ok(value.ok_or_else(|| StoreError::Inconsistent("a sum is too large".into()))?)
}

/// Whether a token of that denomination is a right: the only ones that are worth nothing.
fn is_right(denomination: Micro) -> bool {
    denomination == Micro::ZERO
}

/// R24: inputs = price + outputs, of a refund inputs + price = outputs; rights are counted, since they add nothing to a
/// sum; and R23: the outputs are distinct.
pub(crate) fn balance(spend: &Spend) -> Result<(), SwapError> {
    let inputs = sum(spend.inputs().iter().map(|input| input.denomination))?;
    let outputs = sum(spend.outputs().iter().map(|output| output.denomination))?;
    let due = spend.price().plus(outputs);
    if due.is_none() || spend.returned().plus(inputs) != due {
        return Err(SwapError::Unbalanced);
    }
    let rights_in = spend.inputs().iter().filter(|i| is_right(i.denomination));
    let rights_out = spend.outputs().iter().filter(|o| is_right(o.denomination));
    if !spend.fits_rights(rights_in.count(), rights_out.count()) {
        return Err(SwapError::Unbalanced);
    }
    if has_repetition(spend.outputs()) {
        return Err(SwapError::ElementRepeated);
    }
    Ok(())
}

/// Whether something is reserved, and for none of the requests with this binding.
pub(crate) fn is_for_another<'a>(
    reserved: impl IntoIterator<Item = &'a Binding>,
    binding: Binding,
) -> bool {
    let mut reserved = reserved.into_iter().peekable();
    reserved.peek().is_some() && !reserved.any(|other| *other == binding)
}

/// What is known of a spent token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spender {
    /// It is in the archive.
    Archived,
    /// It was spent by the request with this binding.
    Binding(Binding),
}

/// What is known of the inputs of a request.
pub(crate) enum Spending {
    /// All of them are in the archive: spent so long ago that nobody knows by which request.
    Archived,
    /// None of them is spent.
    Fresh,
    /// All of them, by this very request.
    Same,
    /// These (indices), by another request.
    Taken(Vec<usize>),
}

/// Compares by what the inputs were spent (`None`: unspent) with the request.
pub(crate) fn spending(
    spent: impl IntoIterator<Item = Option<Spender>>,
    binding: Binding,
) -> Spending {
    let (mut taken, mut same, mut archived, mut fresh) = (Vec::new(), Vec::new(), 0usize, false);
    for (index, found) in spent.into_iter().enumerate() {
        match found {
            None => fresh = true,
            Some(Spender::Binding(other)) if other == binding => same.push(index),
            Some(Spender::Binding(_)) => taken.push(index),
            Some(Spender::Archived) => {
                taken.push(index);
                archived = archived.saturating_add(1);
            }
        }
    }
    if same.is_empty() && taken.is_empty() {
        Spending::Fresh
    } else if taken.is_empty() && !fresh {
        Spending::Same
    } else if same.is_empty() && !fresh && archived == taken.len() {
        // A request's tokens go into the archive together, so this may be the request that spent them.
        Spending::Archived
    } else {
        // A binding names its inputs, so a mixture with `same` means a broken caller; it is refused like any other.
        taken.append(&mut same);
        taken.sort_unstable();
        Spending::Taken(taken)
    }
}

fn has_repetition(elements: &[Element]) -> bool {
    let mut seen = BTreeSet::new();
    !elements.iter().all(|element| seen.insert(element.hash()))
}

pub(crate) fn sum(amounts: impl IntoIterator<Item = Micro>) -> Result<Micro, StoreError> {
    Micro::sum(amounts).ok_or_else(|| StoreError::Inconsistent("a sum is too large".into()))
}
