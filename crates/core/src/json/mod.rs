//! The one JSON reader and writer, on both sides of the wire (R3).
//!
//! Strict on purpose: what the browser accepts and what the issuer accepts must not differ. `docs/adr` says why this
//! is our own and what it weighs.

mod object;
mod read;
mod write;

pub use object::{Blank, Object};
pub use read::{Value, parse_object};
pub use write::{Array, Writer};

use core::fmt;

/// Why a text is not the object that was expected; the code is always `malformed`.
///
/// The text names a member or a fault, for developers; it is not part of the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed(pub &'static str);

impl Malformed {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        "malformed"
    }

    /// The member or the fault.
    #[must_use]
    pub const fn words(&self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words())
    }
}

impl core::error::Error for Malformed {}

/// Largest JWS, in bytes.
pub const MAX_JWS: usize = 16 * 1024;
/// Largest manifest body or publisher document, in bytes.
pub const MAX_DOCUMENT: usize = 256 * 1024;
/// Largest request, in bytes.
pub const MAX_REQUEST: usize = 64 * 1024;
/// Largest response, in bytes.
pub const MAX_RESPONSE: usize = 256 * 1024;
