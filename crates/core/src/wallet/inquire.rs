//! Asking what became of a spent token, and opening the answer with the lead.

use super::WalletError;
use crate::answer;
use crate::decryption::Decryption;
use crate::origin::IssuerId;
use crate::request::{AnswerRequest, AnswerResponse};
use crate::token::Token;

/// The question about one token.
#[must_use]
pub fn inquire(issuer: &IssuerId, token: &Token) -> AnswerRequest {
    let binding = AnswerRequest::binding(issuer, token.keyset(), token.nonce());
    let mac = token.output().mac(&binding);
    AnswerRequest {
        keyset: *token.keyset(),
        nonce: *token.nonce(),
        mac,
    }
}

/// Finds the lead among the wallet's tokens and says what opens the stored answer: a [`PackedAnswer`](crate::answer::PackedAnswer), or
/// the body of the response if it is from before answers were packed.
/// One that does not open is [`WalletError::AnswerInvalid`].
///
/// # Errors
/// [`WalletError::AnswerInvalid`] if no token is the lead.
pub fn open_answer<'a>(
    issuer: &IssuerId,
    tokens: &[Token],
    response: &'a AnswerResponse,
) -> Result<Decryption<'a>, WalletError> {
    let lead = tokens
        .iter()
        .find(|token| token.nullifier(issuer) == response.lead);
    let lead = lead.ok_or(WalletError::AnswerInvalid)?;
    Ok(answer::decryption(
        lead.output(),
        &response.binding,
        &response.answer,
    ))
}
