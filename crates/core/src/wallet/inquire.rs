//! Asking what became of a spent token, and opening the answer with the lead.

use super::Seed;
use super::WalletError;
use crate::answer::{self, PackedGrant};
use crate::decryption::Decryption;
use crate::grant::Grant;
use crate::manifest::Body;
use crate::origin::IssuerId;
use crate::request::{AnswerRequest, AnswerResponse};
use crate::token::Token;
use alloc::string::String;

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
    let lead = lead_of(issuer, tokens, response)?;
    Ok(answer::decryption(
        lead.output(),
        &response.binding,
        &response.answer,
    ))
}

fn lead_of<'a>(
    issuer: &IssuerId,
    tokens: &'a [Token],
    response: &AnswerResponse,
) -> Result<&'a Token, WalletError> {
    let mut tokens = tokens.iter();
    let lead = tokens.find(|token| token.nullifier(issuer) == response.lead);
    lead.ok_or(WalletError::AnswerInvalid)
}

/// A grant made again of a stored answer, and verified.
#[derive(Debug)]
pub struct RecoveredGrant<'a> {
    /// What it says.
    pub grant: Grant,
    /// Its text, the very bytes that were sent at first.
    pub text: String,
    /// The token from which the reader's keys derive.
    pub lead: &'a Token,
}

/// Makes the grant of a stored answer again, for a wallet that has its seed and the lead but not the request.
///
/// # Errors
/// [`WalletError::AnswerInvalid`] if no token is the lead, [`WalletError::GrantInvalid`] if the grant is not the issuer's for
/// this seed's keys.
pub fn recover_grant<'a>(
    manifest: &Body,
    seed: &Seed,
    tokens: &'a [Token],
    response: &AnswerResponse,
    packed: &PackedGrant,
) -> Result<RecoveredGrant<'a>, WalletError> {
    let issuer = &manifest.issuer;
    let lead = lead_of(issuer, tokens, response)?;
    let secrets = seed.redemption(issuer, lead.keyset(), lead.nonce());
    let secrets = secrets.ok_or(WalletError::Exhausted)?;
    let text = packed.text(issuer, &response.binding, &secrets.cnf, None);
    let grant = Grant::verify(&text, issuer, &manifest.grant_keys());
    let grant = grant.map_err(|_| WalletError::GrantInvalid)?;
    Ok(RecoveredGrant { grant, text, lead })
}
