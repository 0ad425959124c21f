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
// Boxed, so that a result is not carried about with room for what hardly ever happens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(Box<Reason>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Refused {
        /// The stable code (spec section 11).
        code: &'static str,
        /// One line for developers; not stable.
        words: &'static str,
    },
    Mistake {
        name: &'static str,
        wanted: &'static str,
    },
}

impl Failure {
    /// The core refused what it was given. Thrown as an `Error` named `FarthingError` with this `code`.
    pub(crate) fn refused(code: &'static str, words: &'static str) -> Self {
        Self(Box::new(Reason::Refused { code, words }))
    }

    /// The caller passed something else than `name` must be. Thrown as a `TypeError`.
    pub(crate) fn caller(name: &'static str, wanted: &'static str) -> Self {
        Self(Box::new(Reason::Mistake { name, wanted }))
    }

    /// The stable code (spec section 11); `None` for a caller's mistake.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        match *self.0 {
            Reason::Refused { code, .. } => Some(code),
            Reason::Mistake { .. } => None,
        }
    }
}

impl From<Failure> for JsValue {
    fn from(failure: Failure) -> Self {
        match *failure.0 {
            Reason::Mistake { name, wanted } => {
                // Pushed, not joined: the library's joining is a third of a kilobyte.
                let mut message = String::from(name);
                message.push_str(" must be ");
                message.push_str(wanted);
                TypeError::new(&message).into()
            }
            Reason::Refused { code, words } => {
                let error = Error::new(words);
                error.set_name("FarthingError");
                let error = Self::from(error);
                error.unchecked_ref::<Plain>().put("code", &code.into());
                error
            }
        }
    }
}

/// The core's errors keep their code. Their words are for publishers: in the browser file they would weigh more than they
/// tell, where the page has its own words for every code.
macro_rules! refused {
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Self {
                let words = if cfg!(feature = "publisher") {
                    error.words()
                } else {
                    error.code()
                };
                Self::refused(error.code(), words)
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
    fn the_cores_codes_are_kept() {
        let failure = Failure::from(WalletError::InsufficientFunds);
        assert_eq!(failure.code(), Some("insufficient_funds"));
        let failure = Failure::from(DisclosureInvalid);
        assert_eq!(failure.code(), Some("disclosure_invalid"));
    }

    #[test]
    fn a_callers_mistake_names_the_argument() {
        let failure = Failure::caller("now", "a whole number");
        assert_eq!(failure.code(), None);
        let mistake = Reason::Mistake {
            name: "now",
            wanted: "a whole number",
        };
        assert_eq!(*failure.0, mistake);
    }
}
