//! The public server.

use super::connections::{self, Bounds};
use super::limits::Rates;
use super::router;
use super::tls::{self, Certificate, Door, Tls};
use crate::issuer::Issuer;
use axum::middleware::map_response;
use farthing_ledger::Ledger;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves readers over plain HTTP until `shutdown` is ready; then takes no new connection, lets requests in work
/// finish, and returns.
///
/// # Errors
/// Those of the listener that do not pass, and if the system gives no randomness.
pub async fn serve<L: Ledger>(
    listener: TcpListener,
    issuer: Arc<Issuer<L>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    behind(listener, None, issuer, shutdown).await
}

/// The same over TLS with this certificate.
///
/// # Errors
/// As of [`serve`].
pub async fn serve_tls<L: Ledger>(
    listener: TcpListener,
    certificate: Certificate,
    issuer: Arc<Issuer<L>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    behind(listener, Some(certificate), issuer, shutdown).await
}

async fn behind<L: Ledger>(
    listener: TcpListener,
    certificate: Option<Certificate>,
    issuer: Arc<Issuer<L>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let limits = issuer.config().limits();
    let rates = Rates::new(limits, issuer.random()).map_err(io::Error::other)?;
    let (bounds, metrics) = (Bounds::of_readers(limits), Arc::clone(issuer.metrics()));
    let shutdown = async {
        shutdown.await;
        tracing::info!("ending: no new connections");
    };
    let (door, router) = match certificate {
        None => (Door::Open, router(issuer, rates)),
        Some(certificate) => {
            let tls = Tls::new(
                certificate,
                limits.max_requests,
                rates.clone(),
                Arc::clone(&metrics),
            );
            let router = router(issuer, rates).layer(map_response(tls::always));
            (Door::Tls(tls.map_err(io::Error::other)?), router)
        }
    };
    connections::accept(listener, door, bounds, router, Some(metrics), shutdown).await
}
