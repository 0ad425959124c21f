//! Tokens from the seed alone (R35).

use super::keyset;
use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::Given;
use crate::token::records;
use farthing_core::id::KeysetId;
use farthing_core::request::{RestoreRequest, RestoreResponse};
use farthing_core::wallet::{self, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Which counters of a keyset to ask after. */
export interface Searching { keyset: string; from: number; count: number }
/** What was asked, of which keyset, from which counter on. */
export interface Searched { keyset: Keyset; from: number; request: string }
"#;

/// Asks after the elements of a stretch of counters, on the seed's branch.
///
/// # Errors
/// `counters_exhausted` beyond the last counter, and for none or more than 50.
#[wasm_bindgen(js_name = prepareRestore)]
pub fn prepare_restore(
    issuer: &str,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Searching")] of: &JsValue,
) -> Result<String, Failure> {
    let all = Arguments::new();
    let issuer = all.issuer(issuer);
    let seed = all.seed(seed);
    let of = Given::new(&all, of, "of");
    let keyset = KeysetId::new(of.id("keyset"));
    let (from, count) = (of.small("from"), of.small("count"));
    all.check()?;
    Ok(wallet::search(&issuer, &seed, keyset, from, count)?.to_json())
}

/// Checks the proof and makes the tokens that were evaluated, spent ones among them.
///
/// # Errors
/// `answer_invalid`, `proof_invalid`; `token_corrupt` if the request was not made of this seed and counter; `malformed` if
/// it is no keyset of this issuer.
#[wasm_bindgen(js_name = finishRestore, unchecked_return_type = "TokenRecord[]")]
pub fn finish_restore(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Searched")] of: &JsValue,
    response: &str,
) -> Result<JsValue, Failure> {
    let issuer = &manifest.0.issuer;
    let all = Arguments::new();
    let seed = all.seed(seed);
    let of = Given::new(&all, of, "of");
    let from = of.small("from");
    let request = of.text("request");
    all.check()?;
    let keyset = keyset::given(&manifest.0, &of.member("keyset"))?;
    let request = RestoreRequest::parse(request.as_bytes())?;
    let response = RestoreResponse::parse(response.as_bytes());
    let response = response.map_err(|_| WalletError::AnswerInvalid)?;
    let tokens = wallet::finish_search(issuer, &seed, &keyset, from, &request, &response)?;
    Ok(records(issuer, &tokens).into())
}
