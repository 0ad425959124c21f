//! Byte-string identities as types of their own, so that none is taken for another.

use crate::bytes::{array_from_b64u, to_b64u};
use alloc::string::String;
use core::fmt;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        // Aligned, because the compiler moves words in fewer instructions than bytes.
        #[repr(align(4))]
        pub struct $name([u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// Takes the bytes as they are.
            #[must_use]
            pub const fn new(bytes: [u8; $len]) -> Self {
                Self(bytes)
            }

            /// The bytes.
            #[must_use]
            pub const fn bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Reads the base64url form; `None` unless it is exactly that many bytes.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                array_from_b64u(text).map(Self)
            }

            /// The base64url form.
            #[must_use]
            pub fn to_b64u(&self) -> String {
                to_b64u(&self.0)
            }

            /// From a slice of exactly that length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))?;
                f.write_str("(")?;
                f.write_str(&self.to_b64u())?;
                f.write_str(")")
            }
        }
    };
}

id!(
    /// First 16 bytes of the hash over everything that a keyset is (R8).
    KeysetId, 16
);
id!(
    /// A token's public random part. Chosen by the wallet, seen by the issuer only when spent.
    Nonce, 32
);
id!(
    /// The spend identity of a token (spec section 3): accepted at most once.
    Nullifier, 32
);
id!(
    /// Hash over every field of a request (R22). Same binding, same request.
    Binding, 32
);
id!(
    /// Authenticates one token for one binding (R11).
    Mac, 32
);
id!(
    /// Names an order; not a secret. Derived from the order's claim key.
    OrderId, 16
);
id!(
    /// Names a grant (`jti`). Derived from the redemption's binding.
    GrantId, 16
);
id!(
    /// Hash of a grant's signing input; never of its signature (R4).
    GrantHash, 32
);
id!(
    /// Names a quote in a disclosure.
    QuoteId, 16
);
id!(
    /// Hash of an offer's signing input; never of its signature (R4).
    OfferHash, 32
);
id!(
    /// Hash of a manifest head's signing input.
    HeadHash, 32
);
id!(
    /// Hash of a manifest body's exact bytes.
    BodyHash, 32
);
id!(
    /// Hash of a terms text.
    TermsHash, 32
);
id!(
    /// Commitment to header and all chunks of a sealed part (R16).
    CtHash, 32
);
id!(
    /// Commitment to a content key (R16).
    KeyCommit, 32
);
id!(
    /// Salted commitment in a grant to what was bought (spec section 8).
    Subject, 32
);
id!(
    /// The reader's salt in a grant's subject.
    GrantSalt, 32
);
