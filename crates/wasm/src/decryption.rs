//! AES-256-GCM by the platform. There is no other in the browser file.
//!
//! Promises chained by hand and not an `async fn`: that brings a scheduler of 5 KB into the browser file.

use crate::errors::Failure;
use crate::platform::subtle;
use crate::record::Made;
use farthing_core::decryption::Decryption;
use js_sys::{Array, Object, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{CryptoKey, SubtleCrypto};
use zeroize::Zeroizing;

#[wasm_bindgen]
extern "C" {
    /// A promise whose steps are given away: `js_sys` has only such as Rust must keep until they are called.
    #[derive(Clone, Debug)]
    #[wasm_bindgen(extends = Promise)]
    pub type Promised;

    #[wasm_bindgen(method, js_name = then)]
    fn and_then(this: &Promised, resolved: &JsValue) -> Promised;

    #[wasm_bindgen(method, js_name = then)]
    fn and_then_or(this: &Promised, resolved: &JsValue, rejected: &JsValue) -> Promised;
}

/// What the platform decrypted; none if it does not open.
pub(crate) struct Plaintext(Option<Uint8Array>);

impl Plaintext {
    /// As JavaScript has it.
    pub(crate) fn bytes(self) -> Option<Uint8Array> {
        self.0
    }

    /// Taken over: the platform's bytes are wiped.
    pub(crate) fn taken(self) -> Option<Zeroizing<Vec<u8>>> {
        let bytes = self.0?;
        let taken = Zeroizing::new(bytes.to_vec());
        wipe(&bytes);
        Some(taken)
    }
}

fn wipe(bytes: &Uint8Array) {
    bytes.fill(0, 0, bytes.length());
}

type Step = Box<dyn FnOnce(JsValue) -> Result<JsValue, JsValue>>;

/// A step in a chain of promises, called at most once. An error rejects the promise.
fn step(run: Step) -> JsValue {
    Closure::once_into_js(move |value| {
        run(value).unwrap_or_else(|error| Promise::reject(&error).into())
    })
}

/// The rejected promise of a failure.
pub(crate) fn rejected(failure: Failure) -> Promised {
    Promise::reject(&failure.into()).unchecked_into()
}

/// Decrypts, and goes on with what that gives. What `next` refuses rejects the promise.
///
/// # Errors
/// `internal` if the platform has no AES.
pub(crate) fn decrypt(
    decryption: &Decryption<'_>,
    next: impl FnOnce(Plaintext) -> Result<JsValue, Failure> + 'static,
) -> Result<Promised, Failure> {
    let opened = pieces(decryption, subtle()?).unwrap_or_else(|error| Promise::reject(&error));
    let opened: Promised = opened.unchecked_into();
    let join = step(Box::new(|pieces| {
        Ok(joined(&pieces.unchecked_into()).into())
    }));
    let none = step(Box::new(|_| Ok(JsValue::UNDEFINED)));
    let next = step(Box::new(move |bytes| {
        let bytes = (!bytes.is_undefined()).then(|| bytes.unchecked_into());
        next(Plaintext(bytes)).map_err(JsValue::from)
    }));
    Ok(opened.and_then_or(&join, &none).and_then(&next))
}

/// The plaintexts of the chunks, in their order.
fn pieces(decryption: &Decryption<'_>, subtle: SubtleCrypto) -> Result<Promise, JsValue> {
    let mut chunks = Vec::new();
    for chunk in decryption.chunks() {
        let algorithm = Made::new()
            .text("name", "AES-GCM")
            .bytes("iv", &chunk.nonce)
            .bytes("additionalData", decryption.aad());
        let algorithm: Object = JsValue::from(algorithm).unchecked_into();
        chunks.push((algorithm, Uint8Array::from(chunk.ciphertext)));
    }
    let key = Uint8Array::from(decryption.key().as_slice());
    let uses = Array::of1(&"decrypt".into());
    let imported = subtle.import_key_with_str("raw", &key, "AES-GCM", false, &uses);
    // The platform has taken its copy.
    wipe(&key);
    let imported: Promised = imported?.unchecked_into();
    let opened = step(Box::new(move |key| {
        let key: CryptoKey = key.unchecked_into();
        let opened = Array::new();
        for (algorithm, sealed) in &chunks {
            let piece = subtle.decrypt_with_object_and_js_u8_array(algorithm, &key, sealed)?;
            opened.push(&piece.into());
        }
        Ok(Promise::all(&opened).into())
    }));
    Ok(imported.and_then(&opened).unchecked_into())
}

/// The pieces one after the other.
fn joined(pieces: &Array) -> Uint8Array {
    let length = |sum: u32, piece: JsValue| sum.saturating_add(Uint8Array::new(&piece).length());
    let whole = Uint8Array::new_with_length(pieces.iter().fold(0, length));
    pieces.iter().fold(0, |at, piece| {
        whole.set(&Uint8Array::new(&piece), at);
        length(at, piece)
    });
    whole
}
