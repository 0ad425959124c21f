//! Takes a signing key back from those who trust it.

use super::file::SigningFile;
use super::folder;
use super::make;
use super::writing::{Lock, Writing};
use super::{Keys, KeysError};
use crate::config::Config;
use crate::random::Random;
use farthing_core::jwk::Kid;
use farthing_core::time::Timestamp;
use std::path::PathBuf;
use thiserror::Error;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revoked {
    /// The file of the key that was revoked, and of one that was made to sign in its place.
    pub files: Vec<PathBuf>,
}

/// Why a key was not revoked.
#[derive(Debug, Error)]
pub enum RevokeError {
    /// The folder.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// There is no such key.
    #[error("{} is no signing key of this issuer", _0.to_text())]
    Unknown(Kid),
}

/// Marks a signing key as revoked. The issuer says so in a manifest that another key signs; where there is none, it is
/// made here, and is announced by a manifest before that one. Once more changes nothing.
///
/// # Errors
/// [`RevokeError`]; a key made in its place stays.
pub fn revoke(
    config: &Config,
    keys: &Keys,
    kid: Kid,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Revoked, RevokeError> {
    let lock = Lock::take(keys.folder.path())?;
    let changed = keys.read_again(config)?;
    let keys = changed.as_ref().unwrap_or(keys);
    let mut signers = keys.signers().iter();
    let signer = signers.find(|signer| signer.jwk.kid() == kid);
    let signer = signer.ok_or(RevokeError::Unknown(kid))?;
    let mut files = Vec::new();
    if signer.revoked.is_some() {
        return Ok(Revoked { files });
    }
    let writing = Writing::begin(&keys.folder, lock, random);
    let mut others = keys.signers().iter();
    let is_another = |other: &super::Signer| {
        other.jwk.kid() != kid && other.revoked.is_none() && other.signs_from <= now
    };
    // First: were it broken off between the two, the leaked key would be one of two, and not the only one.
    if !others.any(is_another) {
        let file = make::signing(now, now, random)?;
        files.push(writing.create(&file.name, &file.text)?);
    }
    for path in keys.folder.files()? {
        if !folder::name(&path).starts_with("signing-") {
            continue;
        }
        let text = keys.folder.read_strictly(&path)?;
        let mut file: SigningFile = toml::from_str(&text).map_err(|_| KeysError::Damaged {
            path: path.clone(),
            reason: "is no signing key".to_owned(),
        })?;
        if Kid::parse(&file.kid) == Some(kid) {
            file.revoked = Some(now.get());
            writing.replace(&path, &make::signing_text(&file))?;
            files.push(path);
        }
    }
    Ok(Revoked { files })
}
