//! For whoever watches over the process.

use super::Shared;
use super::refusal::Refusal;
use crate::issuer::Issuer;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use farthing_ledger::{AppendManifestError, Ledger, NewManifest, StoreError};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// Longest that the ledger may take before the issuer is called not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// `GET /healthz`: the process answers.
pub(crate) async fn alive() -> &'static str {
    "ok\n"
}

/// How long an answer stands at the public address: strangers cannot keep the ledger's writer busy by asking.
const STANDS: Duration = Duration::from_secs(1);

/// Whether the issuer was ready when it was last looked at, and when that was.
#[derive(Debug, Default)]
pub(super) struct LastLook(Mutex<Option<(Instant, Result<(), Refusal>)>>);

/// `GET /readyz`: the ledger takes steps, and holds the manifest that is in force.
pub(super) async fn ready<L: Ledger>(State(service): Shared<L>) -> Response {
    let mut last = service.last_look.0.lock().await;
    let ready = match &*last {
        // Whoever asks within the second hears why not, as the first did.
        Some((at, ready)) if at.elapsed() < STANDS => ready.clone(),
        _ => {
            let ready = look_in_time(&service.issuer).await;
            *last = Some((Instant::now(), ready.clone()));
            ready
        }
    };
    said(ready)
}

/// Whether requests can be worked on now, as an answer.
pub(crate) async fn readiness<L: Ledger>(issuer: &Issuer<L>) -> Response {
    said(look_in_time(issuer).await)
}

fn said(ready: Result<(), Refusal>) -> Response {
    ready.map_or_else(IntoResponse::into_response, |()| "ok\n".into_response())
}

async fn look_in_time<L: Ledger>(issuer: &Issuer<L>) -> Result<(), Refusal> {
    match tokio::time::timeout(PATIENCE, look(issuer)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) | Err(_) => Err(Refusal::Overloaded),
        Ok(Err(error)) => Err(Refusal::Store(error)),
    }
}

/// Reads the newest manifest, and hands the one in force to the ledger once more: the step goes the whole way of a
/// write, through the queue and the lock, and is refused there because its number is taken. Nothing is changed.
async fn look<L: Ledger>(issuer: &Issuer<L>) -> Result<bool, StoreError> {
    let in_force = issuer.in_force();
    if in_force.is_behind() {
        return Ok(false);
    }
    let Some(newest) = issuer.ledger().newest_manifest().await? else {
        return Ok(false);
    };
    if newest.n < in_force.body().n {
        return Ok(false);
    }
    let again = NewManifest {
        n: newest.n,
        head: newest.head,
        head_hash: newest.head_hash,
        body: Vec::new(),
        body_hash: newest.body_hash,
    };
    match issuer.ledger().append_manifest(again).await {
        Err(AppendManifestError::NotNext { .. }) => Ok(true),
        Err(AppendManifestError::Store(error)) => Err(error),
        // A ledger that takes a number twice must not be written to.
        Ok(()) => Err(StoreError::Inconsistent(
            "a key list was taken twice".to_owned(),
        )),
    }
}
