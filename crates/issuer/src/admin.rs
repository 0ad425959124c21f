//! What the operator watches, on a listener of its own that readers cannot reach: `/metrics`, `/healthz`, `/readyz`.

use crate::config::Secret;
use crate::http::connections;
use crate::http::health;
use crate::issuer::Issuer;
use crate::metrics::MEDIA_TYPE;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
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
    let numbers = get(numbers::<L>).with_state(Arc::clone(&issuer));
    Router::new()
        .route("/metrics", numbers)
        .route("/readyz", get(ready::<L>).with_state(issuer))
        .route("/healthz", get(health::alive))
}

async fn numbers<L: Ledger>(State(issuer): State<Arc<Issuer<L>>>, headers: HeaderMap) -> Response {
    let admin = issuer.config().admin();
    if let Some(token) = admin.and_then(|admin| admin.token.as_ref())
        && !shows(&headers, token)
    {
        let challenge = HeaderValue::from_static("Bearer");
        let headers = [(header::WWW_AUTHENTICATE, challenge)];
        return (StatusCode::UNAUTHORIZED, headers).into_response();
    }
    match issuer.metrics().text() {
        Ok(text) => {
            let media_type = HeaderValue::from_static(MEDIA_TYPE);
            ([(header::CONTENT_TYPE, media_type)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn shows(headers: &HeaderMap, token: &Secret) -> bool {
    let shown = headers
        .get(header::AUTHORIZATION)
        .map(HeaderValue::as_bytes);
    shown
        .and_then(|shown| shown.strip_prefix(b"Bearer "))
        .is_some_and(|shown| token.is(shown))
}

async fn ready<L: Ledger>(State(issuer): State<Arc<Issuer<L>>>) -> Response {
    health::readiness(&issuer).await
}
