//! Reading what is owned.

use crate::argument::Arguments;
use crate::decryption::{self, Promised};
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::offer::{Offer, sealed_part};
use crate::record::{Given, Made};
use farthing_core::content::{ContentError, ContentKey};
use farthing_core::grant::{Grant, GrantClaims, GrantError};
use farthing_core::id::{Binding, KeysetId, Nonce};
use farthing_core::offer;
use farthing_core::time::Timestamp;
use farthing_core::wallet::{OwnedGrant, WalletError, open_owned};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a grant says. `access_until` 0 is for ever, `refund_until` 0 is none; fees are parts of the amount. */
export interface GrantView {
  jti: string; aud: string; iat: number; amount: number; currency: string; fees: { issuer: number; tax: number };
  paid: string; access_until: number; refund_until: number;
}
/** What a wallet keeps of a purchase. */
export interface Held { grant: string; key: Uint8Array; binding: string; lead: Lead; now: number }
"#;

pub(crate) fn view(claims: &GrantClaims) -> JsValue {
    let time = |time: Option<Timestamp>| time.unwrap_or_default().get();
    let fees = Made::new()
        .number("issuer", claims.issuer_fee.get())
        .number("tax", claims.tax.get());
    Made::new()
        .id("jti", claims.id.bytes())
        .text("aud", claims.publisher.as_str())
        .number("iat", claims.iat.get())
        .number("amount", claims.amount.get())
        .text("currency", claims.currency.as_str())
        .made("fees", fees)
        // Nothing else is accepted yet (spec section 8).
        .text("paid", "money")
        .number("access_until", time(claims.access_until))
        .number("refund_until", time(claims.refund_until))
        .into()
}

/// Verifies a grant without the offer: signed by the issuer, for that publisher, access not over.
///
/// # Errors
/// `grant_invalid`, `grant_expired`.
#[wasm_bindgen(js_name = verifyGrant, unchecked_return_type = "GrantView")]
pub fn verify_grant(
    manifest: &Manifest,
    grant: &str,
    publisher: &str,
    #[wasm_bindgen(unchecked_param_type = "number")] now: &JsValue,
) -> Result<JsValue, Failure> {
    let all = Arguments::new();
    let now = all.time(now, "now");
    all.check()?;
    let grant = Grant::verify(grant, &manifest.0.issuer, &manifest.0.grant_keys())?;
    // Whole, never by prefix (R20).
    if grant.claims().publisher.as_str() != publisher {
        return Err(GrantError::Invalid.into());
    }
    grant.check_access_as_hint(now)?;
    Ok(view(grant.claims()))
}

/// A purchase whose grant and content key were checked against the offer, ready to be read.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reading {
    pub(crate) offer: Rc<offer::Offer>,
    pub(crate) grant: Grant,
    pub(crate) key: ContentKey,
}

#[wasm_bindgen]
impl Reading {
    /// Verifies what is held against the offer and opens the content key. To be done each time anew. The promise is
    /// rejected with `grant_invalid`, `grant_expired` or `key_mismatch`, or with `internal` where there is no WebCrypto.
    #[must_use]
    #[wasm_bindgen(unchecked_return_type = "Promise<Reading>")]
    pub fn open(
        manifest: &Manifest,
        offer: &Offer,
        seed: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Held")] held: &JsValue,
    ) -> Promised {
        Self::opening(manifest, offer, seed, held).unwrap_or_else(decryption::rejected)
    }

    /// What the grant says.
    #[wasm_bindgen(unchecked_return_type = "GrantView")]
    #[must_use]
    pub fn grant(&self) -> JsValue {
        view(self.grant.claims())
    }

    /// The plaintext of a sealed part, once it is shown to be the one that was sold. The promise is rejected with
    /// `content_mismatch` or `content_corrupt`, or with `internal` where there is no WebCrypto.
    #[must_use]
    #[wasm_bindgen(unchecked_return_type = "Promise<Uint8Array>")]
    pub fn decrypt(&self, part: &[u8]) -> Promised {
        self.decrypting(part).unwrap_or_else(decryption::rejected)
    }
}

impl Reading {
    fn opening(
        manifest: &Manifest,
        offer: &Offer,
        seed: &[u8],
        held: &JsValue,
    ) -> Result<Promised, Failure> {
        let all = Arguments::new();
        let given = Given::new(&all, held, "held");
        let lead = given.given("lead");
        let grant = given.text("grant");
        let key = given.bytes("key");
        let binding = Binding::new(given.id("binding"));
        let keyset = KeysetId::new(lead.id("keyset"));
        let nonce = Nonce::new(lead.id("nonce"));
        let now = given.time("now");
        let seed = all.seed(seed);
        all.check()?;
        let owned = OwnedGrant {
            grant: &grant,
            key: &key.try_into().map_err(|_| WalletError::KeyMismatch)?,
            binding: &binding,
            lead_keyset: &keyset,
            lead_nonce: &nonce,
        };
        let offer = Rc::clone(&offer.offer);
        let (decryption, sealed) = open_owned(&manifest.0, &offer, &seed, &owned)?;
        decryption::decrypt(&decryption, move |key| {
            let key = key.taken();
            let (grant, key) = sealed.opened(key.as_ref().map(|key| key.as_slice()))?;
            grant.check_access_as_hint(now)?;
            Ok(Self { offer, grant, key }.into())
        })
    }

    fn decrypting(&self, part: &[u8]) -> Result<Promised, Failure> {
        let part = sealed_part(part)?;
        self.offer.check_part(&part)?;
        decryption::decrypt(&part.decryption(&self.key), |plaintext| {
            let bytes = plaintext.bytes().ok_or(ContentError::Corrupt)?;
            Ok(bytes.into())
        })
    }
}
