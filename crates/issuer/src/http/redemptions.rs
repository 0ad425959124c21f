//! Redemptions.

use super::{Shared, answer, body, json};
use crate::usecase;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use farthing_ledger::Ledger;

/// `POST /v1/redemptions`
pub(super) async fn create<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let redeem = async {
        let (_, bytes) = body::json(request).await?;
        let body = usecase::redeem::redeem(&service.issuer, bytes).await?;
        Ok(json(StatusCode::OK, body))
    };
    answer(redeem.await)
}
