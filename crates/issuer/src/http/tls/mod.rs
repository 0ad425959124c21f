//! TLS in front of the public listener, if the configuration names a certificate (docs/adr/0022).

mod certificate;
mod handshake;
mod renewal;

pub use certificate::{Certificate, CertificateError};
pub(crate) use handshake::Tls;
pub use renewal::WatchedCertificate;

use axum::http::{HeaderValue, header};
use axum::response::Response;

/// How a connection begins.
#[derive(Clone, Debug)]
pub(crate) enum Door {
    /// With a request.
    Open,
    /// With a handshake.
    Tls(Tls),
}

/// A year, as browsers advise. Subdomains are not the issuer's to decide about.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Tells browsers never to come over plain HTTP again.
pub(super) async fn always(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    response
}
