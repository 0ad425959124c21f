//! The publisher document: whose keys sign a publisher's offers (spec section 7.1).

use crate::json::{Array, MAX_DOCUMENT, Malformed, Writer, parse_object};
use crate::jwk::PublicJwk;
use crate::origin::{IssuerId, PublisherId};
use alloc::{string::String, vec::Vec};

/// What a publisher says of itself on its own origin. Fetching it from there is the proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublisherDocument {
    /// The origin.
    pub publisher: PublisherId,
    /// The name shown to readers.
    pub name: String,
    /// Where readers complain.
    pub contact: String,
    /// The keys that sign offers, at most 16.
    pub keys: Vec<PublicJwk>,
    /// The issuers it accepts, at most 16.
    pub issuers: Vec<IssuerId>,
}

impl PublisherDocument {
    /// Reads the document.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_DOCUMENT)?.read(|object| {
            let short: fn(&str) -> bool = |text| text.len() <= 200;
            let first_version = object.integer("v") == 1;
            object.check("v", first_version);
            Some(Self {
                publisher: object.parsed("publisher", PublisherId::named),
                name: object.text_that("name", short),
                contact: object.text_that("contact", short),
                keys: object.list("keys", 16, PublicJwk::read),
                issuers: object.texts("issuers", 16, IssuerId::named),
            })
        })
    }

    /// The document's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        let issuers = self.issuers.iter();
        Writer::new()
            .integer("v", 1)
            .text("publisher", self.publisher.as_str())
            .text("name", &self.name)
            .text("contact", &self.contact)
            .array("keys", Array::new().objects(&self.keys, PublicJwk::to_json))
            .array(
                "issuers",
                issuers.fold(Array::new(), |list, i| list.text(i.as_str())),
            )
            .finish()
    }
}
