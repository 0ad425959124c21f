//! The two journals: numbered, hash-chained, double entry.
//!
//! Anybody who has a copy of a journal can check it. With **H** SHA-256, `lp`, `be32` and `be64` as in spec section 1, the
//! chain of a book named *name* (`funding` or `use`) is
//!
//! ```text
//! head(0) = H("farthing/v1/journal-genesis" ‖ lp(name) ‖ checkpoint (32, zero))
//! head(n) = H("farthing/v1/journal-entry" ‖ lp(name) ‖ head(n−1) ‖ lp(entry n))
//! entry   = be64(n) ‖ lp(event) ‖ be64(time) ‖ currency (3) ‖ lp(order id, or empty) ‖ lp(detail) ‖ postings
//! postings = be32(count) ‖ count × (lp(account) ‖ be64(amount, two's complement; debits positive, credits negative))
//! ```
//!
//! *time* is in seconds in the funding book and in hours in the use book, which has no order ids. *detail* is there
//!
//! ```text
//! redeem, swap  commitment (16); nothing in entries from before schema version 5
//! refund        commitment (16)
//! freeze        keyset id (16) ‖ reason
//! thaw          keyset id (16)
//! expire        nothing; of starter tokens the keyset id (16)
//! ```
//!
//! The amounts of an entry add up to zero.

use crate::Account;
use farthing_core::bytes::{Reader, Transcript};
use farthing_core::id::OrderId;
use farthing_core::money::Currency;

/// One of the two double-entry books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Book {
    /// What people paid in and drew. Knows orders, no publishers.
    Funding,
    /// What tokens were spent for. Knows publishers, no orders.
    Use,
}

impl Book {
    /// The name in the chain.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Funding => "funding",
            Self::Use => "use",
        }
    }

    /// The chain's hash before the first entry.
    #[must_use]
    pub fn genesis(self) -> [u8; 32] {
        Transcript::new("farthing/v1/journal-genesis")
            .lp(self.name().as_bytes())
            .fixed(&[0; 32])
            .hash()
    }
}

/// What happened. Every event belongs to one book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// An order will not be paid. Moves no money.
    Decline,
    /// A pouch was drawn.
    Draw,
    /// A keyset ended: what was outstanding of it is unclaimed.
    Expire,
    /// A keyset was frozen, by the breaker or by an operator. Moves no money.
    Freeze,
    /// An order was created. Moves no money.
    Order,
    /// Tokens were spent for a purchase.
    Redeem,
    /// A purchase was given back, and its price issued as tokens.
    Refund,
    /// An order was paid.
    Settle,
    /// Tokens were spent for others of the same worth.
    Swap,
    /// A keyset is frozen no longer. Moves no money.
    Thaw,
}

impl Event {
    const ALL: [Self; 10] = [
        Self::Decline,
        Self::Draw,
        Self::Expire,
        Self::Freeze,
        Self::Order,
        Self::Redeem,
        Self::Refund,
        Self::Settle,
        Self::Swap,
        Self::Thaw,
    ];

    /// Those of the use book, in the order of their numbers.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    const OF_USE: [Self; 6] = [
        Self::Expire,
        Self::Freeze,
        Self::Redeem,
        Self::Swap,
        Self::Thaw,
        Self::Refund,
    ];

    /// The word in the chain.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Decline => "decline",
            Self::Draw => "draw",
            Self::Expire => "expire",
            Self::Freeze => "freeze",
            Self::Order => "order",
            Self::Redeem => "redeem",
            Self::Refund => "refund",
            Self::Settle => "settle",
            Self::Swap => "swap",
            Self::Thaw => "thaw",
        }
    }

    /// Reads a word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|event| event.word() == word)
    }

    /// The book it stands in.
    #[must_use]
    pub const fn book(self) -> Book {
        match self {
            Self::Decline | Self::Draw | Self::Order | Self::Settle => Book::Funding,
            Self::Expire | Self::Freeze | Self::Redeem | Self::Refund | Self::Swap | Self::Thaw => {
                Book::Use
            }
        }
    }

    /// The number that stands for it in the table of the use journal.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn number(self) -> i32 {
        let place = Self::OF_USE.iter().zip(1..).find(|(of, _)| **of == self);
        place.map_or(0, |(_, number)| number)
    }

    /// Reads that number.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) fn from_number(number: i32) -> Option<Self> {
        Self::OF_USE
            .into_iter()
            .find(|event| event.number() == number)
    }
}

/// One line of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// Which account.
    pub account: Account,
    /// In micro; debits positive, credits negative.
    pub amount: i64,
}

/// The lines of an entry. Those made here add up to zero; those read from a store may not.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Postings(Vec<Posting>);

impl Postings {
    /// `None` unless the amounts add up to zero.
    #[must_use]
    pub fn balanced(lines: impl IntoIterator<Item = (Account, i64)>) -> Option<Self> {
        let lines: Vec<_> = lines
            .into_iter()
            .map(|(account, amount)| Posting { account, amount })
            .collect();
        let sum = lines
            .iter()
            .try_fold(0i64, |sum, line| sum.checked_add(line.amount))?;
        (sum == 0).then_some(Self(lines))
    }

    /// The lines.
    #[must_use]
    pub fn lines(&self) -> &[Posting] {
        &self.0
    }

    /// Lines as a store has them.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(crate) const fn read_from(lines: Vec<Posting>) -> Self {
        Self(lines)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0
            .iter()
            .fold(Transcript::new("").count(self.0.len()), |bytes, line| {
                bytes
                    .lp(line.account.to_string().as_bytes())
                    .fixed(&line.amount.to_be_bytes())
            })
            .bytes()
    }

    /// Reads canonical bytes; `None` for any others, and for accounts that are not known.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let count = reader.be32()?;
        let mut lines = Vec::new();
        for _ in 0..count {
            let account = Account::parse(str::from_utf8(reader.lp()?).ok()?)?;
            let amount = i64::from_be_bytes(reader.array()?);
            lines.push(Posting { account, amount });
        }
        reader.end()?;
        Some(Self(lines))
    }
}

/// An entry before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What happened.
    pub event: Event,
    /// Seconds in the funding book, hours in the use book.
    pub time: u64,
    /// The currency of all postings.
    pub currency: Currency,
    /// Funding book only.
    pub order: Option<OrderId>,
    /// What tells it from others of its kind, as the module's documentation defines.
    pub detail: Vec<u8>,
    /// The money.
    pub postings: Postings,
}

impl Entry {
    /// The canonical bytes as entry number `seq`.
    #[must_use]
    pub fn to_bytes(&self, seq: u64) -> Vec<u8> {
        let order: &[u8] = self.order.as_ref().map_or(&[], |order| order.bytes());
        Transcript::new("")
            .be64(seq)
            .lp(self.event.word().as_bytes())
            .be64(self.time)
            .fixed(self.currency.bytes())
            .lp(order)
            .lp(&self.detail)
            .fixed(&self.postings.to_bytes())
            .bytes()
    }

    /// The chain's hash after this entry, number `seq`, on top of `previous`.
    #[must_use]
    pub fn head(&self, seq: u64, previous: &[u8; 32]) -> [u8; 32] {
        Transcript::new("farthing/v1/journal-entry")
            .lp(self.event.book().name().as_bytes())
            .fixed(previous)
            .lp(&self.to_bytes(seq))
            .hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postings_are_read_as_they_were_written() {
        let postings = Postings::balanced([(Account::Unminted, 7), (Account::Tokens, -7)]).unwrap();
        assert_eq!(
            Postings::parse(&postings.to_bytes()),
            Some(postings.clone())
        );
        let mut longer = postings.to_bytes();
        longer.push(0);
        assert_eq!(Postings::parse(&longer), None);
        assert_eq!(Postings::parse(&postings.to_bytes()[..20]), None);
    }

    #[test]
    fn postings_that_do_not_add_up_cannot_be_made() {
        assert_eq!(
            Postings::balanced([(Account::Unminted, 7), (Account::Tokens, -6)]),
            None
        );
        assert_eq!(
            Postings::balanced([(Account::Tokens, i64::MAX), (Account::Tokens, 1)]),
            None
        );
    }

    #[test]
    fn the_chain_is_the_one_the_documentation_defines() {
        // Built by hand from the definition above, so that a change of either shows.
        let entry = Entry {
            event: Event::Draw,
            time: 5,
            currency: Currency::parse("EUR").unwrap(),
            order: Some(OrderId::new([1; 16])),
            detail: vec![9],
            postings: Postings::balanced([(Account::Unminted, 7), (Account::Tokens, -7)]).unwrap(),
        };
        let mut row = vec![0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 4];
        row.extend_from_slice(b"draw\0\0\0\0\0\0\0\x05EUR\0\0\0\x10");
        row.extend_from_slice(&[1; 16]);
        row.extend_from_slice(b"\0\0\0\x01\x09\0\0\0\x02\0\0\0\x08unminted\0\0\0\0\0\0\0\x07");
        row.extend_from_slice(b"\0\0\0\x06tokens\xff\xff\xff\xff\xff\xff\xff\xf9");
        assert_eq!(entry.to_bytes(3), row);
        let mut chained = b"farthing/v1/journal-entry\0\0\0\x07funding".to_vec();
        chained.extend_from_slice(&[2; 32]);
        chained.extend_from_slice(&u32::try_from(row.len()).unwrap().to_be_bytes());
        chained.extend_from_slice(&row);
        assert_eq!(
            entry.head(3, &[2; 32]),
            farthing_core::bytes::sha256(&chained)
        );
        let mut genesis = b"farthing/v1/journal-genesis\0\0\0\x03use".to_vec();
        genesis.extend_from_slice(&[0; 32]);
        assert_eq!(Book::Use.genesis(), farthing_core::bytes::sha256(&genesis));
    }
}
