//! Keysets, as manifests and `GET /v1/keysets/{id}` say them.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::record::{Given, list};
use crate::token;
use farthing_core::json::Malformed;
use farthing_core::keyset::Keyset;
use farthing_core::manifest::{Body, CurrencyTerms};
use js_sys::{Array, JSON};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** As it stands in a manifest's body; `frozen` only in the answer for one keyset. */
export interface Keyset {
  id: string; kind: string; currency: string; publisher: string; denomination: number; public_key: string;
  mint_from: number; mint_until: number; redeem_until: number; claim_until: number; frozen?: number;
}
"#;

#[wasm_bindgen]
impl Manifest {
    /// The keysets that it lists.
    #[must_use]
    #[wasm_bindgen(unchecked_return_type = "Keyset[]")]
    pub fn keysets(&self) -> JsValue {
        let made = |keyset: &Keyset| JSON::parse(&keyset.to_json().finish()).unwrap_or_default();
        list(&self.0.keysets, made).into()
    }
}

/// Checks a kept token again, whose keyset the manifest lists no longer.
///
/// # Errors
/// `malformed` if it is no keyset of this issuer; as `checkToken`.
#[wasm_bindgen(js_name = checkTokenOf)]
pub fn check_token_of(
    manifest: &Manifest,
    #[wasm_bindgen(unchecked_param_type = "Keyset")] keyset: &JsValue,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "TokenRecord")] token: &JsValue,
) -> Result<(), Failure> {
    let keyset = given(&manifest.0, keyset)?;
    token::check(&manifest.0.issuer, |_| Some(&keyset), seed, token)
}

/// A keyset of that issuer: its id is computed again.
pub(crate) fn given(manifest: &Body, keyset: &JsValue) -> Result<Keyset, Failure> {
    let json = JSON::stringify(keyset)
        .ok()
        .and_then(|json| json.as_string());
    let json = json.ok_or(Malformed("keyset"))?;
    let unit_of = |currency| manifest.currency(currency).map(CurrencyTerms::unit);
    Ok(Keyset::parse(json.as_bytes(), &manifest.issuer, unit_of)?)
}

/// The manifest's keysets, and those that the caller has besides.
pub(crate) fn known(
    all: &Arguments,
    manifest: &Body,
    given: &Given<'_>,
) -> Result<Vec<Keyset>, Failure> {
    let mut keysets = manifest.keysets.clone();
    for keyset in optional_list(all, given, "keysets").iter() {
        let keyset = self::given(manifest, &keyset)?;
        if keysets.iter().all(|known| known.id() != keyset.id()) {
            keysets.push(keyset);
        }
    }
    Ok(keysets)
}

/// A list that may be left out.
pub(crate) fn optional_list(all: &Arguments, given: &Given<'_>, name: &'static str) -> Array {
    let value = given.member(name);
    if value.is_undefined() {
        Array::new()
    } else {
        all.list(&value, name)
    }
}
