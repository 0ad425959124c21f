//! Grants that are given up for others, and what an issuer deals in.

use super::refusal::Refusal;
use super::{Shared, answer, body, json};
use crate::usecase;
use axum::extract::{RawQuery, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use farthing_core::id::GrantId;
use farthing_core::json::{Array, Malformed, Writer};
use farthing_core::request::RebindRequest;
use farthing_ledger::Ledger;

fn cached(mut response: Response) -> Response {
    let control = HeaderValue::from_static("public, max-age=300");
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, control);
    response
}

/// `POST /v1/grants/rebind`
pub(super) async fn rebind<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let rebind = async {
        let (_, bytes) = body::json(request).await?;
        let request = RebindRequest::parse(&bytes, service.issuer.id())?;
        let response = usecase::rebind::rebind(&service.issuer, request)
            .await
            .map_err(Refusal::Rebind)?;
        Ok(json(StatusCode::OK, response.to_json()))
    };
    answer(rebind.await)
}

/// `GET /v1/revocations`, `GET /v1/revocations?after=id`
pub(super) async fn revocations<L: Ledger>(
    State(service): Shared<L>,
    RawQuery(query): RawQuery,
) -> Response {
    let list = async {
        let after = match query.as_deref() {
            None | Some("") => None,
            Some(query) => {
                let id = query.strip_prefix("after=").and_then(GrantId::parse);
                Some(id.ok_or(Malformed("after"))?)
            }
        };
        let list = usecase::revocations::revocations(&service.issuer, after)
            .await
            .map_err(Refusal::Revocations)?;
        Ok(cached(json(StatusCode::OK, list)))
    };
    answer(list.await)
}

/// `GET /.well-known/farthing-issuer.json`
pub(super) async fn directory<L: Ledger>(State(service): Shared<L>) -> Response {
    let config = service.issuer.config();
    let kinds = Array::new().text("article");
    let kinds = if config.gifts() {
        kinds.text("gift")
    } else {
        kinds
    };
    let directory = Writer::new()
        .integer("v", 1)
        .text("issuer", service.issuer.id().as_str())
        .array("kinds", kinds);
    let directory = match config.wallet() {
        Some(wallet) => {
            let most = Writer::new()
                .text("currency", config.currency().currency().as_str())
                .integer("order_max", wallet.order_max.get());
            directory.array("wallet", Array::new().object(most))
        }
        None => directory,
    };
    let directory = match config.undo() {
        Some(_) => directory.array("refunds", Array::new().text("undo")),
        None => directory,
    };
    cached(json(StatusCode::OK, directory.finish()))
}
