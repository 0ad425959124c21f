//! The issuer's terms, by hash.

use crate::id::TermsHash;
use crate::json::{Object, Writer};
use crate::resource::Version;
use alloc::string::String;

/// The issuer's terms, by hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Their version.
    pub version: Version,
    /// H of their text.
    pub sha256: TermsHash,
    /// Where the text stands.
    pub url: String,
}

/// What may stand in a link: never a script.
fn is_web_address(url: &str) -> bool {
    url.len() <= 1024 && (url.starts_with("https://") || url.starts_with("http://"))
}

impl Terms {
    pub(crate) fn read(object: &mut Object) -> Option<Self> {
        Some(Self {
            version: object.parsed("version", Version::parse),
            sha256: TermsHash::new(object.bytes("sha256")),
            url: object.text_that("url", is_web_address),
        })
    }

    pub(crate) fn to_json(&self) -> Writer {
        Writer::new()
            .text("version", self.version.as_str())
            .b64u("sha256", self.sha256.bytes())
            .text("url", &self.url)
    }
}
