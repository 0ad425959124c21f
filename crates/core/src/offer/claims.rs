//! Everything an offer says, and whether it fits together.

use super::{ClaimsError, ContentPart, PriceEntry};
use crate::id::{HeadHash, KeyCommit, TermsHash};
use crate::json::{Array, Object, Writer};
use crate::manifest::Pin;
use crate::origin::{IssuerId, PageOrigin, PublisherId};
use crate::resource::{Resource, ResourceError, Version};
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

    pub(super) fn parse(object: Object) -> Result<Self, ClaimsError> {
        let mut reserved = false;
        let claims = object.read(|object| Self::read(object, &mut reserved));
        if reserved {
            return Err(ClaimsError::Unsupported);
        }
        let claims = claims?;
        if claims.is_sound() {
            Ok(claims)
        } else {
            Err(ClaimsError::Unsound)
        }
    }

    /// `reserved` becomes true where a later version may know what this one does not.
    fn read(object: &mut Object, reserved: &mut bool) -> Option<Self> {
        object.object("sold", |sold| {
            let kind = sold.text("kind");
            sold.check("kind", kind == "article");
            *reserved |= !kind.is_empty() && kind != "article";
            Some(())
        });
        let mut content = Vec::new();
        let parts = object.list("content", 256, |part| {
            if content.is_empty() {
                content.push(ContentPart::read(part)?);
            }
            Some(())
        });
        *reserved |= parts.len() > 1;
        let resource = Resource::parse(&object.text("resource"));
        *reserved |= resource == Err(ResourceError::Query);
        Some(Self {
            publisher: object.parsed("iss", PublisherId::named),
            iat: object.time("iat"),
            exp: object.time("exp"),
            version: object.parsed("version", Version::parse),
            title: object.text_that("title", |title| (1..=200).contains(&title.chars().count())),
            words: object.integer("words"),
            access: object.integer("access"),
            refund: object.integer("refund"),
            terms: TermsHash::new(object.bytes("terms")),
            key_commit: KeyCommit::new(object.bytes("key_commit")),
            prices: object.list("prices", 16, PriceEntry::read),
            pins: object.list("pins", 16, read_pin),
            embedders: object.texts("embedders", 16, PageOrigin::named),
            resource: object.some("resource", resource.ok())?,
            content: object.some("content", content.pop())?,
        })
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

fn read_pin(object: &mut Object) -> Option<(IssuerId, Pin)> {
    let pin = Pin {
        n: object.integer("n"),
        hash: HeadHash::new(object.bytes("hash")),
    };
    object.check("n", pin.n > 0);
    Some((object.parsed("issuer", IssuerId::named), pin))
}
