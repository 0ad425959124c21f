//! answer: tells the holder of a spent token what it was spent for (spec section 9).

use crate::issuer::Issuer;
use crate::keys::ops::CheckError;
use farthing_core::request::{AnswerRequest, AnswerResponse};
use farthing_core::token::nullifier;
use farthing_ledger::{AnswerError, AnswerState, Hour, Ledger};
use std::sync::Arc;

/// Why nothing is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AnswerRefusal {
    /// The keyset is not this issuer's.
    KeysetUnknown,
    /// Another replica has made the key, and it has not come here yet.
    KeyLacking,
    /// The token was not made here, or its mac is for another request.
    TokenInvalid,
    /// The answer is gone: its time is over, or the reader had it erased.
    Expired,
    /// The ledger refused.
    Answer(AnswerError),
    /// A fault of the issuer.
    Internal(&'static str),
}

/// Gives the answer as stored: only the lead token opens it.
///
/// # Errors
/// [`AnswerRefusal`].
pub async fn answer<L: Ledger>(
    issuer: &Arc<Issuer<L>>,
    request: AnswerRequest,
) -> Result<AnswerResponse, AnswerRefusal> {
    let AnswerRequest { keyset, nonce, mac } = request;
    let authenticate = {
        let issuer = Arc::clone(issuer);
        move || {
            let in_force = issuer.in_force();
            let mint = in_force.mint(&keyset).ok_or_else(|| {
                if in_force.lacks_one([&keyset]) {
                    AnswerRefusal::KeyLacking
                } else {
                    AnswerRefusal::KeysetUnknown
                }
            })?;
            let binding = AnswerRequest::binding(issuer.id(), &keyset, &nonce);
            mint.recognise(issuer.id(), &nonce, &binding, &mac)
                .map_err(|error| match error {
                    CheckError::Invalid => AnswerRefusal::TokenInvalid,
                    CheckError::Failed(_) => AnswerRefusal::Internal("a token was not checked"),
                })
        }
    };
    let authentic = issuer.compute().run(authenticate).await;
    authentic.map_err(|_| AnswerRefusal::Internal("a token was not checked"))??;
    let nullifier = nullifier(issuer.id(), &keyset, &nonce);
    let answer = issuer
        .ledger()
        .answer(keyset, nullifier, Hour::of(issuer.now()))
        .await
        .map_err(AnswerRefusal::Answer)?;
    match answer.state {
        AnswerState::Sealed(sealed) => Ok(AnswerResponse {
            operation: answer.operation.word().to_owned(),
            binding: answer.binding,
            lead: answer.lead,
            answer: sealed.into_bytes(),
        }),
        AnswerState::Erased | AnswerState::Expired => Err(AnswerRefusal::Expired),
    }
}
