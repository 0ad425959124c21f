//! What publishers give away: their lists, and claims.

use super::refusal::Refusal;
use super::{Shared, answer, body, json, manifests};
use crate::usecase;
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use farthing_core::bytes::from_b64u;
use farthing_core::json::{Array, Writer};
use farthing_core::origin::PublisherId;
use farthing_core::request::PromoRequest;
use farthing_ledger::Ledger;

/// `GET /v1/publishers/{origin}/manifests?from=n`
pub(super) async fn heads<L: Ledger>(
    State(service): Shared<L>,
    Path(origin): Path<String>,
    RawQuery(query): RawQuery,
) -> Response {
    let read = async {
        let n = manifests::from(query.as_deref())?;
        let issuer = &service.issuer;
        let policy = issuer.config().origin_policy();
        let origin = from_b64u(&origin).and_then(|bytes| String::from_utf8(bytes).ok());
        let publisher = origin.and_then(|origin| PublisherId::parse(&origin, policy));
        let publisher = publisher.ok_or(Refusal::ManifestUnknown)?;
        let heads = issuer.ledger();
        let heads = heads.promo_manifests_from(publisher, n, manifests::HEADS);
        let heads = heads.await.map_err(Refusal::Store)?;
        let heads = heads
            .iter()
            .fold(Array::new(), |heads, manifest| heads.text(&manifest.head));
        Ok(json(
            StatusCode::OK,
            Writer::new().array("heads", heads).finish(),
        ))
    };
    answer(read.await)
}

/// `POST /v1/promo`
pub(super) async fn claim<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let claim = async {
        let (_, bytes) = body::json(request).await?;
        let request = PromoRequest::parse(&bytes)?;
        let response = usecase::promo::promo(&service.issuer, request).await;
        let response = response.map_err(Refusal::Promo)?;
        Ok(json(StatusCode::CREATED, response.to_json()))
    };
    answer(claim.await)
}
