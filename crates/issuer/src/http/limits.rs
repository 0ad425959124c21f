//! What every request is bound by: how many at a time, and how long.

use super::refusal::Refusal;
use crate::metrics::{Metrics, Shed};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Longest that a request may be in work, arrival included. What was begun in the ledger goes on; the sender repeats.
const DEADLINE: Duration = Duration::from_secs(30);

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// How much may be in work.
#[derive(Clone, Debug)]
pub(super) struct Work {
    slots: Arc<Semaphore>,
    metrics: Arc<Metrics>,
}

impl Work {
    pub(super) fn new(max_requests: usize, metrics: Arc<Metrics>) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(max_requests)),
            metrics,
        }
    }
}

/// Refuses at once when too many requests are in work, rather than to let all of them wait.
pub(super) async fn at_once(State(work): State<Work>, request: Request, next: Next) -> Response {
    let requests = &work.metrics.requests;
    let Ok(_slot) = work.slots.try_acquire() else {
        requests.shed(Shed::Work);
        return Refusal::Overloaded.into_response();
    };
    let _counted = requests.in_work();
    if let Ok(response) = tokio::time::timeout(DEADLINE, next.run(request)).await {
        return response;
    }
    requests.shed(Shed::Deadline);
    Refusal::Overloaded.into_response()
}

/// Whose request it is, as far as counting goes. Behind a proxy it is the last address that the proxy added.
pub(super) fn address(request: &Request, behind_proxy: bool) -> IpAddr {
    let peer = request.extensions().get::<Peer>().map(|peer| peer.0);
    let forwarded = || {
        let value = request
            .headers()
            .get_all("x-forwarded-for")
            .iter()
            .next_back()?;
        value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
    };
    let forwarded = if behind_proxy { forwarded() } else { None };
    forwarded
        .or(peer)
        .unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))
}
