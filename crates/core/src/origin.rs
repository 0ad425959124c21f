//! Issuer and publisher ids: web origins, compared byte for byte (R6).

use crate::json::Blank;
use crate::text::cut_at_last;
use alloc::string::String;
use core::fmt;

const MAX_ORIGIN: usize = 255;

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Whether a label is a number to the URL standard: a host that ends in one is read as an IPv4 address.
fn is_numeric(label: &[u8]) -> bool {
    let hex = label.strip_prefix(b"0x");
    hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
        || label.iter().all(u8::is_ascii_digit)
}

/// A number without sign or leading zero; `None` for anything else and for what is larger.
fn decimal(text: &[u8]) -> Option<u16> {
    if text.is_empty() || (text.len() > 1 && text.starts_with(b"0")) {
        return None;
    }
    text.iter().try_fold(0_u16, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(digit.into())
    })
}

fn labels(host: &str) -> impl DoubleEndedIterator<Item = &[u8]> {
    host.as_bytes().split(|byte| *byte == b'.')
}

/// Four numbers up to 255: the one way in which the URL standard writes an IPv4 address.
fn is_ipv4(host: &str) -> bool {
    labels(host).count() == 4
        && labels(host).all(|part| decimal(part).is_some_and(|number| number <= 255))
}

/// Lower-case labels, an IPv4 address, or the IPv6 loopback; other IPv6 addresses have too many spellings to check here
/// and are of no use as an identity.
fn is_host(host: &str) -> bool {
    let in_alphabet = |label: &[u8]| {
        !label.is_empty()
            && label
                .iter()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    match labels(host).next_back() {
        Some(last) if is_numeric(last) => is_ipv4(host),
        _ => host == "[::1]" || labels(host).all(in_alphabet),
    }
}

fn is_port(port: &str, default: u16) -> bool {
    decimal(port.as_bytes()).is_some_and(|port| port != 0 && port != default)
}

/// The host of `host` or `host:port` in canonical form; `None` for anything else.
fn canonical_host(authority: &str, default_port: u16) -> Option<&str> {
    let (host, port) = match cut_at_last(authority, b':') {
        // The colons of `[::1]` are inside the brackets.
        Some((host, port)) if !port.ends_with("]") => (host, Some(port)),
        _ => (authority, None),
    };
    (is_host(host) && port.is_none_or(|port| is_port(port, default_port))).then_some(host)
}

/// Whether plain http on loopback counts as an origin: only in sandbox mode (R6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OriginPolicy {
    /// https only.
    HttpsOnly,
    /// https, and http on `localhost`, `127.0.0.1` and `[::1]`.
    LoopbackHttp,
}

fn parse(text: &str, policy: OriginPolicy) -> Option<String> {
    if text.len() > MAX_ORIGIN {
        return None;
    }
    let canonical = if let Some(authority) = text.strip_prefix("https://") {
        canonical_host(authority, 443).is_some()
    } else {
        let authority = text.strip_prefix("http://")?;
        policy == OriginPolicy::LoopbackHttp
            && canonical_host(authority, 80).is_some_and(is_loopback)
    };
    canonical.then(|| String::from(text))
}

macro_rules! origin {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// `None` unless the text is a canonical origin that the policy admits.
            #[must_use]
            pub fn parse(text: &str, policy: OriginPolicy) -> Option<Self> {
                parse(text, policy).map(Self)
            }

            /// As an object of the protocol names it: `None` unless canonical. Whether plain http on loopback counts is
            /// for whoever knows the mode to ask (R6).
            pub(crate) fn named(text: &str) -> Option<Self> {
                Self::parse(text, OriginPolicy::LoopbackHttp)
            }

            /// The origin as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The origin's bytes, as hashed.
            #[must_use]
            pub fn bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }

            /// Whether the scheme is plain http, so that only sandbox mode may take it.
            #[must_use]
            pub fn is_http(&self) -> bool {
                self.0.starts_with("http://")
            }
        }

        impl Blank for $name {
            fn blank() -> Self {
                Self(String::new())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

origin!(
    /// An issuer: the `iss` of its manifests and grants.
    IssuerId
);
origin!(
    /// A publisher: the `iss` of its offers, the `aud` of grants on them.
    PublisherId
);
origin!(
    /// The origin of a page, which is the publisher's or an embedder's.
    PageOrigin
);

impl PublisherId {
    /// Whether the page is on the publisher's own origin.
    #[must_use]
    pub fn is_page(&self, page: &PageOrigin) -> bool {
        self.0 == page.0
    }
}
