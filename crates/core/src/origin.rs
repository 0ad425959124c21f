//! Issuer and publisher ids: web origins, compared byte for byte (R6).

use alloc::string::String;
use core::fmt;

const MAX_ORIGIN: usize = 255;

fn is_loopback(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

fn host_and_port_are_canonical(authority: &str, default_port: &str) -> Option<bool> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (inside, after) = rest.split_once(']')?;
            let ok = !inside.is_empty()
                && inside
                    .bytes()
                    .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b':'));
            if !ok {
                return None;
            }
            // An IPv6 host keeps its brackets; only the loopback one is of use to us.
            (authority.strip_suffix(after)?, after.strip_prefix(':'))
        }
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    if authority.ends_with(']') != authority.starts_with('[') && port.is_none() {
        return None;
    }
    let labels_ok = host.starts_with('[')
        || (!host.is_empty()
            && host.split('.').all(|label| {
                !label.is_empty()
                    && label
                        .bytes()
                        .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_'))
            }));
    let port_ok = port.is_none_or(|p| {
        !p.is_empty()
            && p.len() <= 5
            && !p.starts_with('0')
            && p != default_port
            && p.parse::<u16>().is_ok()
    });
    (labels_ok && port_ok).then(|| is_loopback(host))
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
        host_and_port_are_canonical(authority, "443").is_some()
    } else {
        let authority = text.strip_prefix("http://")?;
        policy == OriginPolicy::LoopbackHttp
            && host_and_port_are_canonical(authority, "80") == Some(true)
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
