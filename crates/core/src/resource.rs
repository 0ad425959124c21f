//! Resources and versions: what an offer sells (R7).

use crate::json::Blank;
use alloc::{string::String, vec::Vec};
use core::fmt;

const MAX_RESOURCE: usize = 1_024;

/// Why a path is not a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResourceError {
    /// It has a query, which is reserved.
    Query,
    /// Anything else that R7 refuses.
    Refused,
}

/// An absolute path on the publisher's origin, in normal form. Equal resources have equal bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource(String);

impl Resource {
    /// Normalises a path as it stands in a URL.
    ///
    /// # Errors
    /// [`ResourceError`] for a path that R7 refuses.
    pub fn normalise(path: &str) -> Result<Self, ResourceError> {
        if path.len() > MAX_RESOURCE || !path.starts_with("/") {
            return Err(ResourceError::Refused);
        }
        if path.bytes().any(|byte| byte == b'?') {
            return Err(ResourceError::Query);
        }
        let decoded = decode_unreserved(path).ok_or(ResourceError::Refused)?;
        let normal = strip_endings(&decoded);
        // Looked for in both: `/..html` has no dot segment before its ending is taken off.
        let refused = has_dot_segment(&decoded)
            || has_dot_segment(normal)
            || has_empty_segment(&decoded)
            || normal.len() > MAX_RESOURCE;
        if refused {
            return Err(ResourceError::Refused);
        }
        Ok(Self(String::from(normal)))
    }

    /// Takes a text that must already be in normal form, as in a signed offer.
    ///
    /// # Errors
    /// [`ResourceError`] for a path that is refused or not in normal form.
    pub fn parse(text: &str) -> Result<Self, ResourceError> {
        let normal = Self::normalise(text)?;
        if normal.0 == text {
            Ok(normal)
        } else {
            Err(ResourceError::Refused)
        }
    }

    /// The normal form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Blank for Resource {
    fn blank() -> Self {
        Self(String::new())
    }
}

impl fmt::Debug for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn has_empty_segment(path: &str) -> bool {
    path.as_bytes().windows(2).any(|pair| pair == b"//")
}

fn has_dot_segment(path: &str) -> bool {
    path.as_bytes()
        .split(|byte| *byte == b'/')
        .any(|segment| matches!(segment, b"." | b".."))
}

/// Static hosts serve one page under several names; all of them are one resource.
fn strip_endings(mut path: &str) -> &str {
    let endings = ["/index.html", ".html", "/"];
    while let Some(stem) = endings.iter().find_map(|ending| path.strip_suffix(ending)) {
        if stem.is_empty() {
            return "/";
        }
        path = stem;
    }
    path
}

fn push_escape(out: &mut Vec<u8>, byte: u8) {
    const DIGITS: [u8; 16] = *b"0123456789ABCDEF";
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
    out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
}

fn decode_unreserved(path: &str) -> Option<String> {
    let mut out = Vec::with_capacity(path.len());
    let mut bytes = path.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => {
                let high = char::from(bytes.next()?).to_digit(16)?;
                let low = char::from(bytes.next()?).to_digit(16)?;
                let value = u8::try_from((high << 4) | low).ok()?;
                match value {
                    b'.' | b'/' | b'\\' => return None,
                    b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => out.push(value),
                    _ => push_escape(&mut out, value),
                }
            }
            b'\\' | b'#' => return None,
            // What a URL parser escapes in a path: a page's own path comes with these escaped.
            b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'}' => push_escape(&mut out, byte),
            b'!'..=b'~' => out.push(byte),
            _ => return None,
        }
    }
    String::from_utf8(out).ok()
}

/// A version of a resource: 1 to 64 characters of `A–Z a–z 0–9 . _ -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(String);

/// Whether a text is a name of at most `max` characters from the version alphabet.
#[must_use]
pub(crate) fn is_name(text: &str, max: usize) -> bool {
    !text.is_empty()
        && text.len() <= max
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

impl Version {
    /// `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_name(text, 64).then(|| Self(String::from(text)))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Blank for Version {
    fn blank() -> Self {
        Self(String::new())
    }
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
