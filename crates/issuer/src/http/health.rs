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
pub(super) struct LastLook(Mutex<Option<(Instant, bool)>>);

/// `GET /readyz`: the ledger takes steps, and holds the manifest that is in force.
pub(super) async fn ready<L: Ledger>(State(service): Shared<L>) -> Response {
    let mut last = service.last_look.0.lock().await;
    if let Some((at, ready)) = *last
        && at.elapsed() < STANDS
    {
        return if ready {
            "ok\n".into_response()
        } else {
            Refusal::Overloaded.into_response()
        };
    }
    let response = readiness(&service.issuer).await;
    *last = Some((Instant::now(), response.status().is_success()));
    response
}

/// Whether requests can be worked on now, as an answer.
pub(crate) async fn readiness<L: Ledger>(issuer: &Issuer<L>) -> Response {
    let looked = tokio::time::timeout(PATIENCE, look(issuer)).await;
    match looked {
        Ok(Ok(true)) => "ok\n".into_response(),
        Ok(Ok(false)) | Err(_) => Refusal::Overloaded.into_response(),
        Ok(Err(error)) => Refusal::Store(error).into_response(),
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
