//! What the operator watches, on a listener of its own that readers cannot reach: `/metrics`, `/healthz`, `/readyz`.

use crate::config::SecretError;
use crate::http::{Door, connections, health};
use crate::issuer::Issuer;
use crate::metrics::{MEDIA_TYPE, Metrics};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use farthing_core::bytes::sha256;
use farthing_ledger::Ledger;
use std::io;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Connections of those who watch; of more, the idlest is ended.
const MAX_CONNECTIONS: usize = 32;

/// Serves the operator until `shutdown` is ready. Of the public limits none counts here: who watches an overloaded
/// issuer must get through to it.
///
/// # Errors
/// Those of the listener that do not pass, and if `admin.token` names a secret that cannot be had.
pub async fn serve<L: Ledger>(
    listener: TcpListener,
    issuer: Arc<Issuer<L>>,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let numbers = Numbers {
        metrics: Arc::clone(issuer.metrics()),
        token: token(&issuer).map_err(io::Error::other)?,
    };
    let router = Router::new()
        .route("/metrics", get(show).with_state(numbers))
        .route("/readyz", get(ready::<L>).with_state(issuer))
        .route("/healthz", get(health::alive));
    let bounds = connections::Bounds::of_all(MAX_CONNECTIONS);
    connections::accept(listener, Door::Open, bounds, router, None, shutdown).await
}

#[derive(Clone, Debug)]
struct Numbers {
    metrics: Arc<Metrics>,
    token: Option<Token>,
}

/// The hash of a bearer token: how long a comparison takes tells nothing of where two tokens differ.
#[derive(Clone, Debug)]
struct Token([u8; 32]);

fn token<L: Ledger>(issuer: &Issuer<L>) -> Result<Option<Token>, SecretError> {
    let admin = issuer.config().admin();
    let Some(reference) = admin.and_then(|admin| admin.token.as_ref()) else {
        return Ok(None);
    };
    let secret = reference.read()?;
    Ok(Some(Token(sha256(secret.as_bytes()))))
}

impl Token {
    fn is_shown(&self, headers: &HeaderMap) -> bool {
        let shown = headers.get(header::AUTHORIZATION);
        shown
            .and_then(|shown| shown.as_bytes().strip_prefix(b"Bearer "))
            .is_some_and(|shown| !shown.is_empty() && sha256(shown) == self.0)
    }
}

async fn show(State(numbers): State<Numbers>, headers: HeaderMap) -> Response {
    if numbers.token.is_some_and(|token| !token.is_shown(&headers)) {
        let challenge = HeaderValue::from_static("Bearer");
        let headers = [(header::WWW_AUTHENTICATE, challenge)];
        return (StatusCode::UNAUTHORIZED, headers).into_response();
    }
    match numbers.metrics.text() {
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
