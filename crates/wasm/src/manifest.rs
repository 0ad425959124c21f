//! An issuer's manifest: the walk to its newest head, and what a page needs to know of it.

use crate::argument::{self, each};
use crate::errors::Failure;
use crate::record::{Given, Made};
use farthing_core::id::HeadHash;
use farthing_core::jwk::Kid;
use farthing_core::manifest::{
    self as core, CurrencyTerms, Head, Mix, Pin, Terms, Trust, WalkError,
};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A head that a signed offer names. */
export interface Pin { n: number; hash: string }
/** What is kept of an issuer between walks. */
export interface Trust { n: number; hash: string; kids: string[] }
/** An issuer's terms by hash. */
export interface Terms { version: string; sha256: string; url: string }
/** Amounts in micro, one millionth of the currency's major unit. */
export interface CurrencyView { currency: string; unit: number; pocket_max: number; mixes: { mix: string; amount: number }[] }
export interface ManifestView { iss: string; n: number; currencies: CurrencyView[]; terms: Terms }
/** What an unverified head says: only to know which body to fetch. */
export interface HeadInfo { n: number; body: string; kid: string }
"#;

fn pin(given: &Given) -> Result<Pin, Failure> {
    Ok(Pin {
        n: given.number("n", Some)?,
        hash: given.parsed("hash", HeadHash::parse)?,
    })
}

fn trust(given: &Given) -> Result<Trust, Failure> {
    let kid = |value: JsValue| {
        let text = argument::text(&value, "kids")?;
        argument::parsed(&text, "kids", Kid::parse)
    };
    let kids = each(given.list("kids")?, kid)?;
    Ok(Trust {
        pin: pin(given)?,
        kids,
    })
}

pub(crate) fn terms(terms: &Terms) -> Made {
    Made::new()
        .text("version", terms.version.as_str())
        .text("sha256", &terms.sha256.to_b64u())
        .text("url", &terms.url)
}

fn mix(mix: &Mix) -> JsValue {
    Made::new()
        .text("mix", mix.name())
        .number("amount", mix.amount().get())
        .into()
}

fn currency(terms: &CurrencyTerms) -> JsValue {
    Made::new()
        .text("currency", terms.currency().as_str())
        .number("unit", terms.unit().get())
        .number("pocket_max", terms.pocket_max().get())
        .list("mixes", terms.mixes(), mix)
        .into()
}

fn head(text: &str) -> Result<Head, Failure> {
    Head::parse(text).map_err(|_| WalkError::Invalid.into())
}

/// What a head says before anybody checked it: only to know which body to fetch.
///
/// # Errors
/// `manifest_invalid` if it is no head.
#[wasm_bindgen(js_name = headInfo, unchecked_return_type = "HeadInfo")]
pub fn head_info(#[wasm_bindgen(js_name = head)] text: &str) -> Result<JsValue, Failure> {
    let head = head(text)?;
    let info = Made::new()
        .number("n", head.n())
        .text("body", &head.body().to_b64u())
        .text("kid", &head.kid().to_text());
    Ok(info.into())
}

/// A manifest whose head chain, signatures and body were checked.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Manifest(pub(crate) core::Manifest);

#[wasm_bindgen]
impl Manifest {
    /// Walks from the higher of `trust` and `pin` along `heads`, all from that number on, to the newest, whose body's
    /// exact bytes are given (R14). `now` in seconds.
    ///
    /// # Errors
    /// `manifest_invalid`, `manifest_key_unknown`, `pin_unknown`, `manifest_fork`.
    pub fn follow(
        issuer: &str,
        #[wasm_bindgen(unchecked_param_type = "Trust | null")] trust: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "Pin | null")] pin: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "string[]")] heads: &JsValue,
        body: &[u8],
        #[wasm_bindgen(unchecked_param_type = "number")] now: &JsValue,
    ) -> Result<Self, Failure> {
        let issuer = argument::issuer(issuer)?;
        let trust = Given::optional(trust, "trust")?.map(|given| self::trust(&given));
        let pin = Given::optional(pin, "pin")?.map(|given| self::pin(&given));
        let heads = argument::list(heads, "heads")?;
        let heads = each(heads, |text| head(&argument::text(&text, "heads")?))?;
        let now = argument::time(now, "now")?;
        let (trust, pin) = (trust.transpose()?, pin.transpose()?);
        let manifest = core::walk(&issuer, trust.as_ref(), pin.as_ref(), &heads, body, now)?;
        Ok(Self(manifest))
    }

    /// What to keep for the next walk.
    #[wasm_bindgen(unchecked_return_type = "Trust")]
    #[must_use]
    pub fn trust(&self) -> JsValue {
        let trust = self.0.trust();
        Made::new()
            .number("n", trust.pin.n)
            .text("hash", &trust.pin.hash.to_b64u())
            .list("kids", &trust.kids, |kid| kid.to_text().into())
            .into()
    }

    /// What a page shows.
    #[wasm_bindgen(unchecked_return_type = "ManifestView")]
    #[must_use]
    pub fn view(&self) -> JsValue {
        Made::new()
            .text("iss", self.0.issuer.as_str())
            .number("n", self.0.n)
            .list("currencies", &self.0.currencies, currency)
            .made("terms", terms(&self.0.terms))
            .into()
    }
}
