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
        let body = paragraphs(&String::from_utf8_lossy(&text));
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

/// Plain text as paragraphs, the first as the heading.
fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    let mut paragraphs = text
        .split("\n\n")
        .map(str::trim)
        .filter(|text| !text.is_empty());
    let heading = paragraphs.next().unwrap_or_default();
    let start = format!("<h1>{}</h1>\n", page::escape(heading));
    paragraphs.fold(start, |html, text| {
        format!("{html}<p>{}</p>\n", page::escape(text))
    })
}
