//! Grants made again of the issuer's stored answers.

use crate::argument::Arguments;
use crate::decryption::{self, Promised};
use crate::errors::Failure;
use crate::manifest::Manifest;
use crate::offer::Offer;
use crate::pay::lead;
use crate::read::{Reading, view};
use crate::record::{Given, Made};
use crate::token::given_tokens;
use farthing_core::answer::{PackedAnswer, is_body};
use farthing_core::id::{KeysetId, Nonce};
use farthing_core::request::AnswerResponse;
use farthing_core::wallet::{self, RecoveredPurchase, WalletError};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A grant made again; `contentKey` is sealed to nobody. */
export interface RecoveredGrant { grant: string; view: GrantView; lead: Lead; binding: string; contentKey: Uint8Array }
/** What spent a token; `bought` where it was a purchase whose answer is kept packed. */
export interface RecoveredAnswer { operation: string; binding: string; lead: string; bought: RecoveredGrant | null }
/** A recovered purchase, to be read. */
export interface Recovered { grant: string; contentKey: Uint8Array; binding: string; lead: Lead; now: number }
"#;

/// Opens the answer to `prepareAnswer` with the lead, which has to be among the tokens, and makes the grant again where
/// there is one. The promise is rejected with `answer_invalid`, `grant_invalid` or `token_corrupt`, or with `internal` where
/// there is no WebCrypto.
#[must_use]
#[wasm_bindgen(js_name = recoverAnswer, unchecked_return_type = "Promise<RecoveredAnswer>")]
pub fn recover_answer(
    manifest: &Manifest,
    seed: &[u8],
    #[wasm_bindgen(unchecked_param_type = "Uint8Array[]")] tokens: &JsValue,
    response: &str,
) -> Promised {
    recovering(manifest, seed, tokens, response).unwrap_or_else(decryption::rejected)
}

fn recovering(
    manifest: &Manifest,
    seed: &[u8],
    tokens: &JsValue,
    response: &str,
) -> Result<Promised, Failure> {
    let manifest = manifest.0.clone();
    let all = Arguments::new();
    let seed = all.seed(seed);
    let tokens = all.list(tokens, "tokens");
    all.check()?;
    let tokens = given_tokens(&all, &tokens, JsValue::clone)?;
    let invalid = WalletError::AnswerInvalid;
    let response = AnswerResponse::parse(response.as_bytes()).map_err(|_| invalid)?;
    let sealed = response.clone();
    let decryption = wallet::open_answer(&manifest.issuer, &tokens, &sealed)?;
    decryption::decrypt(&decryption, move |opened| {
        let opened = opened.taken().ok_or(invalid)?;
        let answer = Made::new()
            .text("operation", &response.operation)
            .id("binding", response.binding.bytes())
            .id("lead", response.lead.bytes());
        let bought = match PackedAnswer::parse(&opened) {
            Some(PackedAnswer::Redeem { key, grant }) => {
                let bought = wallet::recover_grant(&manifest, &seed, &tokens, &response, &grant)?;
                let made = Made::new()
                    .text("grant", &bought.text)
                    .value("view", &view(bought.grant.claims()))
                    .made("lead", lead(bought.lead.keyset(), bought.lead.nonce()))
                    .id("binding", response.binding.bytes())
                    .bytes("contentKey", key.bytes());
                made.into()
            }
            // What was given away is not this reader's to open.
            Some(PackedAnswer::Swap | PackedAnswer::Refund | PackedAnswer::Gift { .. }) => {
                JsValue::NULL
            }
            None if is_body(&opened) => JsValue::NULL,
            None => return Err(invalid.into()),
        };
        Ok(answer.value("bought", &bought).into())
    })
}

#[wasm_bindgen]
impl Reading {
    /// As `open`, with a content key that came out of the issuer's stored answer.
    ///
    /// # Errors
    /// `grant_invalid`, `grant_expired`, `key_mismatch`.
    pub fn recovered(
        manifest: &Manifest,
        offer: &Offer,
        seed: &[u8],
        #[wasm_bindgen(unchecked_param_type = "Recovered")] held: &JsValue,
    ) -> Result<Self, Failure> {
        let all = Arguments::new();
        let given = Given::new(&all, held, "held");
        let lead = given.given("lead");
        let text = given.text("grant");
        let key = Zeroizing::new(given.bytes("contentKey"));
        let keyset = KeysetId::new(lead.id("keyset"));
        let nonce = Nonce::new(lead.id("nonce"));
        let now = given.time("now");
        let seed = all.seed(seed);
        all.check()?;
        let purchase = RecoveredPurchase {
            grant: &text,
            key: &key,
            lead_keyset: &keyset,
            lead_nonce: &nonce,
        };
        let offer = Rc::clone(&offer.offer);
        let (grant, key) = wallet::open_recovered(&manifest.0, &offer, &seed, &purchase)?;
        grant.check_access_as_hint(now)?;
        Ok(Self { offer, grant, key })
    }
}
