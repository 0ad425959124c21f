//! A publisher's starter tokens: its verified list, and what is planned on it (spec section 7.3).

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::manifest::{Manifest, pin};
use crate::record::{Given, Made};
use farthing_core::manifest::WalkError;
use farthing_core::origin::{OriginPolicy, PublisherId};
use farthing_core::promo::{self, PromoHead, PromoManifest};
use farthing_core::wallet;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a publisher gives to one who claims, in micro; `seen` is kept for the next walk. */
export interface StartersView { currency: string; grant: number; seen: Pin }
"#;

/// A publisher's list whose head chain, signatures and body were checked.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Starters {
    list: PromoManifest,
    manifest: Manifest,
}

#[wasm_bindgen]
impl Starters {
    /// The hash of the body that a head names, before anybody checked it: only to know which one to fetch.
    ///
    /// # Errors
    /// `manifest_invalid` if it is no head.
    #[wasm_bindgen(js_name = bodyOf)]
    pub fn body_of(head: &str) -> Result<String, Failure> {
        Ok(parsed(head)?.body().to_b64u())
    }

    /// Walks from what was `seen`, or from the first head, along `heads` to the newest, whose body's exact bytes are given
    /// (R44). `now` in seconds.
    ///
    /// # Errors
    /// `manifest_invalid`, `manifest_key_unknown`, `manifest_fork`; `pin_unknown` if the publisher never gave anything.
    pub fn follow(
        manifest: &Manifest,
        publisher: &str,
        #[wasm_bindgen(unchecked_param_type = "Pin | null")] seen: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "string[]")] heads: &JsValue,
        body: &[u8],
        #[wasm_bindgen(unchecked_param_type = "number")] now: &JsValue,
    ) -> Result<Self, Failure> {
        let all = Arguments::new();
        let publisher = PublisherId::parse(publisher, OriginPolicy::LoopbackHttp);
        let publisher = all.some(publisher, "publisher", "an origin");
        let seen = Given::optional(&all, seen, "seen").map(|given| pin(&given));
        let now = all.time(now, "now");
        let mut way = Vec::new();
        for text in all.list(heads, "heads").iter() {
            way.push(parsed(&all.text(&text, "heads"))?);
        }
        all.check()?;
        let publisher = publisher.ok_or(WalkError::Invalid)?;
        let list = promo::walk(&manifest.0, &publisher, seen.as_ref(), &way, body, now)?;
        let manifest = Manifest(list.over(&manifest.0));
        Ok(Self { list, manifest })
    }

    /// What is given, and what to keep for the next walk.
    #[wasm_bindgen(unchecked_return_type = "StartersView")]
    #[must_use]
    pub fn view(&self) -> JsValue {
        let seen = self.list.seen();
        let seen = Made::new()
            .number("n", seen.n)
            .id("hash", seen.hash.bytes());
        Made::new()
            .text("currency", self.list.currency.as_str())
            .number("grant", self.list.grant.get())
            .made("seen", seen)
            .into()
    }

    /// The issuer's manifest with these keysets in place of those of money: whatever is planned on it is wholly of starter
    /// tokens.
    #[must_use]
    pub fn manifest(&self) -> Manifest {
        Manifest(self.manifest.0.clone())
    }

    /// A claim under the claim key of that number, with the order that it will be.
    ///
    /// # Errors
    /// `unsupported` if the publisher gives nothing now.
    #[wasm_bindgen(unchecked_return_type = "Order")]
    pub fn claim(
        &self,
        seed: &[u8],
        #[wasm_bindgen(js_name = claimCounter, unchecked_param_type = "number")] claim: &JsValue,
    ) -> Result<JsValue, Failure> {
        let all = Arguments::new();
        let seed = all.seed(seed);
        let claim = all.small(claim, "claimCounter");
        all.check()?;
        let (order, request) = wallet::claim_promo(&self.list, &seed, claim)?;
        let order = Made::new()
            .id("order", order.bytes())
            .text("request", &request.to_json());
        Ok(order.into())
    }
}

fn parsed(text: &str) -> Result<PromoHead, Failure> {
    PromoHead::parse(text).map_err(|_| WalkError::Invalid.into())
}
