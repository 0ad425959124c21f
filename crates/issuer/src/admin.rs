//! What the operator watches, on a listener of its own that readers cannot reach: `/metrics`, `/checkpoints`, `/healthz`, `/readyz`.

use crate::config::SecretError;
use crate::http::{Door, connections, health};
use crate::issuer::Issuer;
use crate::metrics::{MEDIA_TYPE, Metrics};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use farthing_core::bytes::sha256;
use farthing_core::json::{Array, Writer};
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
        .route(
            "/checkpoints",
            get(checkpoints::<L>).with_state(Kept {
                issuer: Arc::clone(&issuer),
                token: numbers.token.clone(),
            }),
        )
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

/// How many checkpoints are shown at a time.
const PAGE: usize = 200;

struct Kept<L> {
    issuer: Arc<Issuer<L>>,
    token: Option<Token>,
}

impl<L> Clone for Kept<L> {
    fn clone(&self) -> Self {
        Self {
            issuer: Arc::clone(&self.issuer),
            token: self.token.clone(),
        }
    }
}

/// `GET /checkpoints?from=n`: for whoever keeps a copy elsewhere. Not for readers: balances name publishers.
async fn checkpoints<L: Ledger>(
    State(kept): State<Kept<L>>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    if let Some(refused) = refused(kept.token.as_ref(), &headers) {
        return refused;
    }
    let from = match uri.query() {
        None => Some(1),
        Some(query) => query.strip_prefix("from=").and_then(|n| n.parse().ok()),
    };
    let Some(from) = from else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let Ok(found) = kept.issuer.ledger().checkpoints_from(from, PAGE).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let all = Array::new().objects(&found, |checkpoint| {
        Writer::new()
            .text("head", &checkpoint.head)
            .b64u("body", &checkpoint.body)
    });
    let json = HeaderValue::from_static("application/json");
    let body = Writer::new().array("checkpoints", all).finish();
    ([(header::CONTENT_TYPE, json)], body).into_response()
}

/// The answer to whoever does not show the token that must be shown.
fn refused(token: Option<&Token>, headers: &HeaderMap) -> Option<Response> {
    if token.is_none_or(|token| token.is_shown(headers)) {
        return None;
    }
    let challenge = HeaderValue::from_static("Bearer");
    let headers = [(header::WWW_AUTHENTICATE, challenge)];
    Some((StatusCode::UNAUTHORIZED, headers).into_response())
}

async fn show(State(numbers): State<Numbers>, headers: HeaderMap) -> Response {
    if let Some(refused) = refused(numbers.token.as_ref(), &headers) {
        return refused;
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
