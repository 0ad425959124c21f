//! Whether tokens are spent, asked without naming them (R37).

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::{Given, Made};
use farthing_core::id::{KeysetId, Nullifier};
use farthing_core::spent::{Prefix, SpentList, SpentListInvalid};
use farthing_core::time::IAT_TOLERANCE;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Which tokens to look up in which list. */
export interface LookUp { keyset: string; prefix: string; nullifiers: string[]; now: number }
/** `at` is the hour in which the list was read. */
export interface SpentList { spent: boolean[]; at: number }
"#;

/// How the path to a list of spent tokens ends.
///
/// # Errors
/// A `TypeError` for more than 32 bits.
#[wasm_bindgen(js_name = spentPrefix)]
pub fn spent_prefix(
    nullifier: &str,
    #[wasm_bindgen(unchecked_param_type = "number")] bits: &JsValue,
) -> Result<String, Failure> {
    let all = Arguments::new();
    let nullifier = Nullifier::new(all.id(nullifier, "nullifier"));
    let bits = u8::try_from(all.small(bits, "bits")).ok();
    let bits = all.some(bits.filter(|bits| *bits <= 32), "bits", "at most 32");
    all.check()?;
    Ok(Prefix::of(&nullifier, bits.unwrap_or_default()).to_text())
}

/// Checks a list of spent tokens and looks these nullifiers up.
///
/// # Errors
/// `spent_list_invalid`; a `TypeError` for a nullifier that does not begin with the prefix.
#[wasm_bindgen(js_name = lookUpSpent, unchecked_return_type = "SpentList")]
pub fn look_up_spent(
    manifest: &Manifest,
    #[wasm_bindgen(unchecked_param_type = "LookUp")] of: &JsValue,
    response: &str,
) -> Result<JsValue, Failure> {
    let body = &manifest.0;
    let all = Arguments::new();
    let of = Given::new(&all, of, "of");
    let keyset = KeysetId::new(of.id("keyset"));
    let prefix = all.some(Prefix::parse(&of.text("prefix")), "prefix", "in its form");
    let now = of.time("now");
    let mut nullifiers = Vec::new();
    for nullifier in of.list("nullifiers").iter() {
        let text = all.text(&nullifier, "nullifiers");
        nullifiers.push(Nullifier::new(all.id(&text, "nullifiers")));
    }
    all.check()?;
    let invalid =
        |SpentListInvalid| Failure::refused("spent_list_invalid", "not the list asked for");
    let prefix = prefix.ok_or_else(|| invalid(SpentListInvalid))?;
    let (issuer, keys) = (&body.issuer, &body.signing_keys);
    let spent = SpentList::verify(response.as_bytes(), issuer, keys, &keyset, prefix);
    let spent = spent.map_err(invalid)?;
    // A list that is yet to come was not read (R5).
    if spent.iat() > now.plus(IAT_TOLERANCE) {
        return Err(invalid(SpentListInvalid));
    }
    let found: Option<Vec<bool>> = nullifiers.iter().map(|n| spent.has(n)).collect();
    let found = found.ok_or_else(|| Failure::caller("nullifiers", "such as begin with prefix"))?;
    let view = Made::new().list("spent", found, JsValue::from);
    Ok(view.number("at", spent.iat().get()).into())
}
