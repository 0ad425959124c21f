//! What a spent token was spent for.

use super::refusal::Refusal;
use super::{Shared, answer as answered, body, json};
use crate::usecase;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use farthing_core::request::AnswerRequest;
use farthing_ledger::Ledger;

/// `POST /v1/answers`
pub(super) async fn answer<L: Ledger>(State(service): Shared<L>, request: Request) -> Response {
    let answer = async {
        let (_, bytes) = body::json(request).await?;
        let request = AnswerRequest::parse(&bytes)?;
        let response = usecase::answer::answer(&service.issuer, request)
            .await
            .map_err(Refusal::Answer)?;
        Ok(json(StatusCode::OK, response.to_json()))
    };
    answered(answer.await)
}
