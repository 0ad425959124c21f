//! Issuer and publisher ids: web origins, compared byte for byte (R6).

use crate::json::Blank;
use alloc::string::String;
use core::fmt;

const MAX_ORIGIN: usize = 255;

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

/// Whether a label is a number to the URL standard: a host that ends in one is read as an IPv4 address.
fn is_numeric(label: &str) -> bool {
    let hex = label.strip_prefix("0x");
    hex.is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
        || label.bytes().all(|b| b.is_ascii_digit())
}

/// A number without sign or leading zero.
fn is_decimal(text: &str) -> bool {
    text == "0" || (!text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()))
}

/// Four numbers up to 255: the one way in which the URL standard writes an IPv4 address.
fn is_ipv4(host: &str) -> bool {
    host.split('.').count() == 4
        && host
            .split('.')
            .all(|part| is_decimal(part) && part.parse::<u8>().is_ok())
}

/// Lower-case labels, an IPv4 address, or the IPv6 loopback; other IPv6 addresses have too many spellings to check here
/// and are of no use as an identity.
fn is_host(host: &str) -> bool {
    let in_alphabet = |label: &str| {
        !label.is_empty()
            && label
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
    };
    match host.rsplit('.').next() {
        Some(last) if is_numeric(last) => is_ipv4(host),
        _ => host == "[::1]" || host.split('.').all(in_alphabet),
    }
}

fn is_port(port: &str, default: &str) -> bool {
    is_decimal(port) && port != "0" && port != default && port.parse::<u16>().is_ok()
}

/// The host of `host` or `host:port` in canonical form; `None` for anything else.
fn canonical_host<'a>(authority: &'a str, default_port: &str) -> Option<&'a str> {
    let (host, port) = match authority.rsplit_once(':') {
        // The colons of `[::1]` are inside the brackets.
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
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
        canonical_host(authority, "443").is_some()
    } else {
        let authority = text.strip_prefix("http://")?;
        policy == OriginPolicy::LoopbackHttp
            && canonical_host(authority, "80").is_some_and(is_loopback)
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
