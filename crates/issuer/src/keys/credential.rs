//! What opens the keys: a passphrase or a key file.

use super::KeysError;
use crate::config::{Protection, SecretReference};
use base64ct::{Base64, Encoding};
use farthing_core::bytes::array_from_b64u;
use std::fmt;
use zeroize::Zeroizing;

/// Fewest bytes of a passphrase. Whoever has the folder can try as many as their machines do.
const SHORTEST: usize = 12;

/// A passphrase or the 32 bytes of a key file.
pub(super) enum Credential {
    Passphrase(Zeroizing<String>),
    KeyFile(Zeroizing<[u8; 32]>),
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credential(…)")
    }
}

impl Credential {
    /// Fetches what the configuration names; `None` if keys are not to be encrypted.
    pub(super) fn read(protection: &Protection) -> Result<Option<Self>, KeysError> {
        let fetch = |key, reference: &SecretReference| {
            let secret = reference.read();
            secret.map_err(|error| KeysError::Secret { key, error })
        };
        match protection {
            Protection::Unencrypted => Ok(None),
            Protection::Passphrase(reference) => {
                let key = "keys.passphrase";
                let text = fetch(key, reference)?;
                if text.len() < SHORTEST {
                    let reason =
                        "must have at least 12 characters: whoever has the folder can try many";
                    return Err(KeysError::Weak { key, reason });
                }
                Ok(Some(Self::Passphrase(text)))
            }
            Protection::KeyFile(reference) => {
                let key = "keys.key_file";
                let text = fetch(key, reference)?;
                let reason = "must be base64 of 32 random bytes, as of: openssl rand -base64 32";
                let bytes = key_file(&text).ok_or(KeysError::Weak { key, reason })?;
                Ok(Some(Self::KeyFile(bytes)))
            }
        }
    }

    /// Where the configuration names it.
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::Passphrase(_) => "keys.passphrase",
            Self::KeyFile(_) => "keys.key_file",
        }
    }
}

/// base64url without padding, or base64 with.
fn key_file(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    if let Some(bytes) = array_from_b64u(text) {
        return Some(Zeroizing::new(bytes));
    }
    let mut bytes = Zeroizing::new([0; 32]);
    let length = Base64::decode(text, bytes.as_mut()).ok()?.len();
    (length == 32).then_some(bytes)
}
