//! Grants: the receipt and the right to read (spec section 8).

use crate::bytes::Transcript;
use crate::id::{Binding, GrantId, GrantSalt, KeyCommit, OfferHash, Subject};
use crate::json::{Malformed, Object, Writer};
use crate::jwk::{Kid, PublicJwk};
use crate::jws::{self, JwsError, Unverified};
use crate::money::{Currency, Micro};
use crate::offer::Offer;
use crate::origin::{IssuerId, PublisherId};
use crate::point::Point;
use crate::resource::{Resource, Version};
use crate::time::{BROWSER_EXPIRY_TOLERANCE, Timestamp};
use alloc::string::String;
use core::fmt;

/// Why a grant is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GrantError {
    /// Not a grant, not signed by the issuer, or not for what was asked.
    Invalid,
    /// Its time of access is over.
    Expired,
}

impl GrantError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "grant_invalid",
            Self::Expired => "grant_expired",
        }
    }

    /// One line for developers; not stable.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Invalid => "the grant is damaged or for something else",
            Self::Expired => "the time of access is over",
        }
    }
}

impl fmt::Display for GrantError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for GrantError {}

impl From<Malformed> for GrantError {
    fn from(_: Malformed) -> Self {
        Self::Invalid
    }
}

impl From<JwsError> for GrantError {
    fn from(_: JwsError) -> Self {
        Self::Invalid
    }
}

/// What opens a grant's subject. The reader keeps it; whoever sees it knows what was bought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The reader's salt.
    pub salt: GrantSalt,
    /// What was bought.
    pub resource: Resource,
    /// Which version.
    pub version: Version,
    /// By which offer.
    pub offer_hash: OfferHash,
    /// With which content key.
    pub key_commit: KeyCommit,
}

impl Opening {
    /// The opening of a grant on that offer.
    #[must_use]
    pub fn of(offer: &Offer, salt: GrantSalt) -> Self {
        let claims = offer.claims();
        Self {
            salt,
            resource: claims.resource.clone(),
            version: claims.version.clone(),
            offer_hash: *offer.hash(),
            key_commit: claims.key_commit,
        }
    }

    /// The commitment that the grant carries.
    #[must_use]
    pub fn subject(&self) -> Subject {
        Subject::new(
            Transcript::new("farthing/v1/subject")
                .fixed(self.salt.bytes())
                .lp(self.resource.as_str().as_bytes())
                .lp(self.version.as_str().as_bytes())
                .fixed(self.offer_hash.bytes())
                .fixed(self.key_commit.bytes())
                .hash(),
        )
    }
}

/// The id of the grant that a redemption gives.
#[must_use]
pub fn grant_id(binding: &Binding) -> GrantId {
    let hash = Transcript::new("farthing/v1/grant")
        .fixed(binding.bytes())
        .hash();
    let head = hash.first_chunk::<16>().copied();
    GrantId::new(head.unwrap_or_default())
}

/// What was paid with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paid {
    /// Money.
    Money,
    /// Starter tokens of the publisher.
    Promo,
}

impl Paid {
    const fn word(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Promo => "promo",
        }
    }
}

/// Everything a grant says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantClaims {
    /// Who gave it.
    pub issuer: IssuerId,
    /// At whose content it is good.
    pub publisher: PublisherId,
    /// Its id.
    pub id: GrantId,
    /// When it was given, by the issuer's clock.
    pub iat: Timestamp,
    /// Commitment to what was bought.
    pub subject: Subject,
    /// What was paid.
    pub amount: Micro,
    /// In which currency.
    pub currency: Currency,
    /// With what.
    pub paid: Paid,
    /// The issuer's fee in that amount.
    pub issuer_fee: Micro,
    /// The tax in that amount.
    pub tax: Micro,
    /// End of access; `None` never ends.
    pub access_until: Option<Timestamp>,
    /// End of the publisher's undo; `None` there is none.
    pub refund_until: Option<Timestamp>,
    /// The reader's key; of a gift that nobody has claimed, the key in its link.
    pub cnf: Point,
    /// Of a gift, the thumbprint of the giver's key; only such a grant is bound to another key, once.
    pub giver: Option<Kid>,
}

impl GrantClaims {
    pub(crate) fn read(object: &mut Object) -> Option<Self> {
        object.word("kind", "article");
        let paid = match object.peek_text("paid") {
            Some("promo") => Paid::Promo,
            _ => Paid::Money,
        };
        object.word("paid", paid.word());
        let giver = read_giver(object);
        let fees = object.object("fees", |fees| {
            Some((fees.amount("issuer"), fees.amount("tax")))
        });
        let cnf = object.object("cnf", |cnf| cnf.object("jwk", PublicJwk::read_bare));
        let optional = |time: Timestamp| (time.get() > 0).then_some(time);
        let (issuer_fee, tax) = fees?;
        Some(Self {
            issuer: object.parsed("iss", IssuerId::named),
            publisher: object.parsed("aud", PublisherId::named),
            id: GrantId::new(object.bytes("jti")),
            iat: object.time("iat"),
            subject: Subject::new(object.bytes("subject")),
            amount: object.amount("amount"),
            currency: object.parsed("currency", Currency::parse),
            paid,
            issuer_fee,
            tax,
            access_until: optional(object.time("access_until")),
            refund_until: optional(object.time("refund_until")),
            cnf: cnf?,
            giver,
        })
    }

    /// What the grant says that takes this one's place after a rebind with that binding: the same right with the same
    /// end, for another key, without undo; and no gift any more, so that it is bound once.
    #[must_use]
    pub fn rebound(&self, binding: &Binding, cnf: Point, iat: Timestamp) -> Self {
        Self {
            id: grant_id(binding),
            iat,
            refund_until: None,
            cnf,
            giver: None,
            ..self.clone()
        }
    }

    /// The payload to sign.
    #[must_use]
    pub fn to_json(&self) -> String {
        let time = |time: Option<Timestamp>| time.unwrap_or_default().get();
        let fees = Writer::new()
            .integer("issuer", self.issuer_fee.get())
            .integer("tax", self.tax.get());
        Writer::new()
            .text("iss", self.issuer.as_str())
            .text("aud", self.publisher.as_str())
            .b64u("jti", self.id.bytes())
            .integer("iat", self.iat.get())
            .text("kind", "article")
            .b64u("subject", self.subject.bytes())
            .integer("amount", self.amount.get())
            .text("currency", self.currency.as_str())
            .object("fees", fees)
            .text("paid", self.paid.word())
            .integer("access_until", time(self.access_until))
            .integer("refund_until", time(self.refund_until))
            .object(
                "cnf",
                Writer::new().object("jwk", PublicJwk::new(self.cnf).to_bare_json()),
            )
            .text(
                "giver",
                &self.giver.map(|kid| kid.to_text()).unwrap_or_default(),
            )
            .finish()
    }
}

/// A thumbprint, or none for the empty text.
#[cfg(feature = "gift")]
fn read_giver(object: &mut Object) -> Option<Kid> {
    let giver = object.text("giver");
    if giver.is_empty() {
        return None;
    }
    object.some("giver", Kid::parse(&giver))
}

#[cfg(not(feature = "gift"))]
fn read_giver(object: &mut Object) -> Option<Kid> {
    object.word("giver", "");
    None
}

/// A grant that the issuer signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant(GrantClaims);

impl Grant {
    /// Parses a grant and checks its signature with the issuer's keys.
    ///
    /// The `iat` is the issuer's clock and no reason to refuse: a reader whose own clock is slow has paid all the same
    /// (R21).
    ///
    /// # Errors
    /// [`GrantError::Invalid`].
    pub fn verify(text: &str, issuer: &IssuerId, keys: &[PublicJwk]) -> Result<Self, GrantError> {
        let payload = Unverified::parse(text, jws::GRANT)?.verify_with_any(keys)?;
        let claims = payload.read(GrantClaims::read)?;
        if claims.issuer == *issuer {
            Ok(Self(claims))
        } else {
            Err(GrantError::Invalid)
        }
    }

    /// What it says.
    #[must_use]
    pub const fn claims(&self) -> &GrantClaims {
        &self.0
    }

    /// Whether it is for that opening at that publisher, held by that key (R20, R21).
    ///
    /// # Errors
    /// [`GrantError::Invalid`].
    pub fn check_subject(
        &self,
        publisher: &PublisherId,
        opening: &Opening,
        cnf: &Point,
    ) -> Result<(), GrantError> {
        let fits = self.0.publisher == *publisher
            && self.0.subject == opening.subject()
            && self.0.cnf == *cnf;
        if fits {
            Ok(())
        } else {
            Err(GrantError::Invalid)
        }
    }

    /// Whether access still lasts at a browser's time, which is only a hint (R5).
    ///
    /// # Errors
    /// [`GrantError::Expired`].
    pub fn check_access_as_hint(&self, now: Timestamp) -> Result<(), GrantError> {
        match self.0.access_until {
            Some(until) if now >= until.plus(BROWSER_EXPIRY_TOLERANCE) => Err(GrantError::Expired),
            _ => Ok(()),
        }
    }
}
