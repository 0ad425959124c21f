//! The issuer over HTTP (spec section 10): routes, limits, and the pages that a reader sees.

mod answers;
mod body;
mod checkout;
mod client;
mod code;
pub(crate) mod connections;
mod cors;
mod grants;
pub(crate) mod health;
mod limits;
mod lines;
mod manifests;
mod openapi;
mod orders;
mod page;
mod problem;
mod promos;
mod rate;
mod redemptions;
mod refunds;
mod refusal;
mod restores;
mod routes;
mod serve;
mod swaps;
mod terms;
mod tls;
mod trace;
mod wallet;
mod webhooks;

pub use connections::listen;
pub use serve::{serve, serve_tls};
pub use tls::{Certificate, CertificateError, WatchedCertificate};

use crate::issuer::Issuer;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, http};
use farthing_ledger::Ledger;
use health::LastLook;
use limits::{Rates, Work};
use refusal::Refusal;
use std::sync::Arc;
pub(crate) use tls::Door;
use trace::Trace;

/// What handlers share.
struct Service<L> {
    issuer: Arc<Issuer<L>>,
    last_look: LastLook,
}

type Shared<L> = State<Arc<Service<L>>>;

/// All routes over one issuer.
fn router<L: Ledger>(issuer: Arc<Issuer<L>>, rates: Rates) -> Router {
    let limits = issuer.config().limits();
    let work = Work::new(limits.max_requests, Arc::clone(issuer.metrics()));
    let trace = Trace {
        random: issuer.random_handle(),
        metrics: Arc::clone(issuer.metrics()),
    };
    let service = Service {
        issuer,
        last_look: LastLook::default(),
    };
    let limited = routes::routes::<L>()
        .fallback(async || Refusal::NotFound)
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        .with_state(Arc::new(service))
        .layer(from_fn_with_state(work, limits::at_once))
        .layer(from_fn_with_state(rates, limits::rate));
    limited
        .route(routes::ALIVE, get(health::alive))
        .layer(from_fn(cors::cors))
        .layer(from_fn_with_state(trace, trace::trace))
}

/// A JSON answer.
fn json(status: http::StatusCode, body: impl Into<axum::body::Body>) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

/// A refusal or an answer, whichever it is.
fn answer(result: Result<Response, Refusal>) -> Response {
    result.unwrap_or_else(IntoResponse::into_response)
}
