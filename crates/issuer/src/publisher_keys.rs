//! A publisher's keys as the ledger keeps them: a JSON Web Key Set.

use farthing_core::json::{Array, MAX_DOCUMENT, Malformed, Writer, parse_object};
use farthing_core::jwk::PublicJwk;

/// Writes the set.
#[must_use]
pub(crate) fn to_json(keys: &[PublicJwk]) -> String {
    Writer::new()
        .array("keys", Array::new().objects(keys, PublicJwk::to_json))
        .finish()
}

/// Reads the set.
///
/// # Errors
/// [`Malformed`] if it was damaged.
pub(crate) fn parse(text: &str) -> Result<Vec<PublicJwk>, Malformed> {
    let set = parse_object(text.as_bytes(), MAX_DOCUMENT)?;
    set.read(|set| Some(set.list("keys", 16, PublicJwk::read)))
}
