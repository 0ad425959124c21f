//! What every request is bound by, from the outside in: how often its client may ask, how much may be arriving, how
//! many may be in work and for how long.

use super::body;
use super::client::Clients;
use super::connections::Peer;
use super::lines::Line;
use super::rate::{Rate, Standing};
use super::refusal::Refusal;
use crate::config::Limits;
use crate::metrics::{Metrics, Shed};
use crate::random::{Random, RandomError};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Longest that a request may be in work. What was begun in the ledger goes on; the sender repeats.
const DEADLINE: Duration = Duration::from_secs(30);

/// How often clients may ask.
#[derive(Clone, Debug)]
pub(super) struct Rates(Arc<Policies>);

#[derive(Debug)]
struct Policies {
    clients: Clients,
    requests: Option<Rate>,
    orders: Rate,
    claims: Rate,
}

impl Rates {
    pub(super) fn new(limits: &Limits, random: &dyn Random) -> Result<Self, RandomError> {
        Ok(Self(Arc::new(Policies {
            clients: Clients::new(limits.proxies.clone(), random)?,
            requests: limits
                .requests_per_minute
                .map(|quota| Rate::new("requests", quota)),
            orders: Rate::new("orders", limits.orders_per_minute),
            claims: Rate::new("claims", limits.claims_per_minute),
        })))
    }
}

impl Rates {
    /// Counts a handshake as a request, which costs about as much; whether there may be one. A proxy's are those of all
    /// readers behind it.
    pub(super) fn may_begin(&self, peer: Peer) -> bool {
        let client = self.0.clients.beginning(peer);
        let (Some(requests), Some(client)) = (self.0.requests.as_ref(), client) else {
            return true;
        };
        requests.count(client).retry_after().is_none()
    }
}

/// Counts a request, and says in `RateLimit` how its client stands (draft-ietf-httpapi-ratelimit-headers).
pub(super) async fn rate(State(rates): State<Rates>, request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>();
    let path = path.map_or("", MatchedPath::as_str);
    // Notices come from one provider for all readers, and are signed. Whoever balances load asks all the time.
    if path.starts_with("/v1/webhooks/") || path == "/readyz" {
        return next.run(request).await;
    }
    let client = rates.0.clients.of(&request);
    let is_order = path == "/v1/orders" && request.method() == Method::POST;
    let counted = [
        rates.0.requests.as_ref(),
        is_order.then_some(&rates.0.orders),
        (path == "/v1/promo" && request.method() == Method::POST).then_some(&rates.0.claims),
    ];
    let mut standings = Vec::with_capacity(counted.len());
    for rate in counted.into_iter().flatten() {
        let standing = rate.count(client);
        standings.push(standing);
        if let Some(retry_after) = standing.retry_after() {
            let response = Refusal::RateLimited { retry_after }.into_response();
            return told(response, &standings);
        }
    }
    told(next.run(request).await, &standings)
}

fn told(mut response: Response, standings: &[Standing]) -> Response {
    let join = |item: fn(&Standing) -> String| {
        let items: Vec<String> = standings.iter().map(item).collect();
        HeaderValue::from_str(&items.join(", ")).ok()
    };
    let headers = [
        ("ratelimit-policy", join(Standing::policy)),
        ("ratelimit", join(Standing::limit)),
    ];
    for (name, value) in headers {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// How much may be in work.
#[derive(Clone, Debug)]
pub(super) struct Work {
    slots: Arc<Semaphore>,
    memory: body::Memory,
    metrics: Arc<Metrics>,
}

impl Work {
    pub(super) fn new(max_requests: usize, metrics: Arc<Metrics>) -> Self {
        Self {
            slots: Arc::new(Semaphore::new(max_requests)),
            memory: body::Memory::default(),
            metrics,
        }
    }
}

/// Lets a request arrive whole, and then refuses it at once if too many are in work, rather than to let all of them
/// wait. One that arrives slowly takes nobody's place.
pub(super) async fn at_once(State(work): State<Work>, request: Request, next: Next) -> Response {
    let requests = &work.metrics.requests;
    let (request, _held) = match body::arrived(request, &work.memory).await {
        Ok(arrived) => arrived,
        Err(refusal) => {
            if refusal == Refusal::Overloaded {
                requests.shed(Shed::Memory);
            }
            return refusal.into_response();
        }
    };
    let Ok(_slot) = work.slots.try_acquire() else {
        requests.shed(Shed::Work);
        return Refusal::Overloaded.into_response();
    };
    let _counted = requests.in_work();
    let _busy = request.extensions().get::<Line>().map(Line::work);
    if let Ok(response) = tokio::time::timeout(DEADLINE, next.run(request)).await {
        return response;
    }
    requests.shed(Shed::Deadline);
    Refusal::Overloaded.into_response()
}
