//! What the operator watches, on a listener of its own that readers cannot reach: `/metrics`, `/checkpoints`, `/healthz`, `/readyz`.

use crate::config::SecretError;
use crate::date;
use crate::http::{Door, connections, health};
use crate::issuer::Issuer;
use crate::metrics::MEDIA_TYPE;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use farthing_core::bytes::sha256;
use farthing_core::json::{Array, Writer};
use farthing_ledger::{Frozen, Ledger};
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Connections of those who watch; of more, the idlest is ended.
const MAX_CONNECTIONS: usize = 32;

/// Longest that numbers wait for the ledger to say which keysets are frozen.
const PATIENCE: Duration = Duration::from_secs(1);

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
        issuer: Arc::clone(&issuer),
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
        .route("/metrics", get(show::<L>).with_state(numbers))
        .route("/readyz", get(ready::<L>).with_state(issuer))
        .route("/healthz", get(health::alive));
    let bounds = connections::Bounds::of_all(MAX_CONNECTIONS);
    connections::accept(listener, Door::Open, bounds, router, None, shutdown).await
}

struct Numbers<L> {
    issuer: Arc<Issuer<L>>,
    token: Option<Token>,
}

impl<L> Clone for Numbers<L> {
    fn clone(&self) -> Self {
        Self {
            issuer: Arc::clone(&self.issuer),
            token: self.token.clone(),
        }
    }
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

async fn show<L: Ledger>(State(numbers): State<Numbers<L>>, headers: HeaderMap) -> Response {
    if let Some(refused) = refused(numbers.token.as_ref(), &headers) {
        return refused;
    }
    // Whoever freezes a keyset, this process or another on the ledger, it shows in the next numbers.
    frozen(&numbers.issuer).await;
    match numbers.issuer.metrics().text() {
        Ok(text) => {
            let media_type = HeaderValue::from_static(MEDIA_TYPE);
            ([(header::CONTENT_TYPE, media_type)], text).into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn ready<L: Ledger>(State(issuer): State<Arc<Issuer<L>>>) -> Response {
    let response = health::readiness(&issuer).await;
    if !response.status().is_success() {
        return response;
    }
    let mut text = String::from("ok\n");
    // Readers are served: ledger time goes on without the wall clock. The operator has to look.
    if let Some(alarm) = issuer.clock_alarm() {
        text.push_str(&format!("clock: {alarm}\n"));
    }
    // An issuer with a frozen keyset is ready for all others; whoever watches is told.
    for Frozen {
        keyset,
        hour,
        reason,
    } in frozen(&issuer).await
    {
        let (keyset, since) = (keyset.to_b64u(), date::day(hour.begins()));
        text.push_str(&format!(
            "keyset {keyset} is frozen since {since}: {reason}\n"
        ));
    }
    text.into_response()
}

/// The frozen keysets, as far as the ledger says in time; and the alarm is brought up to date.
async fn frozen<L: Ledger>(issuer: &Issuer<L>) -> Vec<Frozen> {
    let asked = tokio::time::timeout(PATIENCE, issuer.ledger().frozen()).await;
    asked.ok().and_then(Result::ok).unwrap_or_default()
}
