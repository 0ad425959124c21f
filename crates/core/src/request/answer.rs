//! answer: what became of a spent token.

use super::binding_of;
use crate::bytes::to_b64u;
use crate::id::{Binding, KeysetId, Mac, Nonce, Nullifier};
use crate::json::{MAX_REQUEST, MAX_RESPONSE, Malformed, Writer, parse_object};
use crate::origin::IssuerId;
use alloc::{string::String, vec::Vec};

/// A question about one token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerRequest {
    /// Which keyset.
    pub keyset: KeysetId,
    /// Its public random part.
    pub nonce: Nonce,
    /// Its mac over this request's binding.
    pub mac: Mac,
}

impl AnswerRequest {
    /// The hash that the mac is over (R22).
    #[must_use]
    pub fn binding(issuer: &IssuerId, keyset: &KeysetId, nonce: &Nonce) -> Binding {
        let transcript = binding_of("answer", issuer)
            .fixed(keyset.bytes())
            .fixed(nonce.bytes());
        Binding::new(transcript.hash())
    }

    /// Reads a request.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_REQUEST)?.read(|object| {
            Some(Self {
                keyset: KeysetId::new(object.bytes("keyset")),
                nonce: Nonce::new(object.bytes("nonce")),
                mac: Mac::new(object.bytes("mac")),
            })
        })
    }

    /// The request's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .b64u("keyset", self.keyset.bytes())
            .b64u("nonce", self.nonce.bytes())
            .b64u("mac", self.mac.bytes())
            .finish()
    }
}

/// What the issuer has of the request that spent the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnswerResponse {
    /// Its operation.
    pub operation: String,
    /// Its binding.
    pub binding: Binding,
    /// The nullifier of its lead, whose output opens the answer.
    pub lead: Nullifier,
    /// The sealed answer.
    pub answer: Vec<u8>,
}

impl AnswerResponse {
    /// Reads an answer.
    ///
    /// # Errors
    /// Names the member that does not fit.
    pub fn parse(bytes: &[u8]) -> Result<Self, Malformed> {
        parse_object(bytes, MAX_RESPONSE)?.read(|object| {
            Some(Self {
                operation: object.text("operation"),
                binding: Binding::new(object.bytes("binding")),
                lead: Nullifier::new(object.bytes("lead")),
                answer: object.b64u("answer"),
            })
        })
    }

    /// The answer's text.
    #[must_use]
    pub fn to_json(&self) -> String {
        Writer::new()
            .text("operation", &self.operation)
            .b64u("binding", self.binding.bytes())
            .b64u("lead", self.lead.bytes())
            .text("answer", &to_b64u(&self.answer))
            .finish()
    }
}
