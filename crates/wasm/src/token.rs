//! Tokens and counters as the wallet stores them.

use crate::argument::{self, each};
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::{Given, Made, list};
use farthing_core::id::KeysetId;
use farthing_core::origin::IssuerId;
use farthing_core::token::{Evidence, Token};
use farthing_core::wallet::{self, Counters, FreshToken, WalletError};
use js_sys::Array;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The next unused counter of each keyset (R13). */
export type Counters = Record<string, number>;
/** A token as it is kept: whoever has `token` (81 bytes) has the money. `evidence` shows how it was made (R10). */
export interface TokenRecord { keyset: string; amount: number; counter: number; token: Uint8Array; evidence: Uint8Array; nullifier: string }
"#;

fn counter(value: &JsValue, name: &str) -> Result<u32, Failure> {
    argument::number(value, name, |n| u32::try_from(n).ok())
}

pub(crate) fn given_counters(given: &Given) -> Result<Counters, Failure> {
    let pair = |(keyset, value): (String, JsValue)| {
        let keyset = argument::parsed(&keyset, "counters", KeysetId::parse)?;
        Ok((keyset, counter(&value, "counters")?))
    };
    each(given.entries(), pair).map(Counters::new)
}

pub(crate) fn counters(counters: &Counters) -> Made {
    counters.pairs().fold(Made::new(), |made, (keyset, next)| {
        made.number(&keyset.to_b64u(), next.into())
    })
}

/// A kept token's 81 bytes.
pub(crate) fn given_token(value: &JsValue, name: &str) -> Result<Token, Failure> {
    let bytes = Zeroizing::new(argument::bytes(value, name)?);
    parse(&bytes)
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Token, Failure> {
    Token::parse(bytes).ok_or_else(|| WalletError::TokenCorrupt.into())
}

pub(crate) fn records(issuer: &IssuerId, tokens: &[FreshToken]) -> Array {
    list(tokens, |fresh| {
        Made::new()
            .text("keyset", &fresh.token.keyset().to_b64u())
            .number("amount", fresh.amount.get())
            .number("counter", fresh.counter.into())
            .bytes("token", &fresh.token.to_bytes())
            .bytes("evidence", &fresh.evidence.to_bytes())
            .text("nullifier", &fresh.token.nullifier(issuer).to_b64u())
            .into()
    })
}

/// Checks a kept token again from its evidence (R10), and that its record says what it is.
///
/// # Errors
/// `token_corrupt`, `proof_invalid`; `keyset_unknown` if the manifest no longer lists its keyset.
#[wasm_bindgen(js_name = checkToken)]
pub fn check_token(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "TokenRecord")] token: &JsValue,
) -> Result<(), Failure> {
    let corrupt = WalletError::TokenCorrupt;
    let body = &manifest.0;
    let seed = argument::seed(seed)?;
    let given = Given::new(token, "token")?;
    let token = given_token(&given.member("token")?, "token")?;
    let evidence = Evidence::parse(&given.bytes("evidence")?).ok_or(corrupt)?;
    let counter = counter(&given.member("counter")?, "counter")?;
    let keyset = body.keyset(token.keyset());
    let keyset = keyset.ok_or_else(|| {
        Failure::refused(
            "keyset_unknown",
            "the issuer no longer lists the coin's keyset",
        )
    })?;
    let says = given.text("keyset")? == token.keyset().to_b64u()
        && given.text("nullifier")? == token.nullifier(&body.issuer).to_b64u()
        && given.number("amount", Some)? == keyset.denomination().get();
    if !says {
        return Err(corrupt.into());
    }
    wallet::check_again(&seed, &body.issuer, keyset, counter, &token, &evidence)?;
    Ok(())
}
