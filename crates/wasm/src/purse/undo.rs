//! Giving a purchase back (spec section 14): rights are drawn as a pouch, a refund spends one.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::{Given, Made};
use crate::token::{counters, given_counters, given_tokens, records};
use farthing_core::grant::Grant;
use farthing_core::id::{KeysetId, Nonce};
use farthing_core::request::{RefundRequest, RefundResponse};
use farthing_core::wallet::{self, Undo, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** How much of a load gives one right. */
export interface RightsView { currency: string; per: number }
/** A purchase to be given back: its grant and lead, and the kept right that is spent for it. */
export interface Undo { grant: string; lead: Lead; right: TokenRecord; counters: Counters; now: number }
/** A request to be journalled before it is sent; `jti` is the grant's id, `right` the nullifier that it spends. */
export interface RefundPlan { request: string; jti: string; right: string; amount: number; currency: string; counters: Counters }
"#;

/// What loads give beside money, by currency.
#[wasm_bindgen(js_name = rightsOf, unchecked_return_type = "RightsView[]")]
#[must_use]
pub fn rights_of(manifest: &Manifest) -> JsValue {
    let list = js_sys::Array::new();
    for rights in &manifest.0.rights {
        let view = Made::new()
            .text("currency", rights.currency().as_str())
            .number("per", rights.per().get());
        list.push(&view.into());
    }
    list.into()
}

/// Asks for the price of a purchase. The counters after it are to be stored before the request is sent (R13).
///
/// # Errors
/// `grant_invalid` if the grant is not this seed's or is none that is given back, `keyset_not_mintable`, `token_corrupt`.
#[wasm_bindgen(js_name = prepareRefund, unchecked_return_type = "RefundPlan")]
pub fn prepare_refund(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Undo")] undo: &JsValue,
) -> Result<JsValue, Failure> {
    let body = &manifest.0;
    let all = Arguments::new();
    let seed = all.seed(seed);
    let of = Given::new(&all, undo, "undo");
    let (text, now) = (of.text("grant"), of.time("now"));
    let lead = of.given("lead");
    let (keyset, nonce) = (
        KeysetId::new(lead.id("keyset")),
        Nonce::new(lead.id("nonce")),
    );
    let mut next = given_counters(&all, &of.given("counters"));
    let list = js_sys::Array::of1(&of.member("right"));
    let tokens = given_tokens(&all, &list, |token| {
        Given::new(&all, token, "right").member("token")
    });
    all.check()?;
    let tokens = tokens?;
    let right = tokens.first().ok_or(WalletError::TokenCorrupt)?;
    let grant = Grant::verify(&text, &body.issuer, &body.grant_keys());
    let grant = grant.map_err(|_| WalletError::GrantInvalid)?;
    let claims = grant.claims();
    let undo = Undo {
        grant: &text,
        claims,
        lead_keyset: &keyset,
        lead_nonce: &nonce,
        right,
    };
    let request = wallet::refund(body, &seed, &undo, &mut next, now)?;
    let plan = Made::new()
        .text("request", &request.to_json())
        .id("jti", claims.id.bytes())
        .id("right", request.fields().right.nullifier.bytes())
        .number("amount", claims.amount.get())
        .text("currency", claims.currency.as_str())
        .made("counters", counters(&next));
    Ok(plan.into())
}

/// Checks every proof of the answer and makes the tokens. `counters` are those before the request.
///
/// # Errors
/// `proof_invalid`, `answer_invalid`: then the same request is to be sent again.
#[wasm_bindgen(js_name = finishRefund, unchecked_return_type = "TokenRecord[]")]
pub fn finish_refund(
    manifest: &Manifest,
    seed: &[u8],
    request: &str,
    #[wasm_bindgen(unchecked_param_type = "Counters")] counters: &JsValue,
    response: &str,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let seed = all.seed(seed);
    let before = given_counters(&all, &Given::new(&all, counters, "counters"));
    all.check()?;
    let issuer = &manifest.0.issuer;
    let request = RefundRequest::parse(request.as_bytes(), issuer)?;
    let response = RefundResponse::parse(response.as_bytes());
    let response = response.map_err(|_| WalletError::AnswerInvalid)?;
    let tokens = wallet::finish_refund(&manifest.0, &seed, &request, &before, &response)?;
    Ok(records(issuer, &tokens).into())
}
