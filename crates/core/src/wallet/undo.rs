//! Giving a purchase back: a right is spent, and the price comes as fresh tokens (R56).

use super::ask::{ask, receive};
use super::load::keysets_for;
use super::{Counters, FreshToken, Seed, WalletError};
use crate::bytes::Transcript;
use crate::grant::{GrantClaims, Paid};
use crate::id::{KeysetId, Nonce};
use crate::manifest::{Body, canonical_split};
use crate::origin::IssuerId;
use crate::request::{Input, RefundFields, RefundRequest, RefundResponse};
use crate::sign::SecretKey;
use crate::time::Timestamp;
use crate::token::Token;
use alloc::{string::String, vec::Vec};

impl Seed {
    /// The key of a grant's `cnf`. `None` has probability 2^-256.
    #[must_use]
    pub fn cnf(
        &self,
        issuer: &IssuerId,
        lead_keyset: &KeysetId,
        lead_nonce: &Nonce,
    ) -> Option<SecretKey> {
        let info = Transcript::new("farthing/v1/cnf")
            .lp(issuer.bytes())
            .fixed(lead_keyset.bytes())
            .fixed(lead_nonce.bytes());
        Some(SecretKey::from_key(&self.key(info)?))
    }
}

/// What is given back.
#[derive(Clone, Copy, Debug)]
pub struct Undo<'a> {
    /// The grant's text.
    pub grant: &'a str,
    /// What it says, verified.
    pub claims: &'a GrantClaims,
    /// The keyset of the purchase's lead, from which the grant's key derives.
    pub lead_keyset: &'a KeysetId,
    /// The lead's nonce.
    pub lead_nonce: &'a Nonce,
    /// The right that is spent.
    pub right: &'a Token,
}

/// Asks for the price of a purchase, moving the counters on.
///
/// # Errors
/// [`WalletError::GrantInvalid`] if the grant is not for this wallet, or is none that is given back;
/// [`WalletError::KeysetNotMintable`] if the issuer makes no such coins now.
pub fn refund(
    manifest: &Body,
    seed: &Seed,
    undo: &Undo<'_>,
    counters: &mut Counters,
    now: Timestamp,
) -> Result<RefundRequest, WalletError> {
    let (issuer, claims) = (&manifest.issuer, undo.claims);
    let cnf = seed.cnf(issuer, undo.lead_keyset, undo.lead_nonce);
    let cnf = cnf.ok_or(WalletError::Exhausted)?;
    let is_own = cnf.public() == Some(claims.cnf) && claims.issuer == *issuer;
    if !is_own || claims.giver.is_some() || claims.paid == Paid::Promo {
        return Err(WalletError::GrantInvalid);
    }
    let denominations = manifest.mintable_denominations(claims.currency, now);
    let coins = canonical_split(claims.amount, &denominations);
    let coins = coins.ok_or(WalletError::KeysetNotMintable)?;
    let keysets = keysets_for(manifest, claims.currency, &coins, now)?;
    let right = undo.right;
    let fields = RefundFields {
        manifest: manifest.n,
        grant: String::from(undo.grant),
        right: Input::new(issuer, *right.keyset(), *right.nonce()),
        outputs: ask(seed, issuer, &keysets, counters)?,
    };
    let mac = |binding: &_| Some(right.output().mac(binding));
    let request = RefundRequest::new(fields, issuer, mac, |binding| {
        Some(cnf.sign(binding.bytes()))
    });
    request.map_err(|_| WalletError::GrantInvalid)
}

/// Makes the tokens of a refund from the issuer's answer. `before` are the counters before the request was made.
///
/// # Errors
/// [`WalletError::AnswerInvalid`] or [`WalletError::ProofInvalid`]; then the same request is to be sent again.
pub fn finish_refund(
    manifest: &Body,
    seed: &Seed,
    request: &RefundRequest,
    before: &Counters,
    response: &RefundResponse,
) -> Result<Vec<FreshToken>, WalletError> {
    let outputs = &request.fields().outputs;
    receive(seed, manifest, outputs, before, &response.evaluations)
}
