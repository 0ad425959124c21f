//! Request bodies: JSON by name, at most 64 KiB, within ten seconds.

use super::refusal::Refusal;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, header};
use farthing_core::json::MAX_REQUEST;
use http_body_util::BodyExt;
use std::time::Duration;

/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// How much of an oversize body is read and dropped, so that a sender who reads only after writing gets the refusal.
const DRAIN: usize = 16 * 1024 * 1024;

/// Reads a body that must be JSON by its `Content-Type`.
pub(super) async fn json(request: Request<Body>) -> Result<(HeaderMap, Bytes), Refusal> {
    if !is(request.headers(), "application/json") {
        return Err(Refusal::MediaType);
    }
    read(request).await
}

/// Reads a body that must be a form by its `Content-Type`.
pub(super) async fn form(request: Request<Body>) -> Result<(HeaderMap, Bytes), Refusal> {
    if !is(request.headers(), "application/x-www-form-urlencoded") {
        return Err(Refusal::MediaType);
    }
    read(request).await
}

fn is(headers: &HeaderMap, media_type: &str) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value.and_then(|value| value.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(media_type))
}

async fn read(request: Request<Body>) -> Result<(HeaderMap, Bytes), Refusal> {
    let (parts, body) = request.into_parts();
    let arrived = tokio::time::timeout(ARRIVAL, collect(body)).await;
    arrived
        .map_err(|_| Refusal::Timeout)?
        .map(|bytes| (parts.headers, bytes))
}

async fn collect(mut body: Body) -> Result<Bytes, Refusal> {
    let mut bytes = Vec::new();
    let mut length: usize = 0;
    while let Some(frame) = body.frame().await {
        // A body that breaks off is the sender's fault; nobody reads this answer.
        let frame = frame.map_err(|_| farthing_core::json::Malformed("the body broke off"))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        length = length.saturating_add(data.len());
        if length <= MAX_REQUEST {
            bytes.extend_from_slice(&data);
        } else if length > DRAIN {
            return Err(Refusal::TooLarge);
        }
    }
    if length > MAX_REQUEST {
        Err(Refusal::TooLarge)
    } else {
        Ok(bytes.into())
    }
}
