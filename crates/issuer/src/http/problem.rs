//! Problem documents (RFC 9457): what a refusal looks like on the wire.

use super::code::Code;
use super::refusal::{Refusal, problem};
use crate::usecase::answer::AnswerRefusal;
use crate::usecase::draw::DrawRefusal;
use crate::usecase::order::OrderRefusal;
use crate::usecase::redeem::RedeemRefusal;
use crate::usecase::settle::SettleRefusal;
use crate::usecase::swap::SwapRefusal;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use farthing_core::id::KeysetId;
use farthing_core::json::{Array, Writer};

/// What a problem document says.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) code: Code,
    pub(super) detail: Option<&'static str>,
    pub(super) extra: Extra,
}

/// Members beside the standard ones.
#[derive(Debug)]
pub(super) enum Extra {
    None,
    Spent(Vec<usize>),
    Elements(Vec<usize>),
    Index(usize),
    Inputs(Vec<usize>),
    Keysets(Vec<KeysetId>),
    Manifest(u64),
    Bits(u8),
    RetryAfter(u64),
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        let extra = if code.status() == 503 {
            Extra::RetryAfter(1)
        } else {
            Extra::None
        };
        Self {
            code,
            detail: None,
            extra,
        }
    }
}

impl Problem {
    pub(super) const fn new(code: Code, extra: Extra) -> Self {
        Self {
            code,
            detail: None,
            extra,
        }
    }
}

/// The code of an answer, for the log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered(pub(crate) &'static str);

fn list(indices: &[usize]) -> String {
    let texts: Vec<String> = indices.iter().map(usize::to_string).collect();
    format!("[{}]", texts.join(","))
}

impl Problem {
    fn to_json(&self) -> String {
        let code = self.code.as_str();
        let mut writer = Writer::new()
            .text("type", &format!("https://farthing.example/problems/{code}"))
            .text("title", self.code.title())
            .integer("status", self.code.status().as_u16().into())
            .text("code", code);
        if let Some(detail) = self.detail {
            writer = writer.text("detail", detail);
        }
        match &self.extra {
            Extra::None | Extra::RetryAfter(_) => writer.finish(),
            Extra::Index(index) => writer
                .integer("index", u64::try_from(*index).unwrap_or_default())
                .finish(),
            Extra::Bits(bits) => writer.integer("bits", (*bits).into()).finish(),
            Extra::Manifest(n) => writer.integer("manifest", *n).finish(),
            // The protocol's own lists hold texts and objects; this one holds numbers.
            Extra::Spent(indices) => with_list(writer, "spent", indices),
            Extra::Elements(indices) => with_list(writer, "elements", indices),
            Extra::Inputs(indices) => with_list(writer, "inputs", indices),
            Extra::Keysets(keysets) => {
                let ids = keysets.iter();
                let ids = ids.fold(Array::new(), |ids, id| ids.b64u(id.bytes()));
                writer.array("keysets", ids).finish()
            }
        }
    }
}

fn with_list(writer: Writer, name: &str, indices: &[usize]) -> String {
    let mut text = writer.finish();
    text.pop();
    text.push_str(&format!(",\"{name}\":{}}}", list(indices)));
    text
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        // What only the operator can mend goes to the log; it names no token, offer or reader.
        match &self {
            Self::Store(error)
            | Self::Order(OrderRefusal::Store(error))
            | Self::Draw(DrawRefusal::Store(error))
            | Self::Redeem(RedeemRefusal::Store(error))
            | Self::Settle(SettleRefusal::Store(error)) => tracing::error!(%error, "ledger"),
            Self::Order(OrderRefusal::Internal(fault))
            | Self::Draw(DrawRefusal::Internal(fault))
            | Self::Redeem(RedeemRefusal::Internal(fault))
            | Self::Swap(SwapRefusal::Internal(fault))
            | Self::Answer(AnswerRefusal::Internal(fault)) => tracing::error!(fault, "fault"),
            _ => {}
        }
        let problem = problem(self);
        let headers = [
            (
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/problem+json"),
            ),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ];
        let mut response = (problem.code.status(), headers, problem.to_json()).into_response();
        if let Extra::RetryAfter(seconds) = problem.extra {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
            .extensions_mut()
            .insert(Answered(problem.code.as_str()));
        response
    }
}

#[cfg(test)]
mod tests {
    use super::{Extra, Problem, Refusal, problem};
    use crate::usecase::redeem::RedeemRefusal;
    use farthing_ledger::RedeemError;

    #[test]
    fn lists_stand_in_the_document() {
        let spent = Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::TokenSpent(vec![0, 3])));
        let text = problem(spent).to_json();
        assert!(text.ends_with(",\"spent\":[0,3]}"), "{text}");
        assert!(text.contains("\"code\":\"token_spent\""), "{text}");
    }

    #[test]
    fn what_may_be_repeated_says_when() {
        let Problem { extra, .. } = problem(Refusal::Overloaded);
        assert!(matches!(extra, Extra::RetryAfter(1)));
    }
}
