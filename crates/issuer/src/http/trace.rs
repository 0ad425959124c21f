//! A number for every request, and one line in the log: route, status, code, duration. Never an address, a path with
//! its values, a query, a header or a body.

use super::problem::Answered;
use super::routes;
use crate::metrics::Metrics;
use crate::random::Random;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use farthing_core::bytes::to_b64u;
use std::sync::Arc;
use std::time::Instant;

/// What tracing needs.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub(super) random: Arc<dyn Random>,
    pub(super) metrics: Arc<Metrics>,
}

/// Counts and logs a request and names it in `X-Request-Id`, by which an operator finds the line.
pub(super) async fn trace(State(trace): State<Trace>, request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = crate::random::secret::<9>(&*trace.random).map(|bytes| to_b64u(bytes.as_ref()));
    let id = id.unwrap_or_default();
    let route = routes::endpoint(request.extensions().get::<MatchedPath>());
    let method = known(request.method());
    let mut response = next.run(request).await;
    let code = response
        .extensions()
        .get::<Answered>()
        .map_or("", |answered| answered.0);
    let (status, took) = (response.status().as_u16(), begun.elapsed());
    trace
        .metrics
        .requests
        .answered(route, method, status, code, took);
    tracing::info!(
        request = %id,
        method,
        route,
        status,
        code,
        ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        "answered"
    );
    if let Ok(value) = HeaderValue::from_str(&id)
        && !id.is_empty()
    {
        response.headers_mut().insert("x-request-id", value);
    }
    response
}

/// A method's name may be any text of the sender's; the log takes only those that mean something.
const fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
