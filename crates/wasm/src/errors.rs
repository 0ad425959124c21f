//! What is thrown: an `Error` with a stable `code`, or a `TypeError` for a caller's mistake.

use crate::record::Plain;
use farthing_core::content::ContentError;
use farthing_core::disclosure::DisclosureInvalid;
use farthing_core::grant::GrantError;
use farthing_core::json::Malformed;
use farthing_core::manifest::WalkError;
use farthing_core::offer::OfferError;
use farthing_core::request::RequestError;
use farthing_core::wallet::WalletError;
use js_sys::{Error, TypeError};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** Every refusal is such an `Error`; `code` is one of section 11 of the specification. */
export interface FarthingError extends Error { readonly name: "FarthingError"; readonly code: string }
"#;

/// Why a call did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The core refused what it was given. Thrown as an `Error` named `FarthingError` with this `code`.
    Refused {
        /// The stable code (spec section 11).
        code: &'static str,
        /// One line for developers; not stable.
        message: String,
    },
    /// The caller passed something of the wrong type. Thrown as a `TypeError`.
    Caller(String),
}

impl Failure {
    pub(crate) fn refused(code: &'static str, message: &str) -> Self {
        Self::Refused {
            code,
            message: String::from(message),
        }
    }

    /// `name` must be `wanted`.
    pub(crate) fn caller(name: &str, wanted: &str) -> Self {
        Self::Caller([name, " must be ", wanted].concat())
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { code, message } => {
                let error = Error::new(&message);
                error.set_name("FarthingError");
                let error = Self::from(error);
                error.unchecked_ref::<Plain>().put("code", &code.into());
                error
            }
            Failure::Caller(message) => TypeError::new(&message).into(),
        }
    }
}

/// The core's errors keep their code and their words.
macro_rules! refused {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::Refused { code: error.code(), message: error.to_string() }
            }
        }
    )*};
}

refused!(
    ContentError,
    GrantError,
    Malformed,
    OfferError,
    RequestError,
    WalkError,
    WalletError
);

impl From<DisclosureInvalid> for Failure {
    fn from(error: DisclosureInvalid) -> Self {
        Self::refused(error.code(), "the quote is not what was asked for")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cores_codes_are_kept() {
        let Failure::Refused { code, message } = WalletError::InsufficientFunds.into() else {
            panic!("not a refusal");
        };
        assert_eq!(code, "insufficient_funds");
        assert_eq!(message, "the coins do not reach");
        let Failure::Refused { code, .. } = Failure::from(DisclosureInvalid) else {
            panic!("not a refusal");
        };
        assert_eq!(code, "disclosure_invalid");
    }

    #[test]
    fn a_callers_mistake_names_the_argument() {
        assert_eq!(
            Failure::caller("now", "a whole number"),
            Failure::Caller(String::from("now must be a whole number"))
        );
    }
}
