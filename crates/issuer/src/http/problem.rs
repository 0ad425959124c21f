//! Refusals as RFC 9457 problem documents: the one place where an error becomes a status and a code.

use super::code::Code;
use crate::usecase::answer::AnswerRefusal;
use crate::usecase::draw::DrawRefusal;
use crate::usecase::order::OrderRefusal;
use crate::usecase::redeem::RedeemRefusal;
use crate::usecase::settle::SettleRefusal;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use farthing_core::json::{Malformed, Writer};
use farthing_core::offer::OfferError;
use farthing_core::request::RequestError;
use farthing_ledger::{
    AnswerError, CreateOrderError, DeclineError, DrawError, RedeemError, SettleError, StoreError,
    StoredAnswerError,
};

/// Why a request is refused, whoever refused it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    Request(RequestError),
    Order(OrderRefusal),
    Draw(DrawRefusal),
    Redeem(RedeemRefusal),
    Answer(AnswerRefusal),
    Settle(SettleRefusal),
    Store(StoreError),
    WebhookSignature,
    OrderUnknown,
    ManifestUnknown,
    KeysetUnknown,
    NotFound,
    MethodNotAllowed,
    MediaType,
    Timeout,
    TooLarge,
    RateLimited { retry_after: u64 },
    Overloaded,
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<Malformed> for Refusal {
    fn from(error: Malformed) -> Self {
        Self::Request(error.into())
    }
}

/// What a problem document says.
#[derive(Debug)]
struct Problem {
    code: Code,
    detail: Option<&'static str>,
    extra: Extra,
}

/// Members beside the standard ones.
#[derive(Debug)]
enum Extra {
    None,
    Spent(Vec<usize>),
    Elements(Vec<usize>),
    Index(usize),
    Manifest(u64),
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
    const fn new(code: Code, extra: Extra) -> Self {
        Self {
            code,
            detail: None,
            extra,
        }
    }
}

/// The one mapping from refusals to codes. No arm catches the rest: a new refusal does not compile without a code.
#[expect(clippy::too_many_lines, reason = "one table, to be read in one go")]
fn problem(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Request(RequestError::Malformed(Malformed(detail))) => Problem {
            detail: Some(detail),
            ..Code::Malformed.into()
        },
        Refusal::Request(RequestError::ElementInvalid) => Code::ElementInvalid.into(),
        Refusal::Request(RequestError::InputsOrder)
        | Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::InputsOrder)) => {
            Code::InputsOrder.into()
        }
        Refusal::Request(RequestError::ElementRepeated)
        | Refusal::Draw(DrawRefusal::Draw(DrawError::ElementRepeated))
        | Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::ElementRepeated)) => {
            Code::ElementRepeated.into()
        }
        Refusal::Request(RequestError::Unsupported)
        | Refusal::Order(OrderRefusal::Unsupported)
        | Refusal::Redeem(
            RedeemRefusal::Unsupported | RedeemRefusal::Offer(OfferError::Unsupported),
        ) => Code::Unsupported.into(),
        // An audience is a matter of pages: the issuer asks for none, so that error would be of a damaged offer.
        Refusal::Request(RequestError::OfferInvalid)
        | Refusal::Redeem(
            RedeemRefusal::OfferInvalid
            | RedeemRefusal::Offer(OfferError::Invalid | OfferError::Audience),
        ) => Code::OfferInvalid.into(),

        Refusal::Order(OrderRefusal::Signature) | Refusal::Draw(DrawRefusal::Signature) => {
            Code::ClaimSignature.into()
        }
        Refusal::Order(OrderRefusal::TermsChanged) => Code::TermsChanged.into(),
        Refusal::Order(OrderRefusal::PocketLimit) => Code::PocketLimit.into(),
        Refusal::Order(OrderRefusal::AmountInvalid)
        | Refusal::Settle(
            SettleRefusal::CurrencyMismatch | SettleRefusal::Settle(SettleError::AmountMismatch),
        ) => Code::AmountInvalid.into(),
        Refusal::Order(OrderRefusal::Create(CreateOrderError::Conflict))
        | Refusal::Settle(
            SettleRefusal::Settle(
                SettleError::Conflict | SettleError::Declined | SettleError::ReferenceUsed,
            )
            | SettleRefusal::Decline(DeclineError::Conflict),
        ) => Code::OrderConflict.into(),

        Refusal::OrderUnknown
        | Refusal::Draw(DrawRefusal::OrderUnknown | DrawRefusal::Draw(DrawError::Unknown))
        | Refusal::Settle(
            SettleRefusal::OrderUnknown
            | SettleRefusal::Settle(SettleError::Unknown)
            | SettleRefusal::Decline(DeclineError::Unknown),
        ) => Code::OrderUnknown.into(),
        Refusal::Draw(DrawRefusal::NotSettled | DrawRefusal::Draw(DrawError::NotSettled)) => {
            Code::OrderNotSettled.into()
        }
        Refusal::Draw(DrawRefusal::OrderExpired)
        | Refusal::Settle(SettleRefusal::Settle(SettleError::Expired)) => Code::OrderExpired.into(),
        Refusal::Draw(DrawRefusal::MixUnknown) => Code::MixUnknown.into(),
        Refusal::Draw(DrawRefusal::PouchMismatch | DrawRefusal::Draw(DrawError::PouchMismatch)) => {
            Code::PouchMismatch.into()
        }
        Refusal::Draw(DrawRefusal::Draw(DrawError::PouchConflict)) => Code::PouchConflict.into(),
        Refusal::Draw(DrawRefusal::Draw(DrawError::PouchUnavailable)) => {
            Code::PouchUnavailable.into()
        }

        Refusal::Draw(DrawRefusal::KeysetUnknown)
        | Refusal::Redeem(RedeemRefusal::KeysetUnknown)
        | Refusal::Answer(AnswerRefusal::KeysetUnknown) => Code::KeysetUnknown.into(),
        Refusal::Draw(DrawRefusal::KeysetNotMintable { manifest })
        | Refusal::Redeem(RedeemRefusal::KeysetNotMintable { manifest }) => {
            Problem::new(Code::KeysetNotMintable, Extra::Manifest(manifest))
        }
        Refusal::Draw(DrawRefusal::Draw(DrawError::ElementReused(elements)))
        | Refusal::Redeem(RedeemRefusal::Redeem(RedeemError::ElementReused(elements))) => {
            Problem::new(Code::ElementReused, Extra::Elements(elements))
        }
        Refusal::Redeem(RedeemRefusal::TokenInvalid { index }) => {
            Problem::new(Code::TokenInvalid, Extra::Index(index))
        }
        Refusal::Answer(AnswerRefusal::TokenInvalid) => {
            Problem::new(Code::TokenInvalid, Extra::Index(0))
        }
        Refusal::Redeem(
            RedeemRefusal::StoredAnswer(StoredAnswerError::TokenSpent(spent))
            | RedeemRefusal::Redeem(RedeemError::TokenSpent(spent)),
        ) => Problem::new(Code::TokenSpent, Extra::Spent(spent)),
        Refusal::Redeem(
            RedeemRefusal::StoredAnswer(StoredAnswerError::AnswerExpired)
            | RedeemRefusal::Redeem(RedeemError::AnswerExpired),
        )
        | Refusal::Answer(AnswerRefusal::Expired) => Code::AnswerExpired.into(),
        Refusal::Redeem(RedeemRefusal::KeysetExpired) => Code::KeysetExpired.into(),
        Refusal::Redeem(RedeemRefusal::PublisherUnknown) => Code::PublisherUnknown.into(),
        Refusal::Redeem(RedeemRefusal::Offer(OfferError::Expired)) => Code::OfferExpired.into(),
        Refusal::Redeem(RedeemRefusal::OfferWithdrawn) => Code::OfferWithdrawn.into(),
        Refusal::Redeem(RedeemRefusal::PriceMismatch) => Code::PriceMismatch.into(),
        Refusal::Redeem(RedeemRefusal::PriceNotPayable) => Code::PriceNotPayable.into(),
        Refusal::Redeem(RedeemRefusal::PriceLimit) => Code::PriceLimit.into(),
        Refusal::Redeem(
            RedeemRefusal::Unbalanced | RedeemRefusal::Redeem(RedeemError::Unbalanced),
        ) => Code::Unbalanced.into(),
        Refusal::Redeem(RedeemRefusal::SealingKeyUnknown) => Code::SealingKeyUnknown.into(),
        Refusal::Redeem(RedeemRefusal::WrapInvalid) => Code::WrapInvalid.into(),
        Refusal::Redeem(RedeemRefusal::KeyMismatch) => Code::KeyMismatch.into(),
        Refusal::Answer(AnswerRefusal::Answer(AnswerError::Unknown)) => Code::AnswerUnknown.into(),

        Refusal::WebhookSignature => Code::WebhookSignature.into(),
        Refusal::ManifestUnknown => Code::ManifestUnknown.into(),
        Refusal::KeysetUnknown => Code::KeysetUnknownInPath.into(),
        Refusal::NotFound => Code::NotFound.into(),
        Refusal::MethodNotAllowed => Code::MethodNotAllowed.into(),
        Refusal::MediaType => Code::MediaType.into(),
        Refusal::Timeout => Code::Timeout.into(),
        Refusal::TooLarge => Code::TooLarge.into(),
        Refusal::RateLimited { retry_after } => {
            Problem::new(Code::RateLimited, Extra::RetryAfter(retry_after))
        }

        Refusal::Store(StoreError::Unavailable(_))
        | Refusal::Order(
            OrderRefusal::Store(StoreError::Unavailable(_))
            | OrderRefusal::Create(CreateOrderError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Draw(
            DrawRefusal::Store(StoreError::Unavailable(_))
            | DrawRefusal::Draw(DrawError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Redeem(
            RedeemRefusal::Store(StoreError::Unavailable(_))
            | RedeemRefusal::Redeem(RedeemError::Store(StoreError::Unavailable(_)))
            | RedeemRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Answer(AnswerRefusal::Answer(AnswerError::Store(StoreError::Unavailable(_))))
        | Refusal::Settle(
            SettleRefusal::Store(StoreError::Unavailable(_))
            | SettleRefusal::Settle(SettleError::Store(StoreError::Unavailable(_)))
            | SettleRefusal::Decline(DeclineError::Store(StoreError::Unavailable(_))),
        )
        | Refusal::Overloaded => Code::Unavailable.into(),

        Refusal::Store(StoreError::Inconsistent(_))
        | Refusal::Order(
            OrderRefusal::Store(StoreError::Inconsistent(_))
            | OrderRefusal::Create(CreateOrderError::Store(StoreError::Inconsistent(_)))
            | OrderRefusal::Internal(_),
        )
        | Refusal::Draw(
            DrawRefusal::Store(StoreError::Inconsistent(_))
            | DrawRefusal::Draw(DrawError::Store(StoreError::Inconsistent(_)))
            | DrawRefusal::Internal(_),
        )
        | Refusal::Redeem(
            RedeemRefusal::Store(StoreError::Inconsistent(_))
            | RedeemRefusal::Redeem(RedeemError::Store(StoreError::Inconsistent(_)))
            | RedeemRefusal::StoredAnswer(StoredAnswerError::Store(StoreError::Inconsistent(_)))
            | RedeemRefusal::Internal(_),
        )
        | Refusal::Answer(
            AnswerRefusal::Answer(AnswerError::Store(StoreError::Inconsistent(_)))
            | AnswerRefusal::Internal(_),
        )
        | Refusal::Settle(
            SettleRefusal::Store(StoreError::Inconsistent(_))
            | SettleRefusal::Settle(SettleError::Store(StoreError::Inconsistent(_)))
            | SettleRefusal::Decline(DeclineError::Store(StoreError::Inconsistent(_))),
        ) => Code::Internal.into(),
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
            Extra::Manifest(n) => writer.integer("manifest", *n).finish(),
            // The protocol's own lists hold texts and objects; this one holds numbers.
            Extra::Spent(indices) => with_list(writer, "spent", indices),
            Extra::Elements(indices) => with_list(writer, "elements", indices),
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
    use super::{Problem, Refusal, problem};
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
        assert!(matches!(extra, super::Extra::RetryAfter(1)));
    }
}
