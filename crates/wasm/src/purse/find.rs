//! Orders from their claim keys alone (R36).

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::record::Made;
use farthing_core::request::FindResponse;
use farthing_core::wallet::{self, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** An order as it stands; `pouches` is the number of the next one. */
export interface FoundOrder {
  order: string; state: string; currency: string; value: number; unminted: number; pouches: number; disclosure: string;
}
"#;

const STATES: [&str; 5] = ["quoted", "settled", "declined", "expired", "closed"];

/// Asks after the order under that claim key of the seed's branch.
///
/// # Errors
/// A `TypeError` for an argument that is not in its form.
#[wasm_bindgen(js_name = prepareFind)]
pub fn prepare_find(
    issuer: &str,
    seed: &[u8],
    #[wasm_bindgen(js_name = claimCounter, unchecked_param_type = "number")] claim: &JsValue,
) -> Result<String, Failure> {
    let all = Arguments::new();
    let issuer = all.issuer(issuer);
    let seed = all.seed(seed);
    let claim = all.small(claim, "claimCounter");
    all.check()?;
    Ok(wallet::find(&issuer, &seed, claim)?.to_json())
}

/// Checks that the answer is for this claim key.
///
/// # Errors
/// `answer_invalid`.
#[wasm_bindgen(js_name = finishFind, unchecked_return_type = "FoundOrder")]
pub fn finish_find(
    issuer: &str,
    seed: &[u8],
    #[wasm_bindgen(js_name = claimCounter, unchecked_param_type = "number")] claim: &JsValue,
    response: &str,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let issuer = all.issuer(issuer);
    let seed = all.seed(seed);
    let claim = all.small(claim, "claimCounter");
    all.check()?;
    let invalid = WalletError::AnswerInvalid;
    let found = FindResponse::parse(response.as_bytes()).map_err(|_| invalid)?;
    wallet::check_found(&issuer, &seed, claim, &found)?;
    if !STATES.contains(&found.state.as_str()) {
        return Err(invalid.into());
    }
    let view = Made::new()
        .id("order", found.order.bytes())
        .text("state", &found.state)
        .text("currency", found.currency.as_str())
        .number("value", found.value.get())
        .number("unminted", found.unminted.get())
        .number("pouches", found.pouches.into())
        .text("disclosure", &found.disclosure);
    Ok(view.into())
}
