//! What a wallet asks that has its seed and nothing else.

use super::refusal::Refusal;
use super::{Shared, answer, body, json};
use crate::usecase;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use farthing_core::id::KeysetId;
use farthing_core::json::Malformed;
use farthing_core::request::{FindRequest, RestoreRequest};
use farthing_core::spent::Prefix;
use farthing_ledger::Ledger;

/// `POST /v1/restore`
pub(super) async fn restore<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let restore = async {
        let (_, bytes) = body::json(request).await?;
        let request = RestoreRequest::parse(&bytes)?;
        let response = usecase::restore::restore(&service.issuer, request)
            .await
            .map_err(Refusal::Restore)?;
        Ok(json(StatusCode::OK, response.to_json()))
    };
    answer(restore.await)
}

/// `POST /v1/orders/find`
pub(super) async fn find<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let find = async {
        let (_, bytes) = body::json(request).await?;
        let request = FindRequest::parse(&bytes)?;
        let response = usecase::find::find(&service.issuer, request)
            .await
            .map_err(Refusal::Find)?;
        Ok(json(StatusCode::OK, response.to_json()))
    };
    answer(find.await)
}

/// `GET /v1/keysets/{id}/spent/{prefix}`
pub(super) async fn spent<L: Ledger>(
    State(service): Shared<L>,
    Path((id, prefix)): Path<(String, String)>,
) -> Response {
    let list = async {
        let keyset = KeysetId::parse(&id).ok_or(Refusal::KeysetUnknown)?;
        let prefix = Prefix::parse(&prefix).ok_or(Malformed("prefix"))?;
        let list = usecase::spent::spent(&service.issuer, keyset, prefix)
            .await
            .map_err(Refusal::Spent)?;
        let mut response = json(StatusCode::OK, list.as_bytes().to_vec());
        let control = HeaderValue::from_static("public, max-age=3600");
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, control);
        Ok(response)
    };
    answer(list.await)
}
