//! Offers: what is sold, at which price, under which commitment (spec section 7).

use crate::id::{CtHash, HeadHash, KeyCommit, OfferHash, TermsHash};
use crate::json::{Array, Malformed, Object, Writer};
use crate::jwk::{Kid, PublicJwk};
use crate::jws::{self, JwsError, Unverified};
use crate::manifest::Pin;
use crate::money::{Currency, Micro};
use crate::origin::{IssuerId, OriginPolicy, PageOrigin, PublisherId};
use crate::resource::{Resource, ResourceError, Version};
use crate::time::{BROWSER_EXPIRY_TOLERANCE, DAY, IAT_TOLERANCE, Timestamp};
use alloc::{string::String, vec::Vec};
use core::fmt;

/// Longest life of an offer (R17), in seconds.
pub const MAX_LIFE: u64 = 400 * DAY;

/// Why an offer is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferError {
    /// Not an offer, or not signed by the publisher.
    Invalid,
    /// It sells something reserved.
    Unsupported,
    /// It is over, or not yet begun.
    Expired,
    /// It is for another page.
    Audience,
}

impl OfferError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid => "offer_invalid",
            Self::Unsupported => "unsupported",
            Self::Expired => "offer_expired",
            Self::Audience => "offer_audience",
        }
    }
}

impl fmt::Display for OfferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invalid => "the offer is damaged or not by this publisher",
            Self::Unsupported => "the offer sells what this version does not know",
            Self::Expired => "the offer is over",
            Self::Audience => "the offer is for another page",
        })
    }
}

impl core::error::Error for OfferError {}

impl From<Malformed> for OfferError {
    fn from(_: Malformed) -> Self {
        Self::Invalid
    }
}

impl From<JwsError> for OfferError {
    fn from(_: JwsError) -> Self {
        Self::Invalid
    }
}

impl From<ResourceError> for ClaimsError {
    fn from(error: ResourceError) -> Self {
        match error {
            ResourceError::Query => Self::Unsupported,
            ResourceError::Refused => Self::Malformed(Malformed("resource")),
        }
    }
}

/// Why a payload is no offer's: for the publisher who is to sign it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimsError {
    /// A member is missing, of the wrong form or not known.
    Malformed(Malformed),
    /// It sells something reserved.
    Unsupported,
    /// Life, prices and pins do not fit together (R17).
    Unsound,
}

impl fmt::Display for ClaimsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed(error) => error.fmt(f),
            Self::Unsupported => OfferError::Unsupported.fmt(f),
            Self::Unsound => f.write_str("life, prices and pins do not fit together"),
        }
    }
}

impl core::error::Error for ClaimsError {}

impl From<Malformed> for ClaimsError {
    fn from(error: Malformed) -> Self {
        Self::Malformed(error)
    }
}

impl From<ClaimsError> for OfferError {
    fn from(error: ClaimsError) -> Self {
        match error {
            ClaimsError::Unsupported => Self::Unsupported,
            ClaimsError::Malformed(_) | ClaimsError::Unsound => Self::Invalid,
        }
    }
}

/// One price: at one issuer, in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceEntry {
    /// Where it is paid.
    pub issuer: IssuerId,
    /// In which currency.
    pub currency: Currency,
    /// How much, tax included.
    pub amount: Micro,
    /// To which of the issuer's sealing keys the content key is wrapped.
    pub sealing_kid: Kid,
}

impl PriceEntry {
    /// Reads a price entry.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(mut object: Object) -> Result<Self, Malformed> {
        let entry = Self {
            issuer: object.parsed("issuer", |issuer| {
                IssuerId::parse(issuer, OriginPolicy::LoopbackHttp)
            })?,
            currency: object.parsed("currency", Currency::parse)?,
            amount: object.number("amount", |m| Micro::new(m).filter(|m| *m > Micro::ZERO))?,
            sealing_kid: object.parsed("sealing_kid", Kid::parse)?,
        };
        object.finish().map(|()| entry)
    }

    /// The entry as JSON.
    #[must_use]
    pub fn to_json(&self) -> Writer {
        Writer::new()
            .text("issuer", self.issuer.as_str())
            .text("currency", self.currency.as_str())
            .integer("amount", self.amount.get())
            .text("sealing_kid", &self.sealing_kid.to_text())
    }
}

/// One sealed part of the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentPart {
    /// Commitment to its ciphertext.
    pub ct_hash: CtHash,
    /// Plaintext bytes.
    pub length: u64,
    /// Its media type.
    pub media_type: String,
    /// `page`, or an absolute path on the page's origin.
    pub place: String,
}

impl ContentPart {
    fn parse(mut object: Object) -> Result<Self, Malformed> {
        let part = Self {
            ct_hash: object.parsed("ct_hash", CtHash::parse)?,
            length: object.integer("length")?,
            media_type: object
                .parsed("media_type", |t| (t.len() <= 100).then(|| String::from(t)))?,
            place: object.parsed("place", |place| {
                (place == "page" || is_path(place)).then(|| String::from(place))
            })?,
        };
        object.finish().map(|()| part)
    }

    fn to_json(&self) -> Writer {
        Writer::new()
            .b64u("ct_hash", self.ct_hash.bytes())
            .integer("length", self.length)
            .text("media_type", &self.media_type)
            .text("place", &self.place)
    }
}

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

    fn parse(mut object: Object) -> Result<Self, ClaimsError> {
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
            publisher: object.parsed("iss", |iss| {
                PublisherId::parse(iss, OriginPolicy::LoopbackHttp)
            })?,
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
            prices: object
                .objects("prices", 16)?
                .into_iter()
                .map(PriceEntry::parse)
                .collect::<Result<_, _>>()?,
            pins: object
                .objects("pins", 16)?
                .into_iter()
                .map(parse_pin)
                .collect::<Result<_, _>>()?,
            embedders: object
                .texts("embedders", 16)?
                .iter()
                .map(|origin| PageOrigin::parse(origin, OriginPolicy::LoopbackHttp))
                .collect::<Option<_>>()
                .ok_or(Malformed("embedders"))?,
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

/// Whether a text is a path on the page's own origin whatever a URL parser makes of it: white space would be dropped
/// and a backslash read as `/`, so that `/\host` or `/<tab>/host` would leave the origin.
fn is_path(place: &str) -> bool {
    place.len() <= 1024
        && place.starts_with('/')
        && !place.starts_with("//")
        && place
            .bytes()
            .all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\')
}

fn parse_pin(mut object: Object) -> Result<(IssuerId, Pin), Malformed> {
    let issuer = object.parsed("issuer", |issuer| {
        IssuerId::parse(issuer, OriginPolicy::LoopbackHttp)
    })?;
    let pin = Pin {
        n: object.number("n", |n| (n > 0).then_some(n))?,
        hash: object.parsed("hash", HeadHash::parse)?,
    };
    object.finish().map(|()| (issuer, pin))
}

/// A parsed offer whose signature nobody has checked yet.
#[derive(Clone, Debug)]
pub struct UnverifiedOffer(Unverified);

impl UnverifiedOffer {
    /// Parses the JWS, not yet its claims.
    ///
    /// # Errors
    /// [`Malformed`] if it is no JWS of that type.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Unverified::parse(text, jws::OFFER).map(Self)
    }

    /// Who it claims to be by: only to find the keys to check it with.
    ///
    /// # Errors
    /// [`OfferError::Invalid`] if it names no origin.
    pub fn claimed_publisher(&self) -> Result<PublisherId, OfferError> {
        let mut payload = self.0.peek().clone();
        Ok(payload.parsed("iss", |iss| {
            PublisherId::parse(iss, OriginPolicy::LoopbackHttp)
        })?)
    }

    /// The hash that names it.
    #[must_use]
    pub fn hash(&self) -> OfferHash {
        OfferHash::new(self.0.hash())
    }

    /// Checks the signature with the publisher's keys, then the claims.
    ///
    /// # Errors
    /// [`OfferError::Invalid`] or [`OfferError::Unsupported`].
    pub fn verify(self, publisher: &PublisherId, keys: &[PublicJwk]) -> Result<Offer, OfferError> {
        let hash = self.hash();
        let claims = OfferClaims::parse(self.0.verify_with_any(keys)?)?;
        if claims.publisher == *publisher {
            Ok(Offer { claims, hash })
        } else {
            Err(OfferError::Invalid)
        }
    }
}

/// An offer that its publisher signed.
#[derive(Clone, Debug)]
pub struct Offer {
    claims: OfferClaims,
    hash: OfferHash,
}

impl Offer {
    /// What it says.
    #[must_use]
    pub const fn claims(&self) -> &OfferClaims {
        &self.claims
    }

    /// The hash that names it.
    #[must_use]
    pub const fn hash(&self) -> &OfferHash {
        &self.hash
    }

    /// Whether it stands at the issuer's time (R5).
    ///
    /// # Errors
    /// [`OfferError::Expired`].
    pub fn check_time(&self, now: Timestamp) -> Result<(), OfferError> {
        let begun = self.claims.iat <= now.plus(IAT_TOLERANCE);
        if begun && now < self.claims.exp {
            Ok(())
        } else {
            Err(OfferError::Expired)
        }
    }

    /// Whether it seems to stand at a browser's time: its end is only a hint there (R5).
    ///
    /// # Errors
    /// [`OfferError::Expired`].
    pub fn check_time_as_hint(&self, now: Timestamp) -> Result<(), OfferError> {
        let begun = self.claims.iat <= now.plus(IAT_TOLERANCE);
        let stands = now < self.claims.exp.plus(BROWSER_EXPIRY_TOLERANCE);
        if begun && stands {
            Ok(())
        } else {
            Err(OfferError::Expired)
        }
    }

    /// Whether it is for the page at that origin and path (R19).
    ///
    /// # Errors
    /// [`OfferError::Audience`].
    pub fn check_audience(&self, page: &PageOrigin, path: &str) -> Result<(), OfferError> {
        let fits = if self.claims.publisher.is_page(page) {
            Resource::normalise(path).is_ok_and(|resource| resource == self.claims.resource)
        } else {
            self.claims.embedders.contains(page)
        };
        if fits {
            Ok(())
        } else {
            Err(OfferError::Audience)
        }
    }

    /// The price entry that equals `chosen` in every member.
    #[must_use]
    pub fn price(&self, chosen: &PriceEntry) -> Option<&PriceEntry> {
        self.claims.prices.iter().find(|price| *price == chosen)
    }

    /// The pin of an issuer.
    #[must_use]
    pub fn pin(&self, issuer: &IssuerId) -> Option<&Pin> {
        self.claims
            .pins
            .iter()
            .find(|(known, _)| known == issuer)
            .map(|(_, pin)| pin)
    }

    /// Checks that a sealed part is the one this offer sells (R16).
    ///
    /// # Errors
    /// [`crate::content::ContentError::Mismatch`].
    pub fn check_part(
        &self,
        part: &crate::content::SealedPart<'_>,
    ) -> Result<(), crate::content::ContentError> {
        let header = part.header();
        let fits = *header.publisher() == self.claims.publisher
            && *header.resource() == self.claims.resource
            && *header.version() == self.claims.version
            && header.length() == self.claims.content.length
            && part.ct_hash() == self.claims.content.ct_hash;
        if fits {
            Ok(())
        } else {
            Err(crate::content::ContentError::Mismatch)
        }
    }
}
