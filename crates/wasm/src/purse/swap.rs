//! Swaps: tokens for elements of one's own and of others.

use super::element::{evaluations, given_outputs};
use super::keyset::{known, optional_list};
use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::pay::lead;
use crate::record::{Given, Made};
use crate::token::{counters, given_counters, given_tokens, records};
use farthing_core::id::KeysetId;
use farthing_core::request::{SwapInput, SwapRequest, SwapResponse};
use farthing_core::wallet::{self, SwapCoin, SwapPlan, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A kept token, with the branch on which its secrets grew; 0 unless said. */
export interface PurseToken extends TokenRecord { branch?: number }
/** What to swap: all tokens are spent; what is not given comes back in one's own group, the last. `show` is of frozen keysets only (R33). */
export interface Swap {
  currency: string; tokens: PurseToken[]; given?: Output[][]; keysets?: Keyset[]; show?: string[]; counters: Counters; now: number;
}
/** A request to be journalled before it is sent; `inputs` are nullifiers, the lead first; `groups` what each group is worth. */
export interface SwapPlan {
  request: string; binding: string; inputs: string[]; lead: Lead; counters: Counters; groups: number[]; own: number | null;
}
"#;

fn branch_and_counter(all: &Arguments, token: &JsValue) -> (u32, u32) {
    let given = Given::new(all, token, "tokens");
    let branch = given.member("branch");
    let branch = if branch.is_undefined() {
        0
    } else {
        all.small(&branch, "branch")
    };
    (branch, given.small("counter"))
}

/// Plans a swap of all its tokens.
///
/// # Errors
/// `insufficient_funds` if they do not reach for what is given, `keyset_not_mintable`, `unsupported` for another currency or
/// more than 64 tokens or elements, `keyset_unknown`, `token_corrupt`, `element_repeated`, `element_invalid`, `malformed`.
#[wasm_bindgen(js_name = planSwap, unchecked_return_type = "SwapPlan")]
pub fn plan_swap(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Swap")] swap: &JsValue,
) -> Result<JsValue, Failure> {
    let body = &manifest.0;
    let all = Arguments::new();
    let seed = all.seed(seed);
    let of = Given::new(&all, swap, "swap");
    let currency = all.currency(&of.text("currency"));
    let now = of.time("now");
    let mut next = given_counters(&all, &of.given("counters"));
    let list = of.list("tokens");
    let tokens = given_tokens(&all, &list, |token| {
        Given::new(&all, token, "tokens").member("token")
    });
    let places: Vec<(u32, u32)> = list.iter().map(|t| branch_and_counter(&all, &t)).collect();
    let mut shown = Vec::new();
    for id in optional_list(&all, &of, "show").iter() {
        shown.push(KeysetId::new(all.id(&all.text(&id, "show"), "show")));
    }
    let keysets = known(&all, body, &of)?;
    all.check()?;
    let mut given = Vec::new();
    for group in optional_list(&all, &of, "given").iter() {
        given.push(given_outputs(&all, &all.list(&group, "given"))?);
    }
    all.check()?;
    let tokens = tokens?;
    let mut coins = Vec::new();
    for (token, (branch, counter)) in tokens.iter().zip(places) {
        let keyset = keysets.iter().find(|keyset| keyset.id() == token.keyset());
        let unknown = || Failure::refused("keyset_unknown", "the keyset of a token is not given");
        coins.push(SwapCoin {
            token,
            keyset: keyset.ok_or_else(unknown)?,
            branch,
            counter,
            shown: shown.contains(token.keyset()),
        });
    }
    let plan = SwapPlan {
        currency,
        coins: &coins,
        given: &given,
    };
    let request = wallet::swap(body, &seed, &plan, &mut next, now)?;
    let fields = request.fields();
    let first = fields.lead().ok_or(WalletError::InsufficientFunds)?;
    let mut worth = Vec::new();
    for group in &fields.groups {
        worth.push(wallet::worth_of(body, currency, group, now)?);
    }
    let own = (fields.groups.len() > given.len()).then_some(given.len());
    let nullifier = |input: &SwapInput| input.token.nullifier.to_b64u().into();
    let plan = Made::new()
        .text("request", &request.to_json())
        .id("binding", request.binding().bytes())
        .list("inputs", &fields.inputs, nullifier)
        .made("lead", lead(&first.keyset, &first.nonce))
        .made("counters", counters(&next))
        .list("groups", worth, |worth| (worth.get() as f64).into())
        .value("own", &own.map_or(JsValue::NULL, JsValue::from));
    Ok(plan.into())
}

fn read(
    manifest: &Manifest,
    request: &str,
    response: &str,
) -> Result<(SwapRequest, SwapResponse), Failure> {
    let request = SwapRequest::parse(request.as_bytes(), &manifest.0.issuer)?;
    let response = SwapResponse::parse(response.as_bytes());
    Ok((request, response.map_err(|_| WalletError::AnswerInvalid)?))
}

/// The tokens of one's own group. `counters` are those before the request.
///
/// # Errors
/// `answer_invalid`, `proof_invalid`: then the same request is to be sent again.
#[wasm_bindgen(js_name = finishSwap, unchecked_return_type = "TokenRecord[]")]
pub fn finish_swap(
    manifest: &Manifest,
    seed: &[u8],
    request: &str,
    #[wasm_bindgen(unchecked_param_type = "number")] group: &JsValue,
    #[wasm_bindgen(unchecked_param_type = "Counters")] counters: &JsValue,
    response: &str,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let seed = all.seed(seed);
    let group = all.place(group, "group");
    let before = given_counters(&all, &Given::new(&all, counters, "counters"));
    all.check()?;
    let (request, response) = read(manifest, request, response)?;
    let tokens = wallet::finish_swap(&manifest.0, &seed, &request, group, &before, &response)?;
    Ok(records(&manifest.0.issuer, &tokens).into())
}

/// One group of the answer, its proofs checked, for whoever made its elements.
///
/// # Errors
/// As `finishSwap`.
#[wasm_bindgen(js_name = swapGroup, unchecked_return_type = "Evaluation[]")]
pub fn swap_group(
    manifest: &Manifest,
    request: &str,
    #[wasm_bindgen(unchecked_param_type = "number")] group: &JsValue,
    response: &str,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let group = all.place(group, "group");
    all.check()?;
    let (request, response) = read(manifest, request, response)?;
    let group = wallet::check_group(&manifest.0, &request, group, &response)?;
    Ok(evaluations(group))
}
