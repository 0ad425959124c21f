//! Fixed bytes, a fixed clock, and randomness that is the same in every run.

use farthing_core::bytes::sha256;
use farthing_core::money::Currency;
use farthing_core::origin::{IssuerId, OriginPolicy, PageOrigin, PublisherId};
use farthing_core::time::Timestamp;

/// The fixed clock: 2026-11-22T00:00:00Z, in seconds.
pub const NOW: u64 = 1_795_305_600;
/// One day in seconds.
pub const DAY: u64 = 86_400;

/// [`NOW`] and so many seconds.
#[must_use]
pub fn time(offset: i64) -> Timestamp {
    Timestamp::new(NOW.checked_add_signed(offset).unwrap()).unwrap()
}

/// 32 bytes that depend on nothing but the label. As a scalar of P-256 they are valid but for 2^-32 of all labels.
#[must_use]
pub fn fixed_bytes(label: &str) -> [u8; 32] {
    sha256(format!("farthing/testkit/{label}").as_bytes())
}

/// `https://NAME.example`.
#[must_use]
pub fn issuer_id(name: &str) -> IssuerId {
    IssuerId::parse(&format!("https://{name}.example"), OriginPolicy::HttpsOnly).unwrap()
}

/// `https://NAME.example`.
#[must_use]
pub fn publisher_id(name: &str) -> PublisherId {
    PublisherId::parse(&format!("https://{name}.example"), OriginPolicy::HttpsOnly).unwrap()
}

/// `https://NAME.example`, as the origin of a page.
#[must_use]
pub fn page(name: &str) -> PageOrigin {
    PageOrigin::parse(&format!("https://{name}.example"), OriginPolicy::HttpsOnly).unwrap()
}

/// A currency by its three letters.
#[must_use]
pub fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap()
}

/// SHA-256 of label and counter: bytes for whoever asks for random ones.
#[derive(Clone, Debug)]
pub struct Deterministic {
    label: String,
    counter: u64,
}

impl Deterministic {
    /// A source that depends on nothing but the label.
    #[must_use]
    pub fn new(label: &str) -> Self {
        Self {
            label: label.to_owned(),
            counter: 0,
        }
    }

    /// Fills with the next bytes.
    pub fn fill(&mut self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(32) {
            let block = fixed_bytes(&format!("random/{}/{}", self.label, self.counter));
            self.counter += 1;
            let (block, _) = block.split_at(piece.len());
            piece.copy_from_slice(block);
        }
    }

    /// The next 32 bytes.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.fill(&mut bytes);
        bytes
    }
}
