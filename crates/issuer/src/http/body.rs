//! Request bodies: at most 64 KiB, within ten seconds, and no more of them at a time than memory was set aside for.

use super::refusal::Refusal;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{HeaderMap, Request, header};
use farthing_core::json::MAX_REQUEST;
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// How much of an oversize body is read and dropped, so that a sender who reads only after writing gets the refusal.
const DRAIN: usize = 16 * 1024 * 1024;

/// How many bytes of bodies may be held at a time, of requests arriving and in work together.
const MEMORY: usize = 32 * 1024 * 1024;

/// Memory for bodies.
#[derive(Clone, Debug)]
pub(super) struct Memory(Arc<Semaphore>);

impl Default for Memory {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MEMORY)))
    }
}

/// Memory that a body has; given back when dropped.
#[derive(Debug)]
pub(super) struct Held(Option<OwnedSemaphorePermit>);

impl Held {
    fn more(&mut self, memory: &Memory, bytes: usize) -> Result<(), Refusal> {
        let bytes = u32::try_from(bytes).map_err(|_| Refusal::TooLarge)?;
        let more = Arc::clone(&memory.0).try_acquire_many_owned(bytes);
        let more = more.map_err(|_| Refusal::Overloaded)?;
        match &mut self.0 {
            Some(held) => held.merge(more),
            None => self.0 = Some(more),
        }
        Ok(())
    }
}

/// The request with the whole of its body, and the memory that it takes.
pub(super) async fn arrived(
    request: Request<Body>,
    memory: &Memory,
) -> Result<(Request<Body>, Held), Refusal> {
    let mut held = Held(None);
    if request.body().is_end_stream() {
        return Ok((request, held));
    }
    let (parts, body) = request.into_parts();
    let bytes = tokio::time::timeout(ARRIVAL, collect(body, memory, &mut held)).await;
    let bytes = bytes.map_err(|_| Refusal::Timeout)??;
    Ok((Request::from_parts(parts, Body::from(bytes)), held))
}

async fn collect(mut body: Body, memory: &Memory, held: &mut Held) -> Result<Bytes, Refusal> {
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
            held.more(memory, data.len())?;
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

/// The body of a request that arrived, which must be JSON by its `Content-Type`.
pub(super) async fn json(request: Request<Body>) -> Result<(HeaderMap, Bytes), Refusal> {
    if !is(request.headers(), "application/json") {
        return Err(Refusal::MediaType);
    }
    read(request).await
}

/// The body of a request that arrived, which must be a form by its `Content-Type`.
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
    let bytes = axum::body::to_bytes(body, MAX_REQUEST).await;
    bytes
        .map(|bytes| (parts.headers, bytes))
        .map_err(|_| Refusal::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::{Memory, arrived};
    use crate::http::refusal::Refusal;
    use axum::body::Body;
    use axum::http::Request;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn bodies_beyond_the_memory_set_aside_are_refused_until_others_are_done() {
        let memory = Memory(Arc::new(Semaphore::new(100_000)));
        let request = || Request::new(Body::from(vec![b' '; 60_000]));
        let (_, held) = arrived(request(), &memory).await.unwrap();
        let refused = arrived(request(), &memory).await;
        assert_eq!(refused.err(), Some(Refusal::Overloaded));
        drop(held);
        assert!(arrived(request(), &memory).await.is_ok());
        assert_eq!(memory.0.available_permits(), 100_000);
    }
}
