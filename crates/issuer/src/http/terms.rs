//! The issuer's terms, every version that was ever in force.

use super::{Shared, page};
use crate::terms;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use farthing_core::resource::Version;
use farthing_ledger::Ledger;

/// `GET /terms/{version}`: a page for a browser, the exact text for everybody else.
pub(super) async fn show<L: Ledger>(
    State(service): Shared<L>,
    Path(version): Path<String>,
    headers: HeaderMap,
) -> Response {
    let text = match Version::parse(&version) {
        Some(version) => tokio::fs::read(terms::path(service.issuer.config(), &version))
            .await
            .ok(),
        None => None,
    };
    let Some(text) = text else {
        return page::not_found("There are no terms of this version.");
    };
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let mut response = if accepts.is_some_and(|accept| accept.contains("text/html")) {
        let text = page::escape(&String::from_utf8_lossy(&text));
        let body = format!("<article class=\"terms\">{text}</article>");
        page::page(StatusCode::OK, &format!("Terms {version}"), &body)
    } else {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        ([(header::CONTENT_TYPE, plain)], text).into_response()
    };
    response
        .headers_mut()
        .insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}
