//! Everything an offer says, and whether it fits together.

use super::{ClaimsError, ContentPart, PriceEntry};
use crate::id::{HeadHash, KeyCommit, TermsHash};
use crate::json::{Array, Malformed, Object, Writer};
use crate::manifest::Pin;
use crate::origin::{IssuerId, PageOrigin, PublisherId};
use crate::resource::{Resource, Version};
use crate::time::{DAY, Timestamp};
use alloc::{string::String, vec::Vec};

/// Longest life of an offer (R17), in seconds.
pub const MAX_LIFE: u64 = 400 * DAY;

/// Everything an offer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfferClaims {
    /// The publisher.
    pub publisher: PublisherId,
    /// When it was made.
    pub iat: Timestamp,
    /// When it is over.
    pub exp: Timestamp,
    /// What is sold.
    pub resource: Resource,
    /// Which version of it.
    pub version: Version,
    /// Its title, for people.
    pub title: String,
    /// Its length in words; 0 if unknown.
    pub words: u64,
    /// Seconds of access from the grant on; 0 for ever.
    pub access: u64,
    /// Seconds within which the publisher gives an undo; 0 none.
    pub refund: u64,
    /// Hash of the publisher's terms.
    pub terms: TermsHash,
    /// The sealed content. More than one part is reserved.
    pub content: ContentPart,
    /// Commitment to the content key.
    pub key_commit: KeyCommit,
    /// 1 to 16 prices.
    pub prices: Vec<PriceEntry>,
    /// One pin for each issuer named in the prices.
    pub pins: Vec<(IssuerId, Pin)>,
    /// Other origins whose pages may carry the offer.
    pub embedders: Vec<PageOrigin>,
}

impl OfferClaims {
    /// Reads a payload that is to be signed.
    ///
    /// # Errors
    /// [`ClaimsError`] says what to mend.
    #[cfg(feature = "publisher")]
    pub fn from_json(payload: &[u8]) -> Result<Self, ClaimsError> {
        Self::parse(crate::json::parse_object(payload, crate::json::MAX_JWS)?)
    }

    pub(super) fn parse(mut object: Object) -> Result<Self, ClaimsError> {
        let mut sold = object.object("sold")?;
        if sold.text("kind")? != "article" {
            return Err(ClaimsError::Unsupported);
        }
        sold.finish()?;
        let mut content = object.objects("content", 256)?;
        let first = content.pop().ok_or(Malformed("content"))?;
        if !content.is_empty() {
            return Err(ClaimsError::Unsupported);
        }
        let claims = Self {
            publisher: object.parsed("iss", PublisherId::named)?,
            iat: object.number("iat", Timestamp::new)?,
            exp: object.number("exp", Timestamp::new)?,
            resource: Resource::parse(&object.text("resource")?)?,
            version: object.parsed("version", Version::parse)?,
            title: object.parsed("title", |title| {
                (1..=200)
                    .contains(&title.chars().count())
                    .then(|| String::from(title))
            })?,
            words: object.integer("words")?,
            access: object.integer("access")?,
            refund: object.integer("refund")?,
            terms: object.parsed("terms", TermsHash::parse)?,
            content: ContentPart::parse(first)?,
            key_commit: object.parsed("key_commit", KeyCommit::parse)?,
            prices: object.list("prices", 16, PriceEntry::parse)?,
            pins: object.list("pins", 16, parse_pin)?,
            embedders: object.texts("embedders", 16, PageOrigin::named)?,
        };
        object.finish()?;
        if claims.is_sound() {
            Ok(claims)
        } else {
            Err(ClaimsError::Unsound)
        }
    }

    /// Whether life, prices and pins fit together (R17, section 7).
    fn is_sound(&self) -> bool {
        let life = self.exp.get().checked_sub(self.iat.get());
        let one_each = |index: usize, price: &PriceEntry| {
            let mut later = self.prices.iter().skip(index.saturating_add(1));
            later.all(|other| (&other.issuer, other.currency) != (&price.issuer, price.currency))
                && self
                    .pins
                    .iter()
                    .filter(|(issuer, _)| *issuer == price.issuer)
                    .count()
                    == 1
        };
        let pins_used = self
            .pins
            .iter()
            .all(|(issuer, _)| self.prices.iter().any(|p| p.issuer == *issuer));
        life.is_some_and(|life| life > 0 && life <= MAX_LIFE)
            && !self.prices.is_empty()
            && self
                .prices
                .iter()
                .enumerate()
                .all(|(index, price)| one_each(index, price))
            && pins_used
    }

    /// The payload to sign.
    #[must_use]
    pub fn to_json(&self) -> String {
        let pins = Array::new().objects(&self.pins, |(issuer, pin)| {
            Writer::new()
                .text("issuer", issuer.as_str())
                .integer("n", pin.n)
                .b64u("hash", pin.hash.bytes())
        });
        let embedders = self.embedders.iter();
        Writer::new()
            .text("iss", self.publisher.as_str())
            .integer("iat", self.iat.get())
            .integer("exp", self.exp.get())
            .text("resource", self.resource.as_str())
            .text("version", self.version.as_str())
            .text("title", &self.title)
            .integer("words", self.words)
            .object("sold", Writer::new().text("kind", "article"))
            .integer("access", self.access)
            .integer("refund", self.refund)
            .b64u("terms", self.terms.bytes())
            .array("content", Array::new().object(self.content.to_json()))
            .b64u("key_commit", self.key_commit.bytes())
            .array(
                "prices",
                Array::new().objects(&self.prices, PriceEntry::to_json),
            )
            .array("pins", pins)
            .array(
                "embedders",
                embedders.fold(Array::new(), |list, o| list.text(o.as_str())),
            )
            .finish()
    }
}

fn parse_pin(mut object: Object) -> Result<(IssuerId, Pin), Malformed> {
    let issuer = object.parsed("issuer", IssuerId::named)?;
    let pin = Pin {
        n: object.number("n", |n| (n > 0).then_some(n))?,
        hash: object.parsed("hash", HeadHash::parse)?,
    };
    object.finish().map(|()| (issuer, pin))
}
