//! What JavaScript gives in one call, read value by value.
//!
//! As with the core's objects, a value that is not as it must be does not end the reading: the first such mistake is kept,
//! a blank takes the value's place, and [`Arguments::check`] comes before anything is done with them.

use crate::errors::Failure;
use core::cell::Cell;
use farthing_core::json::Blank;
use farthing_core::money::{Currency, MAX_SAFE_INTEGER, Micro};
use farthing_core::origin::{IssuerId, OriginPolicy};
use farthing_core::time::Timestamp;
use farthing_core::wallet::Seed;
use js_sys::{Array, ArrayBuffer, Uint8Array};
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Mistake {
    name: &'static str,
    wanted: &'static str,
}

/// The arguments of one call, and the first mistake in them.
#[derive(Debug, Default)]
pub(crate) struct Arguments(Cell<Option<Mistake>>);

impl Arguments {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// Ends the reading.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self.0.get() {
            Some(Mistake { name, wanted }) => Err(Failure::caller(name, wanted)),
            None => Ok(()),
        }
    }

    /// Keeps the mistake that `name` is not `wanted`, unless there is an earlier one.
    pub(crate) fn wrong(&self, name: &'static str, wanted: &'static str) {
        let first = self.0.get().unwrap_or(Mistake { name, wanted });
        self.0.set(Some(first));
    }

    /// A value, if there is one; else the mistake.
    pub(crate) fn some<T>(
        &self,
        value: Option<T>,
        name: &'static str,
        wanted: &'static str,
    ) -> Option<T> {
        if value.is_none() {
            self.wrong(name, wanted);
        }
        value
    }

    /// A whole number.
    pub(crate) fn number(&self, value: &JsValue, name: &'static str) -> u64 {
        let number = value.as_f64().and_then(whole);
        self.some(number, name, "a whole number")
            .unwrap_or_default()
    }

    /// A whole number below 2^32.
    pub(crate) fn small(&self, value: &JsValue, name: &'static str) -> u32 {
        let small = u32::try_from(self.number(value, name)).ok();
        self.some(small, name, "below 2^32").unwrap_or_default()
    }

    /// Seconds since 1970.
    pub(crate) fn time(&self, value: &JsValue, name: &'static str) -> Timestamp {
        // What `number` gives always fits.
        Timestamp::new(self.number(value, name)).unwrap_or_default()
    }

    /// An amount in micro.
    pub(crate) fn amount(&self, value: &JsValue, name: &'static str) -> Micro {
        Micro::new(self.number(value, name)).unwrap_or_default()
    }

    pub(crate) fn text(&self, value: &JsValue, name: &'static str) -> String {
        self.some(value.as_string(), name, "a string")
            .unwrap_or_default()
    }

    /// A text that `parse` understands.
    pub(crate) fn parsed<T: Blank>(
        &self,
        text: &str,
        name: &'static str,
        parse: fn(&str) -> Option<T>,
    ) -> T {
        self.some(parse(text), name, "in its form")
            .unwrap_or_else(T::blank)
    }

    pub(crate) fn issuer(&self, text: &str) -> IssuerId {
        self.parsed(text, "issuer", |text| {
            IssuerId::parse(text, OriginPolicy::LoopbackHttp)
        })
    }

    pub(crate) fn currency(&self, text: &str) -> Currency {
        self.parsed(text, "currency", Currency::parse)
    }

    /// base64url of exactly `N` bytes.
    pub(crate) fn id<const N: usize>(&self, text: &str, name: &'static str) -> [u8; N] {
        let bytes = farthing_core::bytes::array_from_b64u(text);
        self.some(bytes, name, "in its form").unwrap_or([0; N])
    }

    pub(crate) fn bytes(&self, value: &JsValue, name: &'static str) -> Vec<u8> {
        // Not `instanceof`: an array of another window is as good.
        if ArrayBuffer::is_view(value) {
            value.unchecked_ref::<Uint8Array>().to_vec()
        } else {
            self.wrong(name, "a Uint8Array");
            Vec::new()
        }
    }

    /// Exactly 32 secret bytes.
    #[cfg(any(not(feature = "purse"), feature = "publisher"))]
    pub(crate) fn secret(&self, bytes: &[u8], name: &'static str) -> Zeroizing<[u8; 32]> {
        let bytes = bytes.try_into().map(Zeroizing::new).ok();
        self.some(bytes, name, "32 bytes").unwrap_or_default()
    }

    #[cfg(not(feature = "purse"))]
    pub(crate) fn seed(&self, bytes: &[u8]) -> Seed {
        Seed::new(*self.secret(bytes, "seed"))
    }

    /// A purse's seed may be on another branch than 0.
    #[cfg(feature = "purse")]
    pub(crate) fn seed(&self, bytes: &[u8]) -> Seed {
        let seed = crate::purse::seed::given(bytes);
        self.some(seed, "seed", "32 bytes")
            .unwrap_or_else(|| Seed::new([0; 32]))
    }

    /// A place in a list, or a length.
    #[cfg(feature = "purse")]
    pub(crate) fn place(&self, value: &JsValue, name: &'static str) -> usize {
        usize::try_from(self.small(value, name)).unwrap_or(usize::MAX)
    }

    pub(crate) fn list(&self, value: &JsValue, name: &'static str) -> Array {
        if Array::is_array(value) {
            value.unchecked_ref::<Array>().clone()
        } else {
            self.wrong(name, "an array");
            Array::new()
        }
    }
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

    fn mistake(read: impl Fn(&Arguments)) -> Option<Failure> {
        let all = Arguments::new();
        read(&all);
        all.check().err()
    }

    #[test]
    fn a_seed_has_32_bytes() {
        let wrong = Some(Failure::caller("seed", "32 bytes"));
        assert_eq!(mistake(|all| drop(all.seed(&[1; 32]))), None);
        assert_eq!(mistake(|all| drop(all.seed(&[1; 31]))), wrong);
        assert_eq!(mistake(|all| drop(all.seed(&[]))), wrong);
    }

    #[test]
    fn an_issuer_is_an_origin() {
        let issuer = |text| mistake(|all| drop(all.issuer(text)));
        assert_eq!(issuer("https://issuer.example"), None);
        assert_eq!(issuer("http://127.0.0.1:8402"), None);
        assert!(issuer("http://issuer.example").is_some());
        assert!(issuer("https://issuer.example/").is_some());
        let currency = |text| mistake(|all| _ = all.currency(text));
        assert_eq!(currency("EUR"), None);
        assert!(currency("eur").is_some());
    }

    #[test]
    fn the_first_mistake_is_the_one_that_is_told() {
        let all = Arguments::new();
        all.currency("eur");
        all.seed(&[]);
        let wrong = Failure::caller("currency", "in its form");
        assert_eq!(all.check(), Err(wrong));
    }
}
