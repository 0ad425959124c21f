//! WebCrypto, which browsers, workers and Node have as `crypto`.

use crate::errors::Failure;
use wasm_bindgen::prelude::*;
use web_sys::{Crypto, SubtleCrypto};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Option<Crypto>;
}

/// All of it; random bytes are there on every page.
///
/// # Errors
/// `internal` if there is none.
pub(crate) fn crypto() -> Result<Crypto, Failure> {
    let crypto = CRYPTO.with(Option::clone);
    crypto.ok_or_else(|| missing("the platform has no crypto"))
}

/// Its ciphers: missing where a page came over plain http from another host than this one.
///
/// # Errors
/// `internal` if they are missing.
pub(crate) fn subtle() -> Result<SubtleCrypto, Failure> {
    let subtle = crypto()?.subtle();
    // The binding takes for granted that it is there.
    if subtle.is_undefined() {
        Err(missing("no crypto.subtle: the page must come over https"))
    } else {
        Ok(subtle)
    }
}

fn missing(words: &'static str) -> Failure {
    Failure::refused("internal", words)
}
