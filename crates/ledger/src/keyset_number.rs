//! The small number that stands for a keyset in tables that grow with tokens.

/// A keyset's number within one ledger: from 1, in the order of first use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct KeysetNumber(i32);

impl KeysetNumber {
    /// `None` below 1.
    pub(crate) fn new(number: i32) -> Option<Self> {
        (number >= 1).then_some(Self(number))
    }

    pub(crate) const fn get(self) -> i32 {
        self.0
    }

    pub(crate) const fn to_be_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }

    /// The number that these bytes are.
    pub(crate) fn from_be_bytes(bytes: [u8; 4]) -> Option<Self> {
        Self::new(i32::from_be_bytes(bytes))
    }
}
