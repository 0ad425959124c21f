//! What every request is bound by: how many at a time, and how long.

use super::refusal::Refusal;
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

/// Refuses at once when too many requests are in work, rather than to let all of them wait.
pub(super) async fn at_once(
    State(slots): State<Arc<Semaphore>>,
    request: Request,
    next: Next,
) -> Response {
    let Ok(_slot) = slots.try_acquire() else {
        return Refusal::Overloaded.into_response();
    };
    match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Refusal::Overloaded.into_response(),
    }
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
