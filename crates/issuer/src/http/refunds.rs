//! Purchases that are given back.

use super::refusal::Refusal;
use super::{Shared, answer, body, json};
use crate::usecase;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use farthing_core::request::RefundRequest;
use farthing_ledger::Ledger;
use std::sync::Arc;

/// `POST /v1/refunds`
pub(super) async fn create<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let refund = async {
        let (_, bytes) = body::json(request).await?;
        // Up to 64 points are decompressed while reading: not on a thread that answers the network.
        let parse = {
            let issuer = Arc::clone(&service.issuer);
            move || RefundRequest::parse(&bytes, issuer.id())
        };
        let request = service.issuer.compute().run(parse).await;
        let request = request.map_err(|_| Refusal::Overloaded)??;
        let body = usecase::refund::refund(&service.issuer, request)
            .await
            .map_err(Refusal::Refund)?;
        Ok(json(StatusCode::OK, body))
    };
    answer(refund.await)
}
