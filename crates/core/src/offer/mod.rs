//! Offers: what is sold, at which price, under which commitment (spec section 7).

mod claims;
mod content_part;
mod error;
mod price;

pub use claims::{MAX_LIFE, OfferClaims};
pub use content_part::ContentPart;
pub use error::{ClaimsError, OfferError};
pub use price::PriceEntry;

use crate::id::OfferHash;
use crate::json::{Malformed, Object};
use crate::jwk::PublicJwk;
use crate::jws::{self, Unverified};
use crate::manifest::Pin;
use crate::origin::{IssuerId, PageOrigin, PublisherId};
use crate::resource::Resource;
use crate::time::{BROWSER_EXPIRY_TOLERANCE, IAT_TOLERANCE, Timestamp};

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
        let named = self.0.payload.peek_text("iss");
        named
            .and_then(PublisherId::named)
            .ok_or(OfferError::Invalid)
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
        Offer::signed(self.0.verify_with_any(keys)?, publisher, hash)
    }

    /// Like [`Self::verify`], with the signature itself checked by `verify`, which is told key, message and signature.
    ///
    /// # Errors
    /// [`OfferError::Invalid`] or [`OfferError::Unsupported`].
    #[cfg(feature = "issuer")]
    pub fn verify_by(
        self,
        publisher: &PublisherId,
        keys: &[PublicJwk],
        verify: impl FnOnce(&crate::point::Point, &[u8], &[u8; 64]) -> bool,
    ) -> Result<Offer, OfferError> {
        let hash = self.hash();
        Offer::signed(self.0.verify_by(keys, verify)?, publisher, hash)
    }
}

/// An offer that its publisher signed.
#[derive(Clone, Debug)]
pub struct Offer {
    claims: OfferClaims,
    hash: OfferHash,
}

impl Offer {
    fn signed(
        payload: Object,
        publisher: &PublisherId,
        hash: OfferHash,
    ) -> Result<Self, OfferError> {
        let claims = OfferClaims::parse(payload)?;
        if claims.publisher == *publisher {
            Ok(Self { claims, hash })
        } else {
            Err(OfferError::Invalid)
        }
    }

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
