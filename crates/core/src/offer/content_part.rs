//! What an offer says of a sealed part.

use crate::id::CtHash;
use crate::json::{Object, Writer};
use alloc::string::String;

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
    pub(super) fn read(object: &mut Object) -> Option<Self> {
        Some(Self {
            ct_hash: CtHash::new(object.bytes("ct_hash")),
            length: object.integer("length"),
            media_type: object.text_that("media_type", |text| text.len() <= 100),
            place: object.text_that("place", |place| place == "page" || is_path(place)),
        })
    }

    pub(super) fn to_json(&self) -> Writer {
        Writer::new()
            .b64u("ct_hash", self.ct_hash.bytes())
            .integer("length", self.length)
            .text("media_type", &self.media_type)
            .text("place", &self.place)
    }
}

/// Whether a text is a path on the page's own origin whatever a URL parser makes of it: white space would be dropped
/// and a backslash read as `/`, so that `/\host` or `/<tab>/host` would leave the origin.
fn is_path(place: &str) -> bool {
    place.len() <= 1024
        && place.starts_with("/")
        && !place.starts_with("//")
        && place
            .bytes()
            .all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\')
}
