//! Orders: made, asked after, drawn from.

use super::refusal::Refusal;
use super::{Shared, answer, body, json};
use crate::usecase;
use crate::usecase::order::OrderedFrom;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use farthing_core::id::OrderId;
use farthing_core::json::Writer;
use farthing_core::origin::IssuerId;
use farthing_core::request::{DrawRequest, OrderRequest};
use farthing_ledger::Ledger;

/// By the one `Origin`, which a browser writes and its page cannot change.
fn from(headers: &HeaderMap, issuer: &IssuerId) -> OrderedFrom {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (Some(origin), None) if origin.as_bytes() == issuer.as_str().as_bytes() => {
            OrderedFrom::Purse
        }
        _ => OrderedFrom::Elsewhere,
    }
}

/// `POST /v1/orders`
pub(super) async fn create<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let issuer = &service.issuer;
    let create = async {
        let (headers, bytes) = body::json(request).await?;
        let request = OrderRequest::parse(&bytes)?;
        let response = usecase::order::order(issuer, request, from(&headers, issuer.id()))
            .await
            .map_err(Refusal::Order)?;
        Ok(json(StatusCode::CREATED, response.to_json()))
    };
    answer(create.await)
}

/// `GET /v1/orders/{id}`
pub(super) async fn state<L: Ledger>(
    State(service): Shared<L>,
    Path(id): Path<String>,
) -> Response {
    let read = async {
        let id = OrderId::parse(&id).ok_or(Refusal::OrderUnknown)?;
        let state = usecase::order::state(&service.issuer, id)
            .await
            .map_err(Refusal::Store)?;
        let state = state.ok_or(Refusal::OrderUnknown)?;
        Ok(json(
            StatusCode::OK,
            Writer::new().text("state", state.word()).finish(),
        ))
    };
    answer(read.await)
}

/// `POST /v1/orders/{id}/draw`
pub(super) async fn draw<L: Ledger>(
    State(service): Shared<L>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let draw = async {
        let (_, bytes) = body::json(request).await?;
        let id = OrderId::parse(&id).ok_or(Refusal::OrderUnknown)?;
        let request = DrawRequest::parse(&bytes, id)?;
        let response = usecase::draw::draw(&service.issuer, request)
            .await
            .map_err(Refusal::Draw)?;
        Ok(json(StatusCode::OK, response.to_json()))
    };
    answer(draw.await)
}
