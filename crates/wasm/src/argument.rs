//! Single values from JavaScript, checked for what they must be.

use crate::errors::Failure;
use crate::record::is_bytes;
use farthing_core::money::{Currency, MAX_SAFE_INTEGER, Micro};
use farthing_core::origin::{IssuerId, OriginPolicy};
use farthing_core::time::Timestamp;
use farthing_core::wallet::Seed;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use zeroize::Zeroizing;

/// The integer that a JavaScript number is; `None` unless 0 ≤ n ≤ 2^53 − 1.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the range is checked in the same expression"
)]
fn whole(number: f64) -> Option<u64> {
    let fits = number.trunc() == number && (0.0..=MAX_SAFE_INTEGER as f64).contains(&number);
    fits.then_some(number as u64)
}

/// A whole number that `parse` admits.
pub(crate) fn number<T>(
    value: &JsValue,
    name: &str,
    parse: impl FnOnce(u64) -> Option<T>,
) -> Result<T, Failure> {
    let number = value.as_f64().and_then(whole).and_then(parse);
    number.ok_or_else(|| Failure::caller(name, "a whole number in range"))
}

/// Seconds since 1970.
pub(crate) fn time(value: &JsValue, name: &str) -> Result<Timestamp, Failure> {
    number(value, name, Timestamp::new)
}

/// An amount in micro.
pub(crate) fn amount(value: &JsValue, name: &str) -> Result<Micro, Failure> {
    number(value, name, Micro::new)
}

pub(crate) fn text(value: &JsValue, name: &str) -> Result<String, Failure> {
    value
        .as_string()
        .ok_or_else(|| Failure::caller(name, "a string"))
}

/// A text that `parse` understands.
pub(crate) fn parsed<T>(
    text: &str,
    name: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Failure> {
    parse(text).ok_or_else(|| Failure::caller(name, "in its form"))
}

pub(crate) fn issuer(text: &str) -> Result<IssuerId, Failure> {
    parsed(text, "issuer", |text| {
        IssuerId::parse(text, OriginPolicy::LoopbackHttp)
    })
}

pub(crate) fn currency(text: &str) -> Result<Currency, Failure> {
    parsed(text, "currency", Currency::parse)
}

pub(crate) fn bytes(value: &JsValue, name: &str) -> Result<Vec<u8>, Failure> {
    if is_bytes(value) {
        Ok(value.unchecked_ref::<Uint8Array>().to_vec())
    } else {
        Err(Failure::caller(name, "a Uint8Array"))
    }
}

/// Exactly 32 secret bytes.
pub(crate) fn secret(bytes: &[u8], name: &str) -> Result<Zeroizing<[u8; 32]>, Failure> {
    let secret = bytes.try_into().map(Zeroizing::new);
    secret.map_err(|_| Failure::caller(name, "32 bytes"))
}

pub(crate) fn seed(bytes: &[u8]) -> Result<Seed, Failure> {
    secret(bytes, "seed").map(|bytes| Seed::new(*bytes))
}

pub(crate) fn list(value: &JsValue, name: &str) -> Result<Vec<JsValue>, Failure> {
    if Array::is_array(value) {
        Ok(value.unchecked_ref::<Array>().to_vec())
    } else {
        Err(Failure::caller(name, "an array"))
    }
}

/// Reads every item. A loop, because `collect` into a `Result` weighs more.
pub(crate) fn each<T, I: IntoIterator>(
    items: I,
    read: impl Fn(I::Item) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let mut all = Vec::new();
    for item in items {
        all.push(read(item)?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_integers_are_whole() {
        assert_eq!(whole(0.0), Some(0));
        assert_eq!(whole(-0.0), Some(0));
        assert_eq!(whole(9_007_199_254_740_991.0), Some(MAX_SAFE_INTEGER));
        for other in [
            9_007_199_254_740_992.0,
            -1.0,
            0.5,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
        ] {
            assert_eq!(whole(other), None, "{other}");
        }
    }

    #[test]
    fn a_seed_has_32_bytes() {
        assert!(seed(&[1; 32]).is_ok());
        let wrong = Failure::caller("seed", "32 bytes");
        assert_eq!(seed(&[1; 31]).unwrap_err(), wrong);
        assert_eq!(seed(&[]).unwrap_err(), wrong);
    }

    #[test]
    fn an_issuer_is_an_origin() {
        assert!(issuer("https://issuer.example").is_ok());
        assert!(issuer("http://127.0.0.1:8402").is_ok());
        assert!(issuer("http://issuer.example").is_err());
        assert!(issuer("https://issuer.example/").is_err());
        assert!(currency("EUR").is_ok());
        assert!(currency("eur").is_err());
    }
}
