//! Loading: a seed, an order, its quote, and the pouches drawn from it.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::{Manifest, terms};
use crate::random;
use crate::record::{Given, Made};
use crate::token::{counters, given_counters, records};
use farthing_core::disclosure::{Disclosure, Fee};
use farthing_core::id::OrderId;
use farthing_core::request::{DrawRequest, DrawResponse};
use farthing_core::wallet::{self, Pouch, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
export interface Order { order: string; request: string }
/** What a quote must be for. */
export interface Asked { order: string; currency: string; amount: number; now: number }
/** What a load costs and means, signed before anybody pays: total = value + fees + tax. */
export interface Disclosure {
  quote: string; total: number; value: number; fees: { kind: string; amount: number }[]; tax: number;
  expiry: string; cash_out: string; sandbox: boolean; exp: number; terms: Terms;
}
/** Which pouch to draw; `rest` is what is unminted where `mix` is "". */
export interface Draw {
  order: string; claimCounter: number; pouch: number; mix: string; rest: number; currency: string;
  counters: Counters; now: number;
}
/** A request to be journalled before it is sent, with the counters after it. */
export interface DrawPlan { request: string; counters: Counters }
"#;

/// 32 random bytes from which every secret of a wallet derives.
///
/// # Errors
/// `internal` if the platform gives no random bytes.
#[wasm_bindgen(js_name = newSeed)]
pub fn new_seed() -> Result<Vec<u8>, Failure> {
    Ok(random::bytes()?.to_vec())
}

/// An order under the claim key of that number, for `amount` in micro under the manifest's terms.
///
/// # Errors
/// `unsupported` if the issuer does not deal in the currency.
#[wasm_bindgen(js_name = prepareOrder, unchecked_return_type = "Order")]
pub fn prepare_order(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(js_name = claimCounter, unchecked_param_type = "number")] claim: &JsValue,
    currency: &str,
    #[wasm_bindgen(unchecked_param_type = "number")] amount: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let seed = all.seed(seed);
    let claim = all.small(claim, "claimCounter");
    let currency = all.currency(currency);
    let amount = all.amount(amount, "amount");
    all.check()?;
    let terms = manifest.0.terms.sha256;
    let load = wallet::order(&manifest.0, &seed, claim, currency, amount, terms)?;
    let order = Made::new()
        .id("order", load.order.bytes())
        .text("request", &load.request.to_json());
    Ok(order.into())
}

/// Verifies a quote: signed by the issuer, for that order of that value, its sums right, not over.
///
/// # Errors
/// `disclosure_invalid`.
#[wasm_bindgen(js_name = verifyDisclosure, unchecked_return_type = "Disclosure")]
pub fn verify_disclosure(
    manifest: &Manifest,
    jws: &str,
    #[wasm_bindgen(unchecked_param_type = "Asked")] asked: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let given = Given::new(&all, asked, "asked");
    let order = OrderId::new(given.id("order"));
    let currency = all.currency(&given.text("currency"));
    let amount = given.amount("amount");
    let now = given.time("now");
    all.check()?;
    let disclosure = Disclosure::verify(jws, &manifest.0.issuer, &manifest.0.signing_keys)?;
    disclosure.check_order(&order, currency, amount, &manifest.0.terms.sha256, now)?;
    let claims = disclosure.claims();
    let fee = |fee: &Fee| {
        let made = Made::new().text("kind", &fee.kind);
        made.number("amount", fee.amount.get()).into()
    };
    let view = Made::new()
        .id("quote", claims.quote.bytes())
        .number("total", claims.total.get())
        .number("value", claims.value.get())
        .list("fees", &claims.fees, fee)
        .number("tax", claims.tax.get())
        .text("expiry", &claims.expiry)
        .text("cash_out", &claims.cash_out)
        .boolean("sandbox", claims.sandbox)
        .number("exp", claims.exp.get())
        .made("terms", terms(&claims.terms));
    Ok(view.into())
}

/// The mixes that draw a settled amount, largest first; "" last if a rest remains.
///
/// # Errors
/// `unsupported` if the issuer does not deal in the currency or the pouches would be too many.
#[wasm_bindgen(js_name = planPouches, unchecked_return_type = "string[]")]
pub fn plan_pouches(
    manifest: &Manifest,
    currency: &str,
    #[wasm_bindgen(unchecked_param_type = "number")] amount: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let currency = all.currency(currency);
    let amount = all.amount(amount, "amount");
    all.check()?;
    let mixes = wallet::plan_pouches(&manifest.0, currency, amount)?;
    serde_wasm_bindgen::to_value(&mixes).map_err(|_| WalletError::MixUnknown.into())
}

/// Asks for a pouch. The counters after it are to be stored before the request is sent (R13).
///
/// # Errors
/// `unsupported`, `mix_unknown`, `keyset_not_mintable`.
#[wasm_bindgen(js_name = prepareDraw, unchecked_return_type = "DrawPlan")]
pub fn prepare_draw(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Draw")] draw: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let given = Given::new(&all, draw, "draw");
    let mix = given.text("mix");
    let pouch = Pouch {
        order: OrderId::new(given.id("order")),
        claim_counter: given.small("claimCounter"),
        number: given.small("pouch"),
        mix: &mix,
        rest: given.amount("rest"),
        currency: all.currency(&given.text("currency")),
    };
    let mut next = given_counters(&all, &given.given("counters"));
    let now = given.time("now");
    let seed = all.seed(seed);
    all.check()?;
    let request = wallet::draw(&manifest.0, &seed, &pouch, &mut next, now)?;
    #[cfg(feature = "purse")]
    let request = crate::purse::claim::signed(
        &manifest.0.issuer,
        &seed,
        &given.member("claimBranch"),
        pouch.claim_counter,
        request,
    )?;
    let plan = Made::new()
        .text("request", &request.to_json())
        .made("counters", counters(&next));
    Ok(plan.into())
}

/// Checks every proof of the issuer's answer and makes the tokens. `counters` are those before the request.
///
/// # Errors
/// `proof_invalid`, `answer_invalid`: then the same request is to be sent again.
#[wasm_bindgen(js_name = finishDraw, unchecked_return_type = "TokenRecord[]")]
pub fn finish_draw(
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
    // The order stands in the request's path; making the tokens does not depend on it.
    let request = DrawRequest::parse(request.as_bytes(), OrderId::new([0; OrderId::LEN]))?;
    let response = DrawResponse::parse(response.as_bytes());
    let response = response.map_err(|_| WalletError::AnswerInvalid)?;
    let tokens = wallet::finish_draw(&manifest.0, &seed, &request, &before, &response)?;
    Ok(records(&manifest.0.issuer, &tokens).into())
}
