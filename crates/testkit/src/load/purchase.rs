//! A redemption built ahead of time, and the check of its answer.

use super::connection::Reply;
use super::shop::Page;
use farthing_core::grant::Grant;
use farthing_core::manifest::Body;
use farthing_core::request::{RedeemFields, RedeemResponse};
use farthing_core::time::Timestamp;
use farthing_core::token::Token;
use farthing_core::wallet::{Counters, Payment, Seed, finish_payment, inquire};
use hyper::body::Bytes;
use std::sync::Arc;

/// One redemption of three tokens with two of change: the exact bytes to send, and what the reader needs to check the
/// answer. Sent twice it is the same request.
#[derive(Debug)]
pub struct Purchase {
    pub(super) body: Bytes,
    pub(super) payment: Payment,
    pub(super) before: Counters,
    pub(super) tokens: Vec<Token>,
    pub(super) page: Arc<Page>,
    pub(super) seed: Arc<Seed>,
    pub(super) manifest: Arc<Body>,
}

impl Purchase {
    /// Where it is sent.
    pub const PATH: &'static str = "/v1/redemptions";

    /// The exact bytes of the request.
    #[must_use]
    pub fn body(&self) -> Bytes {
        self.body.clone()
    }

    /// The request's fields.
    #[must_use]
    pub const fn fields(&self) -> &RedeemFields {
        self.payment.request.fields()
    }

    /// The tokens that it spends, as the wallet kept them: for another request with one of them.
    #[must_use]
    pub fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// What it costs, in micro.
    #[must_use]
    pub fn price(&self) -> u64 {
        self.page.price().amount.get()
    }

    /// What its tokens are worth, in micro.
    #[must_use]
    pub fn paid(&self) -> u64 {
        let worth = |token: &Token| {
            let keyset = self.manifest.keyset(token.keyset()).unwrap();
            keyset.denomination().get()
        };
        self.tokens.iter().map(worth).sum()
    }

    /// The request to `POST /v1/answers` that asks what became of its first token.
    #[must_use]
    pub fn inquiry(&self) -> Bytes {
        let token = self.tokens.first().unwrap();
        Bytes::from(inquire(&self.manifest.issuer, token).to_json())
    }

    /// The issuer's time when it gave the answer, from the grant.
    ///
    /// # Panics
    /// If there is no grant of this issuer in it.
    #[must_use]
    pub fn granted_at(&self, reply: &Reply) -> Timestamp {
        let response = RedeemResponse::parse(&reply.body).unwrap();
        let (issuer, keys) = (&self.manifest.issuer, &self.manifest.signing_keys);
        let grant = Grant::verify(&response.grant, issuer, keys).unwrap();
        grant.claims().iat
    }

    /// Checks the whole answer as a wallet does: the grant's signature and fields, the released key against the offer's
    /// commitment, the proofs of the change. Gives the change as tokens.
    ///
    /// # Errors
    /// In words, what does not fit.
    pub fn check(&self, reply: &Reply) -> Result<Vec<Token>, String> {
        if reply.status != 200 {
            return Err(format!("{}: {}", reply.status, reply.text()));
        }
        let response = RedeemResponse::parse(&reply.body).map_err(|error| format!("{error:?}"))?;
        let finished = finish_payment(
            &self.manifest,
            &self.seed,
            &self.page.offer,
            &self.payment.request,
            &self.before,
            &response,
        );
        let bought = finished
            .and_then(|(decryption, sealed)| sealed.opened(decryption.open().as_deref()))
            .map_err(|error| error.code().to_owned())?;
        if bought.change.len() != self.payment.request.fields().outputs.len() {
            return Err("the change is not what was asked for".to_owned());
        }
        Ok(bought.change.into_iter().map(|fresh| fresh.token).collect())
    }
}
