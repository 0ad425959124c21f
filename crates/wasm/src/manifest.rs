//! An issuer's manifest: the walk to its newest head, and what a page needs to know of it.

use crate::argument::Arguments;
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

pub(crate) fn pin(given: &Given<'_>) -> Pin {
    Pin {
        n: given.number("n"),
        hash: HeadHash::new(given.id("hash")),
    }
}

fn trust(all: &Arguments, given: &Given<'_>) -> Trust {
    let mut kids = Vec::new();
    for kid in given.list("kids").iter() {
        let kid = Kid::parse(&all.text(&kid, "kids"));
        kids.extend(all.some(kid, "kids", "in its form"));
    }
    Trust {
        pin: pin(given),
        kids,
    }
}

pub(crate) fn terms(terms: &Terms) -> Made {
    Made::new()
        .text("version", terms.version.as_str())
        .id("sha256", terms.sha256.bytes())
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
        .id("body", head.body().bytes())
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
        let all = Arguments::new();
        let issuer = all.issuer(issuer);
        let trust = Given::optional(&all, trust, "trust").map(|given| self::trust(&all, &given));
        let pin = Given::optional(&all, pin, "pin").map(|given| self::pin(&given));
        let now = all.time(now, "now");
        let mut parsed = Vec::new();
        for text in all.list(heads, "heads").iter() {
            parsed.push(head(&all.text(&text, "heads"))?);
        }
        all.check()?;
        let manifest = core::walk(&issuer, trust.as_ref(), pin.as_ref(), &parsed, body, now)?;
        Ok(Self(manifest))
    }

    /// What to keep for the next walk.
    #[wasm_bindgen(unchecked_return_type = "Trust")]
    #[must_use]
    pub fn trust(&self) -> JsValue {
        let trust = self.0.trust();
        Made::new()
            .number("n", trust.pin.n)
            .id("hash", trust.pin.hash.bytes())
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
