//! Tokens and counters as the wallet stores them.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::{Given, Made, list};
use farthing_core::id::KeysetId;
use farthing_core::keyset::Keyset;
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

pub(crate) fn given_counters(all: &Arguments, given: &Given<'_>) -> Counters {
    let mut pairs = Vec::new();
    given.entries(|keyset, next| {
        let keyset = KeysetId::new(all.id(keyset, "counters"));
        pairs.push((keyset, all.small(&next, "counters")));
    });
    Counters::new(pairs)
}

pub(crate) fn counters(counters: &Counters) -> Made {
    counters.pairs().fold(Made::new(), |made, (keyset, next)| {
        made.number(&keyset.to_b64u(), next.into())
    })
}

/// Kept tokens, each in its 81 bytes.
pub(crate) fn given_tokens(
    all: &Arguments,
    list: &Array,
    bytes: impl Fn(&JsValue) -> JsValue,
) -> Result<Vec<Token>, Failure> {
    let mut tokens = Vec::new();
    for value in list.iter() {
        let bytes = Zeroizing::new(all.bytes(&bytes(&value), "tokens"));
        all.check()?;
        tokens.push(parse(&bytes)?);
    }
    Ok(tokens)
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Token, Failure> {
    Token::parse(bytes).ok_or_else(|| WalletError::TokenCorrupt.into())
}

pub(crate) fn records(issuer: &IssuerId, tokens: &[FreshToken]) -> Array {
    list(tokens, |fresh| {
        Made::new()
            .id("keyset", fresh.token.keyset().bytes())
            .number("amount", fresh.amount.get())
            .number("counter", fresh.counter.into())
            .bytes("token", &fresh.token.to_bytes())
            .bytes("evidence", &fresh.evidence.to_bytes())
            .id("nullifier", fresh.token.nullifier(issuer).bytes())
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
    let body = &manifest.0;
    check(&body.issuer, |id| body.keyset(id), seed, token)
}

/// As [`check_token`], with keysets from wherever they are known.
#[inline]
pub(crate) fn check<'a>(
    issuer: &IssuerId,
    keyset_of: impl FnOnce(&KeysetId) -> Option<&'a Keyset>,
    seed: &[u8],
    token: &JsValue,
) -> Result<(), Failure> {
    let corrupt = WalletError::TokenCorrupt;
    let all = Arguments::new();
    let seed = all.seed(seed);
    let given = Given::new(&all, token, "token");
    let token = Zeroizing::new(given.bytes("token"));
    let evidence = given.bytes("evidence");
    let counter = given.small("counter");
    let keyset = given.text("keyset");
    let nullifier = given.text("nullifier");
    let amount = given.amount("amount");
    all.check()?;
    let token = parse(&token)?;
    let evidence = Evidence::parse(&evidence).ok_or(corrupt)?;
    let says = keyset == token.keyset().to_b64u() && nullifier == token.nullifier(issuer).to_b64u();
    let keyset = keyset_of(token.keyset());
    let keyset = keyset.ok_or_else(|| {
        Failure::refused(
            "keyset_unknown",
            "the issuer no longer lists the coin's keyset",
        )
    })?;
    let says = says && amount == keyset.denomination();
    if !says {
        return Err(corrupt.into());
    }
    wallet::check_again(&seed, issuer, keyset, counter, &token, &evidence)?;
    Ok(())
}
