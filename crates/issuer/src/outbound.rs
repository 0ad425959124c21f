//! HTTP out: one client, with limits, without redirects.

use std::sync::{Arc, OnceLock};
use std::time::Duration;
use ureq::Agent;
use ureq::config::Config;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// Longest that a call may take from the first packet to the last.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The machine's certificate authorities, read once.
fn authorities() -> RootCerts {
    static AUTHORITIES: OnceLock<RootCerts> = OnceLock::new();
    let read = || {
        let found = rustls_native_certs::load_native_certs();
        for error in &found.errors {
            tracing::warn!(%error, "a certificate authority was not read");
        }
        RootCerts::new_with_certs(
            &found
                .certs
                .iter()
                .map(|der| Certificate::from_der(der).to_owned())
                .collect::<Vec<_>>(),
        )
    };
    AUTHORITIES.get_or_init(read).clone()
}

/// A client that follows no redirect, gives up after ten seconds and trusts the machine's certificate authorities.
#[must_use]
pub fn client() -> Agent {
    let tls = TlsConfig::builder()
        .root_certs(authorities())
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
