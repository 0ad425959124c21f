//! Which entry each event makes. Both stores make their entries here, so that their books can be compared byte by byte.

use crate::journal::{Entry, Event, Postings};
use crate::{
    Account, Draw, Freeze, Hour, KeysetEnd, NewOrder, Order, Redemption, Settlement, StoreError,
    Swap, breaker, rules,
};
use farthing_core::bytes::Transcript;
use farthing_core::id::KeysetId;
use farthing_core::money::{Currency, Micro};
use farthing_core::time::Timestamp;

fn booked(postings: Option<Postings>) -> Result<Postings, StoreError> {
    // INVARIANT: every list below adds up to zero because a quote's total and a split's amount are sums of their parts.
    postings.ok_or_else(|| StoreError::Inconsistent("an entry does not add up".into()))
}

/// An order was created.
pub(crate) fn created(order: &NewOrder, now: Timestamp) -> Entry {
    Entry {
        event: Event::Order,
        time: now.get(),
        currency: order.currency,
        order: Some(order.id),
        detail: order.binding.bytes().to_vec(),
        postings: Postings::default(),
    }
}

/// An order will not be paid.
pub(crate) fn declined(order: &NewOrder, now: Timestamp) -> Entry {
    Entry {
        event: Event::Decline,
        time: now.get(),
        currency: order.currency,
        order: Some(order.id),
        detail: Vec::new(),
        postings: Postings::default(),
    }
}

/// An order was paid: Dr safeguarded cash, Cr unminted, fee income, tax held.
pub(crate) fn settled(order: &Order, settlement: &Settlement) -> Result<Entry, StoreError> {
    let quote = &order.terms.quote;
    Ok(Entry {
        event: Event::Settle,
        time: settlement.now.get(),
        currency: order.terms.currency,
        order: Some(settlement.order),
        // A hash, because a journal is for ever and the provider's name for a charge leads to a person.
        detail: Transcript::new("farthing/v1/charge")
            .lp(settlement.provider.as_bytes())
            .lp(settlement.reference.as_bytes())
            .hash()
            .to_vec(),
        postings: booked(Postings::balanced([
            (Account::SafeguardedCash, quote.total().signed()),
            (Account::Unminted, credit(quote.value())),
            (Account::FeeIncome, credit(quote.fee())),
            (Account::TaxHeld, credit(quote.tax())),
        ]))?,
    })
}

/// A pouch was drawn: Dr unminted, Cr tokens.
pub(crate) fn drawn(order: &Order, draw: &Draw, value: Micro) -> Result<Entry, StoreError> {
    Ok(Entry {
        event: Event::Draw,
        time: draw.now.get(),
        currency: order.terms.currency,
        order: Some(draw.order),
        detail: Transcript::new("")
            .be32(draw.pouch)
            .fixed(draw.binding.bytes())
            .bytes(),
        postings: booked(Postings::balanced([
            (Account::Unminted, value.signed()),
            (Account::Tokens, credit(value)),
        ]))?,
    })
}

/// Tokens were spent for a purchase: Dr tokens, Cr publisher payable, fee income, tax held.
pub(crate) fn redeemed(redemption: &Redemption) -> Result<Entry, StoreError> {
    let split = &redemption.split;
    Ok(Entry {
        event: Event::Redeem,
        time: redemption.hour.number(),
        currency: redemption.currency,
        order: None,
        detail: redemption.commitment.bytes().to_vec(),
        postings: booked(Postings::balanced([
            (Account::Tokens, split.amount().signed()),
            // Written even when it is zero: it says whose sale the fee is of.
            (
                Account::PublisherPayable(redemption.publisher.clone()),
                credit(split.share()),
            ),
            (Account::FeeIncome, credit(split.fee())),
            (Account::TaxHeld, credit(split.tax())),
        ]))?,
    })
}

/// Tokens were spent for others: Dr tokens, Cr tokens, which changes no balance (I10). What is claimed beyond what a frozen
/// keyset issued: Dr forgery loss, Cr tokens.
pub(crate) fn swapped(swap: &Swap, lost: Micro) -> Result<Entry, StoreError> {
    let value = rules::sum(swap.outputs.iter().map(|output| output.denomination))?;
    let mut lines = vec![
        (Account::Tokens, value.signed()),
        (Account::Tokens, credit(value)),
    ];
    if lost > Micro::ZERO {
        lines.push((Account::ForgeryLoss, lost.signed()));
        lines.push((Account::Tokens, credit(lost)));
    }
    Ok(Entry {
        event: Event::Swap,
        time: swap.hour.number(),
        currency: swap.currency,
        order: None,
        detail: swap.commitment.bytes().to_vec(),
        postings: booked(Postings::balanced(lines))?,
    })
}

/// A keyset ended with that much outstanding: Dr tokens, Cr unclaimed. Never straight to income (I11).
pub(crate) fn expired(end: &KeysetEnd, outstanding: Micro) -> Result<Entry, StoreError> {
    Ok(Entry {
        event: Event::Expire,
        time: end.hour.number(),
        currency: end.currency,
        order: None,
        detail: Vec::new(),
        // Written even when it is zero: it says which keyset ended.
        postings: booked(Postings::balanced([
            (Account::Tokens, outstanding.signed()),
            (Account::Unclaimed(end.keyset), credit(outstanding)),
        ]))?,
    })
}

/// A keyset was frozen.
pub(crate) fn frozen(freeze: &Freeze) -> Entry {
    let mut detail = freeze.keyset.bytes().to_vec();
    detail.extend_from_slice(freeze.reason.as_bytes());
    Entry {
        event: Event::Freeze,
        time: breaker::since(freeze.hour).number(),
        currency: freeze.currency,
        order: None,
        detail,
        postings: Postings::default(),
    }
}

/// A keyset is frozen no longer.
pub(crate) fn thawed(keyset: KeysetId, currency: Currency, hour: Hour) -> Entry {
    Entry {
        event: Event::Thaw,
        time: hour.number(),
        currency,
        order: None,
        detail: keyset.bytes().to_vec(),
        postings: Postings::default(),
    }
}

/// The keyset that a freeze or a thaw is of, and the rest of its detail; `None` if it names none.
pub(crate) fn keyset_of(entry: &Entry) -> Option<(KeysetId, &[u8])> {
    let (keyset, rest) = entry.detail.split_first_chunk::<16>()?;
    Some((KeysetId::new(*keyset), rest))
}

fn credit(amount: Micro) -> i64 {
    // A Micro is at most 2^53 − 1, so its negative always fits.
    amount.signed().saturating_neg()
}
