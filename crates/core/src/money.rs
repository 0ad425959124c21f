//! Money in integers of one millionth of the currency's major unit.

use crate::json::Blank;
use alloc::string::String;
use core::fmt;

/// Largest integer that JSON and JavaScript carry exactly: 2^53 − 1.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// An amount in micro: 0 ≤ m ≤ 2^53 − 1 (spec section 1). Arithmetic is checked; a sum that does not fit is `None`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Micro(u64);

impl Micro {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// `None` above 2^53 − 1.
    #[must_use]
    pub const fn new(micro: u64) -> Option<Self> {
        if micro <= MAX_SAFE_INTEGER {
            Some(Self(micro))
        } else {
            None
        }
    }

    /// The number of millionths.
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The number of millionths as a signed ledger amount.
    #[must_use]
    pub fn signed(self) -> i64 {
        i64::try_from(self.0).unwrap_or(i64::MAX)
    }

    /// Reads a signed ledger amount; `None` if negative or too large.
    #[must_use]
    pub fn from_signed(value: i64) -> Option<Self> {
        u64::try_from(value).ok().and_then(Self::new)
    }

    /// Sum, if it fits.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).and_then(Self::new)
    }

    /// Difference, if it is not negative.
    #[must_use]
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Product, if it fits.
    #[must_use]
    pub fn times(self, count: u64) -> Option<Self> {
        self.0.checked_mul(count).and_then(Self::new)
    }

    /// How many whole `unit`s this is; `None` if it is not a whole number of them.
    #[must_use]
    pub fn units(self, unit: Self) -> Option<u64> {
        match (self.0.checked_div(unit.0), self.0.checked_rem(unit.0)) {
            (Some(count), Some(0)) => Some(count),
            _ => None,
        }
    }

    /// Sum of many, if it fits.
    #[must_use]
    pub fn sum<I: IntoIterator<Item = Self>>(amounts: I) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Debug for Micro {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)?;
        f.write_str("µ")
    }
}

/// Three ASCII capitals (ISO 4217).
// And a zero, because the compiler compares four bytes at a time in fewer instructions than three.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 4]);

impl Currency {
    /// `None` unless the text is three ASCII capitals.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: &[u8; 3] = text.as_bytes().try_into().ok()?;
        let [a, b, c] = *bytes;
        let capitals = bytes.iter().all(u8::is_ascii_uppercase);
        capitals.then_some(Self([a, b, c, 0]))
    }

    /// The three letters.
    #[must_use]
    pub const fn bytes(&self) -> &[u8; 3] {
        let [letters @ .., _] = &self.0;
        letters
    }

    /// The three letters as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

impl Blank for Currency {
    /// ISO 4217's code for no currency.
    fn blank() -> Self {
        Self(*b"XXX\0")
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        Self::from(currency.as_str())
    }
}
