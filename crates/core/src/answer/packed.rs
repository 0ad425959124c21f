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
/// A redemption of an article as a gift, paid with money.
const GIFT: u8 = 3;
/// A redemption of an article, paid with starter tokens.
const STARTED: u8 = 4;
#[cfg(feature = "undo")]
const REFUND: u8 = 5;
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
    /// Of a redemption whose grant is a gift: giver and link key follow from request or seed.
    Gift {
        /// What was bought.
        key: ContentKey,
        /// What shows that it was bought.
        grant: Box<PackedGrant>,
    },
    /// Of a refund, of which everything is made again.
    #[cfg(feature = "undo")]
    Refund,
    /// Of a swap, of which everything is made again.
    Swap,
}

impl PackedAnswer {
    /// Reads the bytes; `None` for a form that is not known, and for anything after it.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        match reader.take(1)? {
            [form @ (ARTICLE | GIFT | STARTED)] => {
                let paid = if *form == STARTED {
                    Paid::Promo
                } else {
                    Paid::Money
                };
                let key = ContentKey::from_slice(reader.take(32)?)?;
                let grant = Box::new(PackedGrant::read(reader, paid)?);
                Some(if *form == GIFT {
                    Self::Gift { key, grant }
                } else {
                    Self::Redeem { key, grant }
                })
            }
            #[cfg(feature = "undo")]
            [REFUND] => reader.end().map(|()| Self::Refund),
            [SWAP] => reader.end().map(|()| Self::Swap),
            _ => None,
        }
    }

    /// The bytes. Whoever has them can read what was bought.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let bytes = match self {
            Self::Redeem { key, grant } => match grant.paid() {
                Paid::Money => bought(ARTICLE, key, grant),
                Paid::Promo => bought(STARTED, key, grant),
            },
            Self::Gift { key, grant } => bought(GIFT, key, grant),
            #[cfg(feature = "undo")]
            Self::Refund => Transcript::default().fixed(&[REFUND]),
            Self::Swap => Transcript::default().fixed(&[SWAP]),
        };
        Zeroizing::new(bytes.bytes())
    }
}

fn bought(form: u8, key: &ContentKey, grant: &PackedGrant) -> Transcript {
    grant.write(Transcript::default().fixed(&[form]).fixed(key.bytes()))
}

/// Whether what was stored is a response's body as it was sent, from before answers were packed.
#[must_use]
pub fn is_body(stored: &[u8]) -> bool {
    stored.first() == Some(&BODY)
}
