//! HTTP out: one client, with limits, without redirects.

use std::sync::Arc;
use std::time::Duration;
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{RootCerts, TlsConfig};

/// Longest that a call may take from the first packet to the last.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client that follows no redirect, gives up after ten seconds and trusts the machine's certificate authorities.
#[must_use]
pub fn client() -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Config::builder()
        .tls_config(tls)
        .timeout_global(Some(TIMEOUT))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent("farthing-issuer")
        .build()
        .new_agent()
}
