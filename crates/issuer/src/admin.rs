//! What the operator watches, on a listener of its own that readers cannot reach: `/metrics`, `/healthz`, `/readyz`.

use crate::http::connections;
use crate::http::health;
use crate::issuer::Issuer;
use crate::metrics::{MEDIA_TYPE, Metrics};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use farthing_ledger::Ledger;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Connections of those who watch; more of them wait.
const MAX_CONNECTIONS: usize = 32;

/// Serves the operator until `shutdown` is ready. Of the public limits none counts here: who watches an overloaded
/// issuer must get through to it.
///
/// # Errors
/// Those of the listener that do not pass.
pub async fn serve<L: Ledger>(
    listener: TcpListener,
    issuer: Arc<Issuer<L>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    connections::accept(listener, MAX_CONNECTIONS, router(issuer), None, shutdown).await
}

fn router<L: Ledger>(issuer: Arc<Issuer<L>>) -> Router {
    let metrics = Arc::clone(issuer.metrics());
    Router::new()
        .route("/metrics", get(numbers).with_state(metrics))
        .route("/readyz", get(ready::<L>).with_state(issuer))
        .route("/healthz", get(health::alive))
}

async fn numbers(State(metrics): State<Arc<Metrics>>) -> Response {
    match metrics.text() {
        Ok(text) => {
            let media_type = HeaderValue::from_static(MEDIA_TYPE);
            ([(header::CONTENT_TYPE, media_type)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn ready<L: Ledger>(State(issuer): State<Arc<Issuer<L>>>) -> Response {
    health::readiness(&issuer).await
}
