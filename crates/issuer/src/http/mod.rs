//! The issuer over HTTP (spec section 10): routes, limits, and the pages that a reader sees.

mod answers;
mod body;
mod checkout;
mod code;
mod cors;
mod health;
mod limits;
mod manifests;
mod orders;
mod page;
mod problem;
mod rate;
mod redemptions;
mod refusal;
mod serve;
mod terms;
mod trace;
mod webhooks;

pub use serve::serve;

use crate::issuer::Issuer;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, http};
use farthing_ledger::Ledger;
use rate::RateLimit;
use refusal::Refusal;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// What handlers share.
struct Service<L> {
    issuer: Arc<Issuer<L>>,
    orders: RateLimit,
}

type Shared<L> = State<Arc<Service<L>>>;

/// All routes over one issuer.
pub(crate) fn router<L: Ledger>(issuer: Arc<Issuer<L>>) -> Router {
    let limits = issuer.config().limits();
    let slots = Arc::new(Semaphore::new(limits.max_requests));
    let random = issuer.random_handle();
    let service = Service {
        issuer,
        orders: RateLimit::new(limits.orders_per_minute),
    };
    let limited = Router::new()
        .route("/.well-known/jwks.json", get(manifests::jwks::<L>))
        .route("/v1/manifests", get(manifests::heads::<L>))
        .route("/v1/manifests/bodies/{hash}", get(manifests::body::<L>))
        .route("/v1/keysets/{id}", get(manifests::keyset::<L>))
        .route("/v1/orders", post(orders::create::<L>))
        .route("/v1/orders/{id}", get(orders::state::<L>))
        .route("/v1/orders/{id}/draw", post(orders::draw::<L>))
        .route("/v1/redemptions", post(redemptions::create::<L>))
        .route("/v1/answers", post(answers::answer::<L>))
        .route("/v1/webhooks/{provider}", post(webhooks::receive::<L>))
        .route(
            "/checkout/{id}",
            get(checkout::show::<L>).post(checkout::decide::<L>),
        )
        .route("/checkout/{id}/later", get(checkout::later::<L>))
        .route("/terms/{version}", get(terms::show::<L>))
        .route("/assets/{name}", get(page::asset))
        .route("/", get(page::front::<L>))
        .route("/readyz", get(health::ready::<L>))
        .fallback(async || Refusal::NotFound)
        .method_not_allowed_fallback(async || Refusal::MethodNotAllowed)
        .with_state(Arc::new(service))
        .layer(from_fn_with_state(slots, limits::at_once));
    // A busy issuer is alive: that question is answered outside of the limit.
    limited
        .route("/healthz", get(health::alive))
        .layer(from_fn(cors::cors))
        .layer(from_fn_with_state(random, trace::trace))
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
