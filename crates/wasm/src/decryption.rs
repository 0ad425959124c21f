//! Opening a part with the platform's AES, which is faster than ours.
//!
//! Three promises chained by hand and not an `async fn`: that brings a scheduler of 5 KB into the browser file.

use crate::errors::Failure;
use crate::record::Made;
use farthing_core::content::{self, ContentError, ContentKey, Opening, SealedPart};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type Crypto;

    #[derive(Clone)]
    type SubtleCrypto;

    /// A promise of whatever it is: the steps below know what comes.
    #[derive(Clone, Debug)]
    #[wasm_bindgen(typescript_type = "Promise<Uint8Array>")]
    pub type Promised;

    #[wasm_bindgen(thread_local_v2, js_name = crypto)]
    static CRYPTO: Option<Crypto>;

    // Missing where a page came over plain http from another host than this one.
    #[wasm_bindgen(method, getter)]
    fn subtle(this: &Crypto) -> Option<SubtleCrypto>;

    #[wasm_bindgen(method, js_name = importKey)]
    fn import_key(
        this: &SubtleCrypto,
        format: &str,
        key: &Uint8Array,
        algorithm: &str,
        extractable: bool,
        uses: &Array,
    ) -> Promised;

    #[wasm_bindgen(method)]
    fn decrypt(this: &SubtleCrypto, algorithm: &JsValue, key: &JsValue, data: &JsValue)
    -> Promised;

    #[wasm_bindgen(method, js_name = then)]
    fn and_then(this: &Promised, resolved: &JsValue) -> Promised;

    #[wasm_bindgen(method, js_name = then)]
    fn and_then_or(this: &Promised, resolved: &JsValue, rejected: &JsValue) -> Promised;

    #[wasm_bindgen(js_namespace = Promise)]
    fn all(promises: &Array) -> Promised;

    #[wasm_bindgen(js_namespace = Promise)]
    fn resolve(value: &JsValue) -> Promised;

    #[wasm_bindgen(js_namespace = Promise)]
    fn reject(reason: &JsValue) -> Promised;
}

/// A step in a chain of promises, called at most once.
fn step(run: impl FnOnce(JsValue) -> JsValue + 'static) -> JsValue {
    Closure::once_into_js(run)
}

/// The rejected promise of a failure.
pub(crate) fn rejected(failure: Failure) -> Promised {
    reject(&failure.into())
}

/// Opens a part chunk by chunk; with the core's own AES where the platform has none.
pub(crate) fn decrypt(part: &SealedPart<'_>, key: &ContentKey) -> Result<Promised, Failure> {
    let Some(subtle) = CRYPTO.with(|crypto| crypto.as_ref().and_then(Crypto::subtle)) else {
        let opened = content::open(part, key)?;
        return Ok(resolve(&Uint8Array::from(opened.as_slice()).into()));
    };
    let opening = Opening::new(part, key);
    let mut chunks = Vec::new();
    for chunk in opening.chunks() {
        let algorithm = Made::new()
            .text("name", "AES-GCM")
            .bytes("iv", &chunk.nonce)
            .bytes("additionalData", opening.aad());
        chunks.push((JsValue::from(algorithm), Uint8Array::from(chunk.ciphertext)));
    }
    // The bytes of the part are at hand, so its plaintext is shorter than 2^32.
    let length = u32::try_from(part.header().length()).map_err(|_| ContentError::Mismatch)?;

    let raw = Uint8Array::from(opening.key().as_slice());
    let uses = Array::of1(&"decrypt".into());
    let imported = subtle.import_key("raw", &raw, "AES-GCM", false, &uses);
    // The platform has taken its copy.
    raw.fill(0, 0, raw.length());
    let with_key = step(move |key| {
        let opened = Array::new();
        for (algorithm, sealed) in &chunks {
            opened.push(&subtle.decrypt(algorithm, &key, sealed).into());
        }
        all(&opened).into()
    });
    let joined = step(move |opened| {
        let plaintext = Uint8Array::new_with_length(length);
        let mut at = 0_u32;
        for piece in Array::from(&opened).iter() {
            let piece = Uint8Array::new(&piece);
            plaintext.set(&piece, at);
            at = at.saturating_add(piece.length());
        }
        plaintext.into()
    });
    let corrupt = step(|_| rejected(ContentError::Corrupt.into()).into());
    Ok(imported.and_then(&with_key).and_then_or(&joined, &corrupt))
}
