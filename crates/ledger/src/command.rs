//! What the ledger is asked to make true, and what it answers.

use crate::Hour;
use core::fmt;
use farthing_core::bytes::{sha256, to_b64u};
use farthing_core::id::{Binding, BodyHash, HeadHash, KeysetId, Nullifier, OfferHash, OrderId};
use farthing_core::money::{Currency, Micro};
use farthing_core::origin::PublisherId;
use farthing_core::time::Timestamp;

/// A manifest to be appended. The issuer made and signed it; the ledger keeps the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewManifest {
    /// Its number, from 1.
    pub n: u64,
    /// The signed head, compact JWS.
    pub head: String,
    /// Hash of the head's signing input.
    pub head_hash: HeadHash,
    /// The body's exact bytes.
    pub body: Vec<u8>,
    /// Hash of the body.
    pub body_hash: BodyHash,
}

/// A manifest as kept, without its body, which [`crate::Ledger::manifest_body`] gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredManifest {
    /// Its number, from 1.
    pub n: u64,
    /// The signed head, compact JWS.
    pub head: String,
    /// Hash of the head's signing input.
    pub head_hash: HeadHash,
    /// Hash of the body.
    pub body_hash: BodyHash,
}

/// The provider's word that an order was paid.
#[derive(Clone, PartialEq, Eq)]
pub struct Settlement {
    /// Which order.
    pub order: OrderId,
    /// Who collected the money.
    pub provider: String,
    /// The provider's name for the charge; one charge settles one order.
    pub reference: String,
    /// What was collected; must be the quote's total.
    pub amount: Micro,
    /// The issuer's clock.
    pub now: Timestamp,
}

impl fmt::Debug for Settlement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The reference names a payer at the provider: not for logs.
        f.debug_struct("Settlement")
            .field("order", &self.order)
            .field("provider", &self.provider)
            .field("amount", &self.amount)
            .finish_non_exhaustive()
    }
}

/// A blinded element that is to be evaluated, by the hash under which it is known for ever.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    /// The keyset it is evaluated under.
    pub keyset: KeysetId,
    /// That keyset's denomination.
    pub denomination: Micro,
    hash: [u8; 32],
}

impl Element {
    /// Takes the blinded element as sent: a compressed point.
    #[must_use]
    pub fn new(keyset: KeysetId, denomination: Micro, blinded: &[u8; 33]) -> Self {
        Self {
            keyset,
            denomination,
            hash: sha256(blinded),
        }
    }

    /// H(blinded element): what the issued table keeps.
    #[must_use]
    pub const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }
}

impl fmt::Debug for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Element({:?}, {:?}, {})",
            self.keyset,
            self.denomination,
            to_b64u(&self.hash)
        )
    }
}

/// A pouch to be drawn from an order. Its value is the sum of its elements' denominations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// Which order.
    pub order: OrderId,
    /// The pouch's number, from 0 without gaps.
    pub pouch: u32,
    /// The mix's name; empty for the remainder, which then must be all that is unminted (R31).
    pub mix: String,
    /// Over the whole request.
    pub binding: Binding,
    /// What is to be evaluated, in the order sent.
    pub elements: Vec<Element>,
    /// The issuer's clock.
    pub now: Timestamp,
}

/// Whether a pouch was drawn now or before. Either way the issuer evaluates the request's elements and answers; the
/// bytes are the same because the proof's randomness derives from the binding (R12).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// The same request drew it before; nothing changed.
    AlreadyDone,
    /// It was drawn now.
    Done,
}

/// A token to be spent, whose mac was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Input {
    /// The keyset it was issued under.
    pub keyset: KeysetId,
    /// That keyset's denomination.
    pub denomination: Micro,
    /// Its spend identity.
    pub nullifier: Nullifier,
}

/// How a price is divided: amount = publisher's share + fee + tax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Split {
    amount: Micro,
    share: Micro,
    fee: Micro,
    tax: Micro,
}

impl Split {
    /// `None` if fee and tax are more than the amount, or the amount is zero.
    #[must_use]
    pub fn new(amount: Micro, fee: Micro, tax: Micro) -> Option<Self> {
        let share = amount.minus(fee)?.minus(tax)?;
        (amount > Micro::ZERO).then_some(Self {
            amount,
            share,
            fee,
            tax,
        })
    }

    /// The price.
    #[must_use]
    pub const fn amount(&self) -> Micro {
        self.amount
    }

    /// What the publisher gets.
    #[must_use]
    pub const fn share(&self) -> Micro {
        self.share
    }

    /// The issuer's fee.
    #[must_use]
    pub const fn fee(&self) -> Micro {
        self.fee
    }

    /// Tax on the fee.
    #[must_use]
    pub const fn tax(&self) -> Micro {
        self.tax
    }
}

/// A response body, encrypted under a secret of the lead token (spec section 9, stored answer).
#[derive(Clone, PartialEq, Eq)]
pub struct SealedAnswer(Vec<u8>);

impl SealedAnswer {
    /// Takes the ciphertext.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The ciphertext.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The ciphertext, by value.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for SealedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedAnswer({} bytes)", self.0.len())
    }
}

/// A purchase of which everything was checked and the whole answer built.
#[derive(Clone, PartialEq, Eq)]
pub struct Redemption {
    /// Over the whole request.
    pub binding: Binding,
    /// ISO 4217; that of all keysets named.
    pub currency: Currency,
    /// The tokens, in strictly ascending order of nullifier (R23); the first is the lead.
    pub inputs: Vec<Input>,
    /// The change, in the order sent. Σ inputs = amount + Σ outputs (R24).
    pub outputs: Vec<Element>,
    /// The price and its parts.
    pub split: Split,
    /// Who is paid.
    pub publisher: PublisherId,
    /// What was sold, for the daily counter only.
    pub offer: OfferHash,
    /// When, by the issuer's clock.
    pub hour: Hour,
    /// What will be sent, encrypted for the wallet alone.
    pub answer: SealedAnswer,
    /// The first hour at which the answer is no longer given (R26).
    pub answer_expires: Hour,
}

impl fmt::Debug for Redemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Tokens, binding, publisher and offer together say who may have read what: not for logs.
        f.debug_struct("Redemption")
            .field("inputs", &self.inputs.len())
            .field("outputs", &self.outputs.len())
            .finish_non_exhaustive()
    }
}

/// The outcome of a redemption that was accepted, now or before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeemed {
    /// It was accepted now and is durable: the answer may leave.
    Accepted,
    /// The same request was accepted before: send what was stored then, not what was built now.
    Replayed(SealedAnswer),
}

/// An operation that spends tokens and stores an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// A purchase.
    Redeem,
}

impl Operation {
    /// The word of spec section 9.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Redeem => "redeem",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        (word == "redeem").then_some(Self::Redeem)
    }
}

/// What is left of a stored answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerState {
    /// The reader wished it gone.
    Erased,
    /// Its time is over.
    Expired,
    /// As stored.
    Sealed(SealedAnswer),
}

/// What a spent token was spent for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Which operation.
    pub operation: Operation,
    /// The binding of the request that spent it.
    pub binding: Binding,
    /// The smallest nullifier of that request: the token whose secret opens the answer.
    pub lead: Nullifier,
    /// The answer, if it is still there.
    pub state: AnswerState,
}
