//! The recovery phrase.

use crate::argument::Arguments;
use crate::errors::Failure;
use crate::random;
use crate::record::{Plain, list};
use farthing_core::wallet::{PHRASE_LEN, Phrase, PhraseInvalid, suggestions};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// 16 random bytes: what a phrase stands for.
///
/// # Errors
/// `internal` if the platform gives no random bytes.
#[wasm_bindgen(js_name = newPhrase)]
pub fn new_phrase() -> Result<Vec<u8>, Failure> {
    let mut bytes = Zeroizing::new([0; PHRASE_LEN]);
    random::fill(bytes.as_mut())?;
    Ok(bytes.to_vec())
}

/// The twelve words of BIP 39 in English.
///
/// # Errors
/// A `TypeError` if it has not 16 bytes.
#[wasm_bindgen(js_name = phraseWords, unchecked_return_type = "string[]")]
pub fn phrase_words(phrase: &[u8]) -> Result<JsValue, Failure> {
    let words = given(phrase)?.words();
    Ok(list(words, JsValue::from).into())
}

/// Reads words as a person writes them.
///
/// # Errors
/// `phrase_invalid`, with a `reason`: `count`, `word` (with `word`, which one from 0) or `checksum`.
#[wasm_bindgen(js_name = phraseFromWords)]
pub fn phrase_from_words(words: &str) -> Result<Vec<u8>, JsValue> {
    let phrase = Phrase::parse(words).map_err(|invalid| thrown(&invalid))?;
    Ok(phrase.bytes().to_vec())
}

fn thrown(invalid: &PhraseInvalid) -> JsValue {
    let failure = Failure::refused(invalid.code(), invalid.reason());
    let error = JsValue::from(failure);
    let members = error.unchecked_ref::<Plain>();
    members.put("reason", &invalid.reason().into());
    if let PhraseInvalid::Word(index) = *invalid {
        members.put("word", &index.into());
    }
    error
}

/// The words of the list that begin so, at most ten.
#[must_use]
#[wasm_bindgen(js_name = phraseSuggestions, unchecked_return_type = "string[]")]
pub fn phrase_suggestions(start: &str) -> JsValue {
    list(suggestions(start), |word| JsValue::from(*word)).into()
}

/// The seed of the purse, 32 bytes.
///
/// # Errors
/// A `TypeError` if it has not 16 bytes.
#[wasm_bindgen(js_name = phraseSeed)]
pub fn phrase_seed(phrase: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(given(phrase)?.seed_bytes().to_vec())
}

fn given(phrase: &[u8]) -> Result<Phrase, Failure> {
    let all = Arguments::new();
    let bytes = all.some(phrase.try_into().ok(), "phrase", "16 bytes");
    let phrase = Phrase::new(bytes.unwrap_or_default());
    all.check().map(|()| phrase)
}
