//! The packed answer: what is stored of an answer, because nothing else of it can be made again (spec section 9).

use super::PackedGrant;
use crate::bytes::{Reader, Transcript};
use crate::content::ContentKey;
use crate::grant::Paid;
use alloc::boxed::Box;
use alloc::vec::Vec;
use zeroize::Zeroizing;

/// A redemption of an article, paid with money.
const ARTICLE: u8 = 1;
const SWAP: u8 = 2;
/// A redemption of an article, paid with starter tokens.
const STARTED: u8 = 4;
/// How a response's body begins: until packed answers there were, the body itself was stored.
const BODY: u8 = b'{';

/// What is stored of an answer. Evaluations, proofs and the sealed content key are made again from the request.
#[derive(Clone, Debug)]
pub enum PackedAnswer {
    /// Of a redemption.
    Redeem {
        /// What the reader bought.
        key: ContentKey,
        /// What shows that it was bought.
        grant: Box<PackedGrant>,
    },
    /// Of a swap, of which everything is made again.
    Swap,
}

impl PackedAnswer {
    /// Reads the bytes; `None` for a form that is not known, and for anything after it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        match reader.take(1)? {
            [form @ (ARTICLE | STARTED)] => {
                let paid = if *form == STARTED {
                    Paid::Promo
                } else {
                    Paid::Money
                };
                Some(Self::Redeem {
                    key: ContentKey::from_slice(reader.take(32)?)?,
                    grant: Box::new(PackedGrant::read(reader, paid)?),
                })
            }
            [SWAP] => reader.end().map(|()| Self::Swap),
            _ => None,
        }
    }

    /// The bytes. Whoever has them can read what was bought.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let bytes = match self {
            Self::Redeem { key, grant } => {
                let form = match grant.paid() {
                    Paid::Money => ARTICLE,
                    Paid::Promo => STARTED,
                };
                let start = Transcript::default().fixed(&[form]).fixed(key.bytes());
                grant.write(start)
            }
            Self::Swap => Transcript::default().fixed(&[SWAP]),
        };
        Zeroizing::new(bytes.bytes())
    }
}

/// Whether what was stored is a response's body as it was sent, from before answers were packed.
#[must_use]
pub fn is_body(stored: &[u8]) -> bool {
    stored.first() == Some(&BODY)
}
