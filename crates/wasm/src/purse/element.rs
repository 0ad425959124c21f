//! Elements of one's own for somebody else's swap, and what the issuer made of them.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::{Given, Made, Plain, list};
use crate::token::{counters, given_counters, records};
use farthing_core::id::KeysetId;
use farthing_core::json::Malformed;
use farthing_core::request::{DrawResponse, Evaluation, MAX_ITEMS, Output, RequestError};
use farthing_core::voprf::BlindedElement;
use farthing_core::wallet::{self, WalletError};
use js_sys::{Array, JSON, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** An element to be evaluated, as it stands in a request. */
export interface Output { keyset: string; blinded: string }
/** What the issuer makes of the elements of one keyset, as it stands in an answer. */
export interface Evaluation { keyset: string; evaluated: string[]; proof: string }
/** To be journalled before anybody sees them (R13). */
export interface Elements { outputs: Output[]; counters: Counters }
/** For how much to ask. */
export interface Asking { currency: string; amount: number; counters: Counters; now: number }
/** Whose worth to tell. */
export interface Weighing { currency: string; outputs: Output[]; now: number }
"#;

/// Reads outputs, which may be anybody's.
pub(crate) fn given_outputs(all: &Arguments, outputs: &Array) -> Result<Vec<Output>, Failure> {
    let mut read: Vec<Output> = Vec::new();
    if outputs.length() == 0 || !usize::try_from(outputs.length()).is_ok_and(|n| n <= MAX_ITEMS) {
        return Err(Malformed("outputs").into());
    }
    for output in outputs.iter() {
        let given = Given::new(all, &output, "outputs");
        let keyset = KeysetId::new(given.id("keyset"));
        let blinded = given.id::<33>("blinded");
        all.check()?;
        let blinded = BlindedElement::parse(blinded).ok_or(RequestError::ElementInvalid)?;
        if read.iter().any(|known| known.blinded == blinded) {
            return Err(RequestError::ElementRepeated.into());
        }
        read.push(Output { keyset, blinded });
    }
    Ok(read)
}

fn output(output: &Output) -> JsValue {
    let made = Made::new().id("keyset", output.keyset.bytes());
    made.id("blinded", output.blinded.bytes()).into()
}

/// Evaluations as they stand in an answer.
pub(crate) fn evaluations(evaluations: &[Evaluation]) -> JsValue {
    let text = |bytes: &[u8]| JsValue::from(farthing_core::bytes::to_b64u(bytes));
    let made = |evaluation: &Evaluation| {
        Made::new()
            .id("keyset", evaluation.keyset.bytes())
            .list("evaluated", &evaluation.evaluated, |e| text(e.bytes()))
            .id("proof", evaluation.proof.bytes())
            .into()
    };
    list(evaluations, made).into()
}

fn given_evaluations(value: &JsValue) -> Result<Vec<Evaluation>, Failure> {
    let invalid = WalletError::AnswerInvalid;
    let object = Object::new();
    object.unchecked_ref::<Plain>().put("evaluations", value);
    let json = JSON::stringify(&object)
        .ok()
        .and_then(|json| json.as_string());
    // As they stand in the answer to a draw.
    let read = DrawResponse::parse(json.ok_or(invalid)?.as_bytes());
    Ok(read.map_err(|_| invalid)?.evaluations)
}

/// What elements are worth, in micro.
///
/// # Errors
/// `keyset_not_mintable` for those that this issuer would not evaluate now, `element_repeated`, `element_invalid`, `malformed`.
#[wasm_bindgen(js_name = worthOf)]
pub fn worth_of(
    manifest: &Manifest,
    #[wasm_bindgen(unchecked_param_type = "Weighing")] of: &JsValue,
) -> Result<f64, Failure> {
    let all = Arguments::new();
    let given = Given::new(&all, of, "of");
    let currency = all.currency(&given.text("currency"));
    let now = given.time("now");
    let outputs = given.list("outputs");
    all.check()?;
    let outputs = given_outputs(&all, &outputs)?;
    let worth = wallet::worth_of(&manifest.0, currency, &outputs, now)?;
    Ok(worth.get() as f64)
}

/// Elements of one's own, worth an amount.
///
/// # Errors
/// `keyset_not_mintable` if the issuer makes no coins for the amount now.
#[wasm_bindgen(js_name = askElements, unchecked_return_type = "Elements")]
pub fn ask_elements(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Asking")] of: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let given = Given::new(&all, of, "of");
    let currency = all.currency(&given.text("currency"));
    let amount = given.amount("amount");
    let mut next = given_counters(&all, &given.given("counters"));
    let now = given.time("now");
    let seed = all.seed(seed);
    all.check()?;
    let outputs = wallet::elements_for(&manifest.0, &seed, currency, amount, &mut next, now)?;
    let made = Made::new().list("outputs", &outputs, output);
    Ok(made.made("counters", counters(&next)).into())
}

/// Checks the proofs over one's own elements and makes the tokens. `counters` are those before `askElements`.
///
/// # Errors
/// `answer_invalid`, `proof_invalid`; `token_corrupt` if the elements were not made of this seed and these counters.
#[wasm_bindgen(js_name = receiveElements, unchecked_return_type = "TokenRecord[]")]
pub fn receive_elements(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Output[]")] outputs: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Counters")] counters: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Evaluation[]")] evaluations: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let seed = all.seed(seed);
    let outputs = all.list(outputs, "outputs");
    let before = given_counters(&all, &Given::new(&all, counters, "counters"));
    all.check()?;
    let outputs = given_outputs(&all, &outputs)?;
    let evaluations = given_evaluations(evaluations)?;
    let tokens = wallet::finish_elements(&manifest.0, &seed, &outputs, &before, &evaluations)?;
    Ok(records(&manifest.0.issuer, &tokens).into())
}
