//! Which tokens to spend, and which to swap before anybody needs them.

use super::keyset::known;
use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::{Given, list};
use farthing_core::id::KeysetId;
use farthing_core::keyset::Keyset;
use farthing_core::wallet::{self, Renewal, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What to look through, oldest first, and how far: `within` seconds, at most `most` tokens. */
export interface Renewing {
  currency: string; tokens: { keyset: string; amount: number }[]; keysets?: Keyset[]; now: number; within: number; most: number;
}
"#;

fn places(places: Vec<usize>) -> JsValue {
    list(places, JsValue::from).into()
}

/// Places of the tokens to spend for at least `amount`.
///
/// # Errors
/// `insufficient_funds`.
#[wasm_bindgen(js_name = chooseTokens, unchecked_return_type = "number[]")]
pub fn choose_tokens(
    #[wasm_bindgen(unchecked_param_type = "number[]")] amounts: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "number")] amount: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let amount = all.amount(amount, "amount");
    let mut purse = Vec::new();
    for one in all.list(amounts, "amounts").iter() {
        purse.push(all.amount(&one, "amounts"));
    }
    all.check()?;
    let chosen = wallet::select(amount, &purse).ok_or(WalletError::InsufficientFunds)?;
    Ok(places(chosen))
}

/// Places of the tokens to swap now.
///
/// # Errors
/// `malformed` for what is no keyset of this issuer.
#[wasm_bindgen(js_name = tokensToRenew, unchecked_return_type = "number[]")]
pub fn tokens_to_renew(
    manifest: &Manifest,
    #[wasm_bindgen(unchecked_param_type = "Renewing")] of: &JsValue,
) -> Result<JsValue, Failure> {
    let body = &manifest.0;
    let all = Arguments::new();
    let of = Given::new(&all, of, "of");
    let currency = all.currency(&of.text("currency"));
    let now = of.time("now");
    let within = of.number("within");
    let most = all.place(&of.member("most"), "most");
    let mut ids = Vec::new();
    for token in of.list("tokens").iter() {
        ids.push(KeysetId::new(
            Given::new(&all, &token, "tokens").id("keyset"),
        ));
    }
    all.check()?;
    let known: Vec<Keyset> = known(&all, body, &of)?;
    all.check()?;
    let keyset = |id: &KeysetId| known.iter().find(|keyset| keyset.id() == id);
    let keysets: Vec<Option<&Keyset>> = ids.iter().map(keyset).collect();
    let renewal = Renewal {
        currency,
        keysets: &keysets,
        until: now.plus(within),
        most,
    };
    Ok(places(wallet::to_renew(body, &renewal, now)))
}
