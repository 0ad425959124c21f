//! Gifts (spec section 13): bought, claimed, taken back, read.

use crate::argument::Arguments;
use crate::decryption::{self, Promised};
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::offer::{Offer, sealed_part, verified};
use crate::pay::{lead, planned};
use crate::read::view;
use crate::record::{Given, Made, list};
use crate::token::{given_counters, records};
use farthing_core::bytes::to_b64u;
use farthing_core::content::{ContentError, ContentKey};
use farthing_core::gift::{GiftLink, RevokedList};
use farthing_core::grant::{Grant, grant_id};
use farthing_core::id::{GrantId, KeysetId, Nonce};
use farthing_core::json::Malformed;
use farthing_core::request::{RebindRequest, RebindResponse, RedeemRequest, RedeemResponse};
use farthing_core::wallet::{self, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What a gift gave: the change, and the fragment of the link, without `#`. Whoever has it can claim. */
export interface BoughtGift { fragment: string; jti: string; binding: string; lead: Lead; change: TokenRecord[] }
/** What a link says, without having asked anybody. */
export interface GiftView { issuer: string; publisher: string; resource: string; version: string; ct_hash: string; length: number; media_type: string; jti: string; amount: number; currency: string }
/** A page of the list of what was given up. */
export interface Revoked { jtis: string[]; next: string | null }
"#;

/// A fragment as a page finds it, without `#`.
fn link(fragment: &str) -> Result<GiftLink, Failure> {
    Ok(GiftLink::parse(fragment).ok_or(WalletError::GrantInvalid)?)
}

/// Plans a redemption that buys a gift; as `planRedemption`.
///
/// # Errors
/// As of `planRedemption`.
#[wasm_bindgen(js_name = planGift, unchecked_return_type = "RedemptionPlan")]
pub fn plan_gift(
    manifest: &Manifest,
    offer: &Offer,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Purchase")] purchase: &JsValue,
) -> Result<JsValue, Failure> {
    planned(manifest, offer, seed, purchase, wallet::pay_gift)
}

/// Checks the answer to a gift's redemption and makes its link. The promise is rejected as that of `finishRedemption`.
#[must_use]
#[wasm_bindgen(js_name = finishGift, unchecked_return_type = "Promise<BoughtGift>")]
pub fn finish_gift(
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
    let (offer, _) = verified(&offer, &document)?;
    let request = RedeemRequest::parse(request.as_bytes(), &body.issuer)?;
    let response = RedeemResponse::parse(response.as_bytes());
    let response = response.map_err(|_| WalletError::AnswerInvalid)?;
    let (decryption, sealed) =
        wallet::finish_gift(body, &seed, &offer, &request, &before, &response)?;
    let issuer = body.issuer.clone();
    decryption::decrypt(&decryption, move |key| {
        let bought = sealed.opened(key.taken().as_ref().map(|key| key.as_slice()))?;
        let link = wallet::gift_link(&issuer, &seed, &offer, &bought);
        let link = link.ok_or(WalletError::GrantInvalid)?;
        let gift = Made::new()
            .text("fragment", &link.to_fragment())
            .id("jti", grant_id(&link.binding).bytes())
            .id("binding", bought.binding.bytes())
            .made("lead", lead(&bought.lead_keyset, &bought.lead_nonce))
            .value("change", &records(&issuer, &bought.change).into());
        Ok(gift.into())
    })
}

/// What a link says. Nothing of it is verified: the issuer does that when it is claimed.
///
/// # Errors
/// `grant_invalid` if it is no link.
#[wasm_bindgen(js_name = readGift, unchecked_return_type = "GiftView")]
pub fn read_gift(fragment: &str) -> Result<JsValue, Failure> {
    let link = link(fragment)?;
    let cnf = link.secret.cnf().and_then(|key| key.public());
    let cnf = cnf.ok_or(WalletError::GrantInvalid)?;
    let claims = link
        .grant
        .claims(&link.issuer, &link.binding, &cnf, Some(link.giver));
    let view = Made::new()
        .text("issuer", link.issuer.as_str())
        .text("publisher", claims.publisher.as_str())
        .text("resource", link.opening.resource.as_str())
        .text("version", link.opening.version.as_str())
        .id("ct_hash", link.ct_hash.bytes())
        .number("length", link.length)
        .text("media_type", &link.media_type)
        .id("jti", grant_id(&link.binding).bytes())
        .number("amount", claims.amount.get())
        .text("currency", claims.currency.as_str());
    Ok(view.into())
}

/// A claim of the gift, to be journalled before it is sent; the same bytes each time.
///
/// # Errors
/// `grant_invalid`.
#[wasm_bindgen(js_name = claimGift)]
pub fn claim_gift(seed: &[u8], fragment: &str) -> Result<String, Failure> {
    let all = Arguments::new();
    let seed = all.seed(seed);
    all.check()?;
    Ok(wallet::claim(&seed, &link(fragment)?)?.to_json())
}

/// Takes back what was given and not claimed; the same bytes each time.
///
/// # Errors
/// `grant_invalid` if the gift is not this seed's.
#[wasm_bindgen(js_name = takeGiftBack)]
pub fn take_gift_back(
    seed: &[u8],
    fragment: &str,
    #[wasm_bindgen(unchecked_param_type = "Lead")] of: &JsValue,
) -> Result<String, Failure> {
    let all = Arguments::new();
    let of = Given::new(&all, of, "lead");
    let keyset = KeysetId::new(of.id("keyset"));
    let nonce = Nonce::new(of.id("nonce"));
    let seed = all.seed(seed);
    all.check()?;
    let request = wallet::take_back(&seed, &link(fragment)?, &keyset, &nonce)?;
    Ok(request.to_json())
}

/// Checks the answer to a claim or to taking back: the grant that took the gift's place.
///
/// # Errors
/// `grant_invalid`; then the same request is to be sent again.
#[wasm_bindgen(js_name = finishRebind)]
pub fn finish_rebind(
    manifest: &Manifest,
    fragment: &str,
    request: &str,
    response: &str,
) -> Result<String, Failure> {
    let link = link(fragment)?;
    let request = RebindRequest::parse(request.as_bytes(), &link.issuer)?;
    let response = RebindResponse::parse(response.as_bytes());
    let response = response.map_err(|_| WalletError::GrantInvalid)?;
    Ok(wallet::finish_rebind(
        &manifest.0,
        &link,
        &request,
        &response,
    )?)
}

/// The ids on one page of the list of what was given up, and where the next page begins.
///
/// # Errors
/// `answer_invalid` if the issuer did not sign it, or not for this place.
#[wasm_bindgen(js_name = revokedOf, unchecked_return_type = "Revoked")]
pub fn revoked_of(
    manifest: &Manifest,
    after: Option<String>,
    response: &str,
) -> Result<JsValue, Failure> {
    let after = match after.as_deref() {
        None | Some("") => None,
        Some(id) => Some(GrantId::parse(id).ok_or(Malformed("after"))?),
    };
    let body = &manifest.0;
    let keys = body.grant_keys();
    let page = RevokedList::verify(response.as_bytes(), &body.issuer, &keys, after);
    let page = page.ok_or(WalletError::AnswerInvalid)?;
    let next = page.next().map(|id| JsValue::from(to_b64u(id.bytes())));
    let id = |id: &GrantId| JsValue::from(to_b64u(id.bytes()));
    let made = Made::new()
        .value("jtis", &list(page.ids(), id).into())
        .value("next", &next.unwrap_or(JsValue::NULL));
    Ok(made.into())
}

/// A claimed gift, ready to be read.
#[wasm_bindgen]
#[derive(Debug)]
pub struct GiftReading {
    link: GiftLink,
    grant: Grant,
    key: ContentKey,
}

#[wasm_bindgen]
impl GiftReading {
    /// Verifies the grant against the link and opens the content key; to be done each time anew. The promise is rejected with
    /// `grant_invalid`, `grant_expired` or `key_mismatch`, or with `internal` where there is no WebCrypto.
    #[must_use]
    #[wasm_bindgen(unchecked_return_type = "Promise<GiftReading>")]
    pub fn open(
        manifest: &Manifest,
        seed: &[u8],
        fragment: &str,
        grant: &str,
        #[wasm_bindgen(unchecked_param_type = "number")] now: &JsValue,
    ) -> Promised {
        Self::opening(manifest, seed, fragment, grant, now).unwrap_or_else(decryption::rejected)
    }

    /// What the grant says.
    #[wasm_bindgen(unchecked_return_type = "GrantView")]
    #[must_use]
    pub fn grant(&self) -> JsValue {
        view(self.grant.claims())
    }

    /// The plaintext of the sealed part that was given. The promise is rejected with `content_mismatch` or `content_corrupt`.
    #[must_use]
    #[wasm_bindgen(unchecked_return_type = "Promise<Uint8Array>")]
    pub fn decrypt(&self, part: &[u8]) -> Promised {
        self.decrypting(part).unwrap_or_else(decryption::rejected)
    }
}

impl GiftReading {
    fn opening(
        manifest: &Manifest,
        seed: &[u8],
        fragment: &str,
        grant: &str,
        now: &JsValue,
    ) -> Result<Promised, Failure> {
        let all = Arguments::new();
        let now = all.time(now, "now");
        let seed = all.seed(seed);
        all.check()?;
        let link = link(fragment)?;
        let own = link.clone();
        let (decryption, sealed) = wallet::open_gift(&manifest.0, &seed, &link, grant)?;
        decryption::decrypt(&decryption, move |key| {
            let key = key.taken();
            let (grant, key) = sealed.opened(key.as_ref().map(|key| key.as_slice()))?;
            grant.check_access_as_hint(now)?;
            let link = own;
            Ok(Self { link, grant, key }.into())
        })
    }

    fn decrypting(&self, part: &[u8]) -> Result<Promised, Failure> {
        let part = sealed_part(part)?;
        let (header, opening) = (part.header(), &self.link.opening);
        let fits = *header.publisher() == self.grant.claims().publisher
            && *header.resource() == opening.resource
            && *header.version() == opening.version
            && header.length() == self.link.length
            && part.ct_hash() == self.link.ct_hash;
        if !fits {
            return Err(ContentError::Mismatch.into());
        }
        decryption::decrypt(&part.decryption(&self.key), |plaintext| {
            let bytes = plaintext.bytes().ok_or(ContentError::Corrupt)?;
            Ok(bytes.into())
        })
    }
}
