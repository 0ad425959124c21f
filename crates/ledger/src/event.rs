//! Which entry each event makes. Both stores make their entries here, so that their books can be compared byte by byte.

use crate::journal::{Entry, Event, Postings};
use crate::{
    Account, Draw, Freeze, Hour, KeysetEnd, NewOrder, Order, Redemption, Refund, Settlement,
    StoreError, Swap, breaker, rules,
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

/// An order was paid: Dr safeguarded cash, Cr unminted, fee income, tax held. A publisher's starter value: Dr promo given,
/// Cr promo unminted.
pub(crate) fn settled(order: &Order, settlement: &Settlement) -> Result<Entry, StoreError> {
    let quote = &order.terms.quote;
    let promo = order.terms.promo.as_ref();
    let mut lines = vec![
        (Account::source(promo), quote.total().signed()),
        (Account::unminted_of(promo), credit(quote.value())),
    ];
    // Nobody paid a fee for what was given; if one is quoted all the same, the entry does not add up.
    if promo.is_none() {
        lines.push((Account::FeeIncome, credit(quote.fee())));
        lines.push((Account::TaxHeld, credit(quote.tax())));
    }
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
        postings: booked(Postings::balanced(lines))?,
    })
}

/// A pouch was drawn: Dr unminted, Cr tokens.
pub(crate) fn drawn(order: &Order, draw: &Draw, value: Micro) -> Result<Entry, StoreError> {
    let promo = order.terms.promo.as_ref();
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
            (Account::unminted_of(promo), value.signed()),
            (Account::tokens_of(promo), credit(value)),
        ]))?,
    })
}

/// Tokens were spent for a purchase: Dr tokens, Cr publisher payable, fee income, tax held. Starter tokens: Dr promo tokens,
/// Cr promo used, so that no payout can count them.
pub(crate) fn redeemed(redemption: &Redemption) -> Result<Entry, StoreError> {
    let split = &redemption.split;
    let publisher = || redemption.publisher.clone();
    let postings = if redemption.promo {
        Postings::balanced([
            (Account::PromoTokens(publisher()), split.amount().signed()),
            // The whole price; if a part is said to be a fee, the entry does not add up.
            (Account::PromoUsed(publisher()), credit(split.share())),
        ])
    } else {
        Postings::balanced([
            (Account::Tokens, split.amount().signed()),
            // Written even when it is zero: it says whose sale the fee is of.
            (
                Account::PublisherPayable(publisher()),
                credit(split.share()),
            ),
            (Account::FeeIncome, credit(split.fee())),
            (Account::TaxHeld, credit(split.tax())),
        ])
    };
    Ok(Entry {
        event: Event::Redeem,
        time: redemption.hour.number(),
        currency: redemption.currency,
        order: None,
        detail: redemption.commitment.bytes().to_vec(),
        postings: booked(postings)?,
    })
}

/// A purchase was given back: Dr publisher payable, fee income, tax held, Cr tokens.
pub(crate) fn refunded(refund: &Refund) -> Result<Entry, StoreError> {
    let split = &refund.split;
    let postings = Postings::balanced([
        (Account::Tokens, credit(split.amount())),
        (
            Account::PublisherPayable(refund.publisher.clone()),
            split.share().signed(),
        ),
        (Account::FeeIncome, split.fee().signed()),
        (Account::TaxHeld, split.tax().signed()),
    ]);
    Ok(Entry {
        event: Event::Refund,
        time: refund.hour.number(),
        currency: refund.currency,
        order: None,
        detail: refund.commitment.bytes().to_vec(),
        postings: booked(postings)?,
    })
}

/// Tokens were spent for others: Dr tokens, Cr tokens, which changes no balance (I10). What is claimed beyond what a frozen
/// keyset issued: Dr forgery loss, Cr tokens.
pub(crate) fn swapped(swap: &Swap, lost: Micro) -> Result<Entry, StoreError> {
    let value = rules::sum(swap.outputs.iter().map(|output| output.denomination))?;
    let promo = swap.promo.as_ref();
    let mut lines = vec![
        (Account::tokens_of(promo), value.signed()),
        (Account::tokens_of(promo), credit(value)),
    ];
    if lost > Micro::ZERO {
        lines.push((Account::lost_of(promo), lost.signed()));
        lines.push((Account::tokens_of(promo), credit(lost)));
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

/// A keyset ended with that much outstanding: Dr tokens, Cr unclaimed. Never straight to income (I11). Starter tokens were
/// never paid for: Dr promo tokens, Cr promo lapsed, and the detail says which keyset ended.
pub(crate) fn expired(end: &KeysetEnd, outstanding: Micro) -> Result<Entry, StoreError> {
    let promo = end.promo.as_ref();
    let (left, detail) = match promo {
        Some(of) => (
            Account::PromoLapsed(of.clone()),
            end.keyset.bytes().to_vec(),
        ),
        None => (Account::Unclaimed(end.keyset), Vec::new()),
    };
    Ok(Entry {
        event: Event::Expire,
        time: end.hour.number(),
        currency: end.currency,
        order: None,
        detail,
        // Written even when it is zero: it says which keyset ended.
        postings: booked(Postings::balanced([
            (Account::tokens_of(promo), outstanding.signed()),
            (left, credit(outstanding)),
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
