//! The list of what was spent, by the first bits of nullifiers: whether a token is spent is found out without naming it (R37).

use crate::bytes::Transcript;
use crate::id::{KeysetId, Nullifier};
use crate::json::{Object, Writer, parse_object};
use crate::jwk::PublicJwk;
use crate::jws::{self, Unverified};
use crate::origin::IssuerId;
use crate::time::Timestamp;
use alloc::{string::String, vec::Vec};

/// About how many nullifiers share a prefix: from this many to twice as many.
pub const CROWD: u64 = 2_000;
/// The longest prefix: 2^32 tokens of a keyset at most are spent.
const MAX_BITS: u8 = 32;
/// A list as text at most: room for four times the largest crowd that is likely.
pub const MAX_LIST: usize = 1024 * 1024;
/// The word for the prefix without bits.
const ALL: &str = "all";

/// How many bits of its nullifier a question about a token may name, when so many of its keyset are spent.
#[must_use]
pub fn prefix_bits(spent: u64) -> u8 {
    let bits = (spent / CROWD).checked_ilog2().unwrap_or(0);
    u8::try_from(bits).unwrap_or(MAX_BITS).min(MAX_BITS)
}

/// The first bits of nullifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    bits: u8,
    /// The smallest nullifier that begins so.
    first: [u8; 32],
}

impl Prefix {
    /// The first bits of a nullifier, at most 32.
    #[must_use]
    pub fn of(nullifier: &Nullifier, bits: u8) -> Self {
        let bits = bits.min(MAX_BITS);
        let mut first = [0; 32];
        for (index, (byte, own)) in first.iter_mut().zip(nullifier.bytes()).enumerate() {
            *byte = own & mask(bits, index);
        }
        Self { bits, first }
    }

    /// Reads `all`, or 1 to 32 digits 0 and 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = if text == ALL { "" } else { text };
        let bits = u8::try_from(digits.len()).ok()?;
        if bits > MAX_BITS || (text.is_empty()) {
            return None;
        }
        let mut first = [0; 32];
        for (index, digit) in digits.bytes().enumerate() {
            let byte = first.get_mut(index / 8)?;
            match digit {
                b'0' => {}
                b'1' => *byte |= 0x80_u8.wrapping_shr(u32::try_from(index % 8).ok()?),
                _ => return None,
            }
        }
        Some(Self { bits, first })
    }

    /// As in the path.
    #[must_use]
    pub fn to_text(&self) -> String {
        if self.bits == 0 {
            return ALL.into();
        }
        let digit = |index: u8| {
            let byte = self.first.get(usize::from(index / 8)).copied().unwrap_or(0);
            let bit = byte.wrapping_shl(u32::from(index % 8)) & 0x80;
            if bit == 0 { '0' } else { '1' }
        };
        (0..self.bits).map(digit).collect()
    }

    /// How many bits.
    #[must_use]
    pub const fn bits(&self) -> u8 {
        self.bits
    }

    /// The smallest nullifier that begins so.
    #[must_use]
    pub const fn first(&self) -> Nullifier {
        Nullifier::new(self.first)
    }

    /// The greatest.
    #[must_use]
    pub fn last(&self) -> Nullifier {
        let mut last = self.first;
        for (index, byte) in last.iter_mut().enumerate() {
            *byte |= !mask(self.bits, index);
        }
        Nullifier::new(last)
    }

    /// Whether it begins so.
    #[must_use]
    pub fn covers(&self, nullifier: &Nullifier) -> bool {
        Self::of(nullifier, self.bits) == *self
    }
}

/// The bits of that byte that belong to a prefix.
fn mask(bits: u8, index: usize) -> u8 {
    let before = u8::try_from(index.saturating_mul(8)).unwrap_or(u8::MAX);
    let here = u32::from(bits.saturating_sub(before).min(8));
    0xFF_u8.checked_shr(here).map_or(0xFF, |rest| !rest)
}

/// What the issuer signs about a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpentClaims {
    /// Who says it.
    pub issuer: IssuerId,
    /// The begin of the hour in which it was read.
    pub iat: Timestamp,
    /// Of which keyset.
    pub keyset: KeysetId,
    /// Under which prefix.
    pub prefix: String,
    /// [`list_hash`].
    pub hash: [u8; 32],
}

/// The hash over nullifiers in ascending order.
#[must_use]
pub fn list_hash(spent: &[Nullifier]) -> [u8; 32] {
    let begin = Transcript::new("farthing/v1/spent").count(spent.len());
    let bytes = spent.iter().fold(begin, |list, n| list.fixed(n.bytes()));
    bytes.hash()
}

impl SpentClaims {
    fn read(object: &mut Object) -> Option<Self> {
        Some(Self {
            issuer: object.parsed("iss", IssuerId::named),
            iat: object.time("iat"),
            keyset: KeysetId::new(object.bytes("keyset")),
            prefix: object.text("prefix"),
            hash: object.bytes("spent"),
        })
    }

    /// The payload to sign.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .text("iss", self.issuer.as_str())
            .integer("iat", self.iat.get())
            .b64u("keyset", self.keyset.bytes())
            .text("prefix", &self.prefix)
            .b64u("spent", &self.hash)
            .finish()
    }
}

/// The text of a list: what was signed about it, and the nullifiers.
#[must_use]
pub fn list_json(head: &str, spent: &[Nullifier]) -> String {
    let bytes: Vec<u8> = spent.iter().flat_map(|n| *n.bytes()).collect();
    let list = Writer::new().text("head", head).b64u("spent", &bytes);
    list.finish()
}

/// Not a list of this issuer, of this keyset, under this prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpentListInvalid;

impl SpentListInvalid {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "spent_list_invalid"
    }
}

/// A list that the issuer signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpentList {
    iat: Timestamp,
    prefix: Prefix,
    spent: Vec<Nullifier>,
}

impl SpentList {
    /// Parses a list, and checks its signature and that it is the one asked for.
    ///
    /// # Errors
    /// [`SpentListInvalid`].
    pub fn verify(
        text: &[u8],
        issuer: &IssuerId,
        keys: &[PublicJwk],
        keyset: &KeysetId,
        prefix: Prefix,
    ) -> Result<Self, SpentListInvalid> {
        let read = parse_object(text, MAX_LIST).and_then(|object| {
            object.read(|object| Some((object.text("head"), object.b64u("spent"))))
        });
        let (head, bytes) = read.map_err(|_| SpentListInvalid)?;
        let unverified = Unverified::parse(&head, jws::SPENT).map_err(|_| SpentListInvalid)?;
        let payload = unverified.verify_with_any(keys);
        let claims = payload.map_err(|_| SpentListInvalid)?;
        let claims = claims.read(SpentClaims::read);
        let claims = claims.map_err(|_| SpentListInvalid)?;
        let (chunks, rest) = bytes.as_chunks::<32>();
        let spent: Vec<Nullifier> = chunks.iter().copied().map(Nullifier::new).collect();
        let sound = rest.is_empty()
            && claims.issuer == *issuer
            && claims.keyset == *keyset
            && claims.prefix == prefix.to_text()
            && claims.hash == list_hash(&spent)
            && spent.is_sorted_by(|a, b| a < b)
            && spent.iter().all(|n| prefix.covers(n));
        sound
            .then_some(Self {
                iat: claims.iat,
                prefix,
                spent,
            })
            .ok_or(SpentListInvalid)
    }

    /// The begin of the hour in which it was read.
    #[must_use]
    pub const fn iat(&self) -> Timestamp {
        self.iat
    }

    /// Whether that token was spent then; `None` if the list is not about it.
    #[must_use]
    pub fn has(&self, nullifier: &Nullifier) -> Option<bool> {
        let is_spent = || self.spent.binary_search(nullifier).is_ok();
        self.prefix.covers(nullifier).then(is_spent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::sha256;
    use alloc::string::ToString;

    #[test]
    fn a_question_hides_a_token_among_two_to_four_thousand() {
        assert_eq!(prefix_bits(0), 0);
        assert_eq!(prefix_bits(3_999), 0);
        assert_eq!(prefix_bits(4_000), 1);
        assert_eq!(prefix_bits(7_999), 1);
        assert_eq!(prefix_bits(10_000_000), 12);
        for spent in [4_000_u64, 123_456, 10_000_000, u64::from(u32::MAX)] {
            let crowd = spent >> prefix_bits(spent);
            assert!((2_000..4_000).contains(&crowd), "{spent}: {crowd}");
        }
        assert_eq!(prefix_bits(u64::MAX), 32);
    }

    #[test]
    fn a_prefix_is_read_as_it_is_written_and_no_other_text_is() {
        for n in 0_u8..64 {
            let nullifier = Nullifier::new(sha256(&[n]));
            for bits in 0..=32 {
                let prefix = Prefix::of(&nullifier, bits);
                assert_eq!(Prefix::parse(&prefix.to_text()), Some(prefix));
                assert_eq!(prefix.bits(), bits);
                assert!(prefix.covers(&nullifier));
                assert!(prefix.first() <= nullifier && nullifier <= prefix.last());
                assert!(prefix.covers(&prefix.first()) && prefix.covers(&prefix.last()));
            }
        }
        let long = "0".repeat(33);
        for text in ["", "2", "01 ", "ALL", "all0", "0x", &long, "é"] {
            assert_eq!(Prefix::parse(text), None, "{text}");
        }
    }

    #[test]
    fn prefixes_of_one_length_divide_all_nullifiers() {
        let all: Vec<Prefix> = (0..8_u8)
            .map(|n| Prefix::parse(&alloc::format!("{n:03b}").to_string()).unwrap())
            .collect();
        for n in 0..200_u8 {
            let nullifier = Nullifier::new(sha256(&[n]));
            let covering = all.iter().filter(|prefix| prefix.covers(&nullifier));
            assert_eq!(covering.count(), 1);
        }
        for pair in all.windows(2) {
            assert!(pair[0].last() < pair[1].first());
        }
    }
}
