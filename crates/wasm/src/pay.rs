//! Paying: a redemption planned, and its answer checked.

use crate::argument::Arguments;
use crate::decryption::{self, Promised};
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::offer::{Offer, given_price, verified};
use crate::record::{Given, Made};
use crate::token::{counters, given_counters, given_tokens, records};
use farthing_core::id::{KeysetId, Nonce};
use farthing_core::manifest::Body;
use farthing_core::request::{Input, RedeemRequest, RedeemResponse};
use farthing_core::time::Timestamp;
use farthing_core::wallet::{self, Basket, Counters, Payment, Seed, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The input with the smallest nullifier, from which the reader's keys derive. */
export interface Lead { keyset: string; nonce: string }
/** What is bought and with what: the price that the reader saw, the tokens oldest first. */
export interface Purchase { wrap: Uint8Array; price: Price; tokens: TokenRecord[]; counters: Counters; now: number }
/** A request to be journalled before it is sent; `inputs` are nullifiers, the lead first. */
export interface RedemptionPlan { request: string; binding: string; inputs: string[]; lead: Lead; counters: Counters }
/** A journalled redemption; `counters` are those before it. */
export interface Attempt { offer: string; publisherDocument: Uint8Array; request: string; counters: Counters }
/** What a redemption gave, all of it checked. `key` is sealed to the reader's derived key. */
export interface Redemption { grant: string; key: Uint8Array; binding: string; lead: Lead; change: TokenRecord[] }
"#;

pub(crate) fn lead(keyset: &KeysetId, nonce: &Nonce) -> Made {
    Made::new()
        .id("keyset", keyset.bytes())
        .id("nonce", nonce.bytes())
}

/// Chooses tokens, asks for change, authenticates every token for this one request.
///
/// # Errors
/// `insufficient_funds`, `price_changed`, `price_not_payable`, `wrap_invalid`, `unsupported` if the price is at another
/// issuer or in a currency it does not deal in, `keyset_not_mintable` if there is no change to be had now, `token_corrupt`.
#[wasm_bindgen(js_name = planRedemption, unchecked_return_type = "RedemptionPlan")]
pub fn plan_redemption(
    manifest: &Manifest,
    offer: &Offer,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Purchase")] purchase: &JsValue,
) -> Result<JsValue, Failure> {
    planned(manifest, offer, seed, purchase, wallet::pay)
}

/// A plan by one of the core's two ways to pay.
pub(crate) fn planned(
    manifest: &Manifest,
    offer: &Offer,
    seed: &[u8],
    purchase: &JsValue,
    pay: impl FnOnce(
        &Body,
        &Seed,
        &Basket<'_>,
        &mut Counters,
        Timestamp,
    ) -> Result<Payment, WalletError>,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let given = Given::new(&all, purchase, "purchase");
    let price = given_price(&given.given("price"));
    let wrap = given.bytes("wrap");
    let mut next = given_counters(&all, &given.given("counters"));
    let now = given.time("now");
    let seed = all.seed(seed);
    let tokens = given_tokens(&all, &given.list("tokens"), |record| {
        Given::new(&all, record, "tokens").member("token")
    });
    all.check()?;
    let basket = Basket {
        offer: &offer.offer,
        offer_text: &offer.text,
        price: &price.ok_or(WalletError::PriceChanged)?,
        wrap: (wrap.try_into())
            .map_err(|_| Failure::refused("wrap_invalid", "the wrap is damaged"))?,
        tokens: &tokens?,
    };
    let payment = pay(&manifest.0, &seed, &basket, &mut next, now)?;
    let fields = payment.request.fields();
    let first = fields.lead().ok_or(WalletError::InsufficientFunds)?;
    let nullifier = |input: &Input| input.nullifier.to_b64u().into();
    let plan = Made::new()
        .text("request", &payment.request.to_json())
        .id("binding", payment.request.binding().bytes())
        .list("inputs", &fields.inputs, nullifier)
        .made("lead", lead(&first.keyset, &first.nonce))
        .made("counters", counters(&next));
    Ok(plan.into())
}

/// Checks an answer to a journalled redemption: the grant is for this purchase (R21), the key is the offer's (R29), the
/// change is proven. The promise is rejected with `answer_invalid`, `grant_invalid`, `key_mismatch` or `proof_invalid`: then
/// the same request is to be sent again; or with `internal` where there is no WebCrypto.
#[must_use]
#[wasm_bindgen(js_name = finishRedemption, unchecked_return_type = "Promise<Redemption>")]
pub fn finish_redemption(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Attempt")] attempt: &JsValue,
    response: &str,
) -> Promised {
    finished(manifest, seed, attempt, response).unwrap_or_else(decryption::rejected)
}

fn finished(
    manifest: &Manifest,
    seed: &[u8],
    attempt: &JsValue,
    response: &str,
) -> Result<Promised, Failure> {
    let body = &manifest.0;
    let all = Arguments::new();
    let given = Given::new(&all, attempt, "attempt");
    let offer = given.text("offer");
    let document = given.bytes("publisherDocument");
    let request = given.text("request");
    let before = given_counters(&all, &given.given("counters"));
    let seed = all.seed(seed);
    all.check()?;
    // That the offer was for the page was checked when the attempt was planned.
    let (offer, _) = verified(&offer, &document)?;
    let request = RedeemRequest::parse(request.as_bytes(), &body.issuer)?;
    let response = RedeemResponse::parse(response.as_bytes());
    let response = response.map_err(|_| WalletError::AnswerInvalid)?;
    let (decryption, sealed) =
        wallet::finish_payment(body, &seed, &offer, &request, &before, &response)?;
    let issuer = body.issuer.clone();
    decryption::decrypt(&decryption, move |key| {
        let bought = sealed.opened(key.taken().as_ref().map(|key| key.as_slice()))?;
        let redemption = Made::new()
            .text("grant", &bought.grant)
            .bytes("key", &bought.key)
            .id("binding", bought.binding.bytes())
            .made("lead", lead(&bought.lead_keyset, &bought.lead_nonce))
            .value("change", &records(&issuer, &bought.change).into());
        Ok(redemption.into())
    })
}
