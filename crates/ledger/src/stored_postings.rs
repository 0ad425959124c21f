//! Postings as rows of the use journal hold them: a fifth of their canonical bytes.
//!
//! ```text
//! postings = count (1 byte) ‖ count × (account × 16 + length of the amount (1 byte) ‖ whose ‖ amount)
//! account  = 1 fee_income, 2 forgery_loss, 3 publisher_payable, 4 safeguarded_cash, 5 tax_held, 6 tokens, 7 unclaimed,
//!            8 unminted, 9 promo_given, 10 promo_lapsed, 11 promo_lost, 12 promo_tokens, 13 promo_unminted, 14 promo_used
//! whose    = of a publisher (3, 9 to 14) be16(length) ‖ origin; of unclaimed the keyset id (16); otherwise nothing
//! amount   = two's complement, big-endian, as few bytes as hold it; none for zero
//! ```
//!
//! Canonical bytes begin with a zero byte (be32 of the count); these do so only if there are none, and then are that one
//! byte. Rows from before schema version 5 have canonical bytes and are read as they are.

use crate::Account;
use crate::journal::{Posting, Postings};
use farthing_core::bytes::Reader;
use farthing_core::id::KeysetId;
use farthing_core::origin::{OriginPolicy, PublisherId};

const fn code(account: &Account) -> u8 {
    match account {
        Account::FeeIncome => 1,
        Account::ForgeryLoss => 2,
        Account::PublisherPayable(_) => 3,
        Account::SafeguardedCash => 4,
        Account::TaxHeld => 5,
        Account::Tokens => 6,
        Account::Unclaimed(_) => 7,
        Account::Unminted => 8,
        Account::PromoGiven(_) => 9,
        Account::PromoLapsed(_) => 10,
        Account::PromoLost(_) => 11,
        Account::PromoTokens(_) => 12,
        Account::PromoUnminted(_) => 13,
        Account::PromoUsed(_) => 14,
    }
}

/// The account of one publisher that has this code.
const fn of_publisher(code: u8) -> Option<fn(PublisherId) -> Account> {
    match code {
        3 => Some(Account::PublisherPayable),
        9 => Some(Account::PromoGiven),
        10 => Some(Account::PromoLapsed),
        11 => Some(Account::PromoLost),
        12 => Some(Account::PromoTokens),
        13 => Some(Account::PromoUnminted),
        14 => Some(Account::PromoUsed),
        _ => None,
    }
}

/// Two's complement without the leading bytes that its sign repeats.
fn amount_bytes(amount: i64) -> Vec<u8> {
    if amount == 0 {
        return Vec::new();
    }
    let bytes = amount.to_be_bytes();
    let fill = if amount < 0 { 0xff } else { 0 };
    let pairs = bytes.iter().zip(bytes.iter().skip(1));
    // A leading byte can go if the next one begins with the same sign.
    let spare = pairs.take_while(|(byte, next)| **byte == fill && (**next ^ fill) < 0x80);
    bytes.iter().copied().skip(spare.count()).collect()
}

fn amount(bytes: &[u8]) -> Option<i64> {
    let fill = bytes
        .first()
        .map_or(0, |first| if *first < 0x80 { 0 } else { 0xff });
    let mut whole = [fill; 8];
    let start = whole.len().checked_sub(bytes.len())?;
    whole.get_mut(start..)?.copy_from_slice(bytes);
    Some(i64::from_be_bytes(whole))
}

/// The bytes of a row.
pub(crate) fn write(postings: &Postings) -> Vec<u8> {
    let lines = postings.lines();
    // INVARIANT: the longest list of an event has four lines.
    let mut row = vec![u8::try_from(lines.len()).unwrap_or(u8::MAX)];
    for Posting { account, amount } in lines {
        let amount = amount_bytes(*amount);
        let length = u8::try_from(amount.len()).unwrap_or_default();
        row.push(code(account).wrapping_shl(4) | length);
        match account {
            Account::PromoGiven(origin)
            | Account::PromoLapsed(origin)
            | Account::PromoLost(origin)
            | Account::PromoTokens(origin)
            | Account::PromoUnminted(origin)
            | Account::PromoUsed(origin)
            | Account::PublisherPayable(origin) => {
                let origin = origin.as_str().as_bytes();
                // INVARIANT: an origin has at most 255 bytes (spec section 1).
                let length = u16::try_from(origin.len()).unwrap_or(u16::MAX);
                row.extend_from_slice(&length.to_be_bytes());
                row.extend_from_slice(origin);
            }
            Account::Unclaimed(keyset) => row.extend_from_slice(keyset.bytes()),
            Account::FeeIncome
            | Account::ForgeryLoss
            | Account::SafeguardedCash
            | Account::TaxHeld
            | Account::Tokens
            | Account::Unminted => {}
        }
        row.extend_from_slice(&amount);
    }
    row
}

/// Reads the bytes of a row; `None` for any others.
pub(crate) fn read(row: &[u8]) -> Option<Postings> {
    let mut reader = Reader::new(row);
    let [count] = reader.array()?;
    if count == 0 && row.len() > 1 {
        return Postings::parse(row);
    }
    let mut lines = Vec::with_capacity(count.into());
    for _ in 0..count {
        let [head] = reader.array()?;
        let account = match head.wrapping_shr(4) {
            1 => Account::FeeIncome,
            2 => Account::ForgeryLoss,
            4 => Account::SafeguardedCash,
            5 => Account::TaxHeld,
            6 => Account::Tokens,
            7 => Account::Unclaimed(KeysetId::new(reader.array()?)),
            8 => Account::Unminted,
            code => {
                let account = of_publisher(code)?;
                let length = u16::from_be_bytes(reader.array()?);
                let origin = str::from_utf8(reader.take(length.into())?).ok()?;
                // Admitted when it was registered.
                account(PublisherId::parse(origin, OriginPolicy::LoopbackHttp)?)
            }
        };
        let bytes = reader.take(usize::from(head & 0x0f))?;
        let amount = amount(bytes)?;
        // One form for each amount.
        if amount_bytes(amount) != bytes {
            return None;
        }
        lines.push(Posting { account, amount });
    }
    reader.end()?;
    Some(Postings::read_from(lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postings(lines: impl IntoIterator<Item = (Account, i64)>) -> Postings {
        Postings::balanced(lines).unwrap()
    }

    #[test]
    fn an_amount_takes_as_few_bytes_as_hold_it() {
        let lengths = [
            (0, 0),
            (1, 1),
            (-1, 1),
            (127, 1),
            (128, 2),
            (-128, 1),
            (-129, 2),
            (32_767, 2),
            (32_768, 3),
            (-8_388_608, 3),
            (i64::MAX, 8),
            (i64::MIN, 8),
        ];
        for (number, length) in lengths {
            let bytes = amount_bytes(number);
            assert_eq!(bytes.len(), length, "{number}");
            assert_eq!(amount(&bytes), Some(number));
        }
        assert_eq!(amount(&[0; 9]), None);
    }

    #[test]
    fn postings_are_read_as_they_were_written_and_no_other_bytes_are() {
        let paper = PublisherId::parse("https://paper.example", OriginPolicy::HttpsOnly).unwrap();
        let sale = postings([
            (Account::Tokens, 300_000),
            (Account::PublisherPayable(paper), -270_000),
            (Account::FeeIncome, -30_000),
            (Account::TaxHeld, 0),
        ]);
        let ended = postings([
            (Account::Tokens, 70_000_000_000),
            (Account::Unclaimed(KeysetId::new([9; 16])), -70_000_000_000),
        ]);
        let rest = postings([
            (Account::Unminted, 1),
            (Account::SafeguardedCash, -2),
            (Account::ForgeryLoss, 1),
        ]);
        let reader = PublisherId::parse("https://paper.example", OriginPolicy::HttpsOnly).unwrap();
        let promo = |account: fn(PublisherId) -> Account| account(reader.clone());
        let starters = postings([
            (promo(Account::PromoGiven), 9),
            (promo(Account::PromoLost), 300),
            (promo(Account::PromoTokens), -300),
            (promo(Account::PromoUnminted), -4),
            (promo(Account::PromoUsed), -3),
            (promo(Account::PromoLapsed), -2),
        ]);
        for postings in [sale, ended, rest, starters, Postings::default()] {
            let row = write(&postings);
            // An origin is as long in either form.
            let origins = postings
                .lines()
                .iter()
                .filter(|line| line.account.to_string().contains("https"));
            let origins = origins.count() * 21;
            assert!(row.len() - origins <= 5 + (postings.to_bytes().len() - origins) / 2);
            assert_eq!(read(&row), Some(postings.clone()));
            // As rows of earlier versions have them.
            assert_eq!(read(&postings.to_bytes()), Some(postings));
            let mut longer = row.clone();
            longer.push(0);
            assert_eq!(read(&longer), None);
            for cut in 0..row.len() {
                assert_eq!(read(&row[..cut]), None, "{cut} of {row:?}");
            }
        }
        for wrong in [
            &[1, 0xf0][..],
            &[1, 0x90],
            &[1, 0x61, 0],
            &[1, 0x62, 0, 1],
            &[1, 0x00],
        ] {
            assert_eq!(read(wrong), None, "{wrong:?}");
        }
    }
}
