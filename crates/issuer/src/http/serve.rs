//! The public server.

use super::{connections, router};
use crate::issuer::Issuer;
use farthing_ledger::Ledger;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves readers until `shutdown` is ready; then takes no new connection, lets requests in work finish, and returns.
///
/// # Errors
/// Those of the listener that do not pass, and if the system gives no randomness.
pub async fn serve<L: Ledger>(
    listener: TcpListener,
    issuer: Arc<Issuer<L>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let max = issuer.config().limits().max_connections;
    let metrics = Some(Arc::clone(issuer.metrics()));
    let shutdown = async {
        shutdown.await;
        tracing::info!("ending: no new connections");
    };
    let router = router(issuer).map_err(io::Error::other)?;
    connections::accept(listener, max, router, metrics, shutdown).await
}
