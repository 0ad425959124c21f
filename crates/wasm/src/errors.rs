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

/// Why a call did not go through: what is thrown.
// Boxed, so that a result is not carried about with room for words that are hardly ever said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Reason>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Reason {
    /// The stable code (spec section 11) of what the core refused; none if it is the caller's mistake.
    code: Option<&'static str>,
    /// One line for developers; not stable.
    message: String,
}

impl Failure {
    /// The core refused what it was given. Thrown as an `Error` named `FarthingError` with this `code`.
    pub(crate) fn refused(code: &'static str, message: &str) -> Self {
        Self(Box::new(Reason {
            code: Some(code),
            message: String::from(message),
        }))
    }

    /// The caller passed something else than `name` must be. Thrown as a `TypeError`.
    pub(crate) fn caller(name: &str, wanted: &str) -> Self {
        let mut message = String::from(name);
        message.push_str(" must be ");
        message.push_str(wanted);
        Self(Box::new(Reason {
            code: None,
            message,
        }))
    }

    /// The stable code (spec section 11); `None` for a caller's mistake.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.0.code
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        let Reason { code, message } = *failure.0;
        let Some(code) = code else {
            return TypeError::new(&message).into();
        };
        let error = Error::new(&message);
        error.set_name("FarthingError");
        let error = Self::from(error);
        error.unchecked_ref::<Plain>().put("code", &code.into());
        error
    }
}

/// The core's errors keep their code and their words.
macro_rules! refused {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                Self::refused(error.code(), error.words())
            }
        }
    )*};
}

refused!(
    ContentError,
    DisclosureInvalid,
    GrantError,
    Malformed,
    OfferError,
    RequestError,
    WalkError,
    WalletError
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cores_codes_and_words_are_kept() {
        let failure = Failure::from(WalletError::InsufficientFunds);
        assert_eq!(failure.code(), Some("insufficient_funds"));
        assert_eq!(failure.0.message, "the coins do not reach");
        let failure = Failure::from(DisclosureInvalid);
        assert_eq!(failure.code(), Some("disclosure_invalid"));
    }

    #[test]
    fn a_callers_mistake_names_the_argument() {
        let failure = Failure::caller("now", "a whole number");
        assert_eq!(failure.code(), None);
        assert_eq!(failure.0.message, "now must be a whole number");
    }
}
