//! Connections: accepted up to a number, heads read within ten seconds, ended gently.

use super::limits::Peer;
use crate::metrics::Metrics;
use axum::Router;
use axum::body::Body;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower::ServiceExt;

/// How long a request's head may take to arrive, and how long a connection may be idle.
const HEAD_ARRIVAL: Duration = Duration::from_secs(10);

/// How long requests in work may go on after the signal to end.
const DRAIN: Duration = Duration::from_secs(20);

/// How long to wait after the system would give no more connections.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves `router` until `shutdown` is ready; then takes no new connection, lets requests in work finish, and returns.
/// Connections are counted if there are metrics to count them in.
///
/// # Errors
/// Those of the listener that do not pass.
pub(crate) async fn accept(
    listener: TcpListener,
    max: usize,
    router: Router,
    metrics: Option<Arc<Metrics>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let slots = Arc::new(Semaphore::new(max));
    let mut server = http1::Builder::new();
    server
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_ARRIVAL)
        .max_headers(64);
    let graceful = GracefulShutdown::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let slot = tokio::select! {
            slot = Arc::clone(&slots).acquire_owned() => slot.map_err(io::Error::other)?,
            () = &mut shutdown => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        let Ok((stream, address)) = accepted else {
            // Out of file descriptors, or a connection that was gone before it was taken.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let counted = metrics
            .as_ref()
            .map(|metrics| metrics.requests.connection());
        let router = router.clone();
        let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(address.ip()));
            router.clone().oneshot(request)
        });
        let connection = graceful.watch(server.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // How a connection ends is the other side's affair; an answer that did not arrive is asked for again.
            let _ = connection.await;
            drop((slot, counted));
        });
    }
    if tokio::time::timeout(DRAIN, graceful.shutdown())
        .await
        .is_err()
    {
        tracing::warn!("requests were still in work at the end");
    }
    Ok(())
}
