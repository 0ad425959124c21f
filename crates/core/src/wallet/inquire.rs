//! Asking what became of a spent token, and opening the answer with the lead.

use super::WalletError;
use crate::origin::IssuerId;
use crate::request::{AnswerRequest, AnswerResponse};
use crate::token::Token;
use alloc::vec::Vec;

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

/// Finds the lead among the wallet's tokens and opens the stored answer: the body of the original response.
///
/// # Errors
/// [`WalletError::AnswerInvalid`] if no token is the lead, or the answer does not open.
pub fn open_answer(
    issuer: &IssuerId,
    tokens: &[Token],
    response: &AnswerResponse,
) -> Result<Vec<u8>, WalletError> {
    let lead = tokens
        .iter()
        .find(|token| token.nullifier(issuer) == response.lead);
    let lead = lead.ok_or(WalletError::AnswerInvalid)?;
    let body = crate::answer::open(lead.output(), &response.binding, &response.answer);
    body.ok_or(WalletError::AnswerInvalid)
}
