//! Asking what became of a spent token.

use crate::argument::Arguments;
use crate::decryption::{self, Promised};
use crate::errors::Failure;
use crate::record::Made;
use crate::token::{given_tokens, parse};
use farthing_core::request::AnswerResponse;
use farthing_core::wallet::{self, WalletError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** What spent a token: the request of that binding, which is to be sent again to have its answer. */
export interface OpenedAnswer { operation: string; binding: string; lead: string }
"#;

/// The question about one token, to be sent to the issuer.
///
/// # Errors
/// `token_corrupt`.
#[wasm_bindgen(js_name = prepareAnswer)]
pub fn prepare_answer(issuer: &str, token: &[u8]) -> Result<String, Failure> {
    let all = Arguments::new();
    let issuer = all.issuer(issuer);
    all.check()?;
    Ok(wallet::inquire(&issuer, &parse(token)?).to_json())
}

/// Finds the lead among `tokens` and opens the issuer's stored answer with it, which shows that the issuer has one. The promise is rejected with
/// `answer_invalid` if no token is the lead or the answer does not open, with `token_corrupt`, or with `internal` where
/// there is no WebCrypto.
#[must_use]
#[wasm_bindgen(js_name = openAnswer, unchecked_return_type = "Promise<OpenedAnswer>")]
pub fn open_answer(
    #[wasm_bindgen(unchecked_param_type = "Uint8Array[]")] tokens: &JsValue,
    issuer: &str,
    response: &str,
) -> Promised {
    opened(tokens, issuer, response).unwrap_or_else(decryption::rejected)
}

fn opened(tokens: &JsValue, issuer: &str, response: &str) -> Result<Promised, Failure> {
    let all = Arguments::new();
    let issuer = all.issuer(issuer);
    let tokens = all.list(tokens, "tokens");
    all.check()?;
    let tokens = given_tokens(&all, &tokens, JsValue::clone)?;
    let invalid = WalletError::AnswerInvalid;
    let response = AnswerResponse::parse(response.as_bytes()).map_err(|_| invalid)?;
    let decryption = wallet::open_answer(&issuer, &tokens, &response)?;
    let answer = Made::new()
        .text("operation", &response.operation)
        .id("binding", response.binding.bytes())
        .id("lead", response.lead.bytes());
    decryption::decrypt(&decryption, move |opened| {
        opened.taken().ok_or(invalid)?;
        Ok(answer.into())
    })
}
