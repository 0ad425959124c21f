//! Where key files are, how they are encrypted, and who makes the next ones.

use super::file::{KeysEntry, KeysSection};
use super::secret::SecretReference;
use crate::keys::ops::Operations;
use std::path::{Path, PathBuf};

/// How key files are kept from whoever can read the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Protection {
    /// Under a passphrase.
    Passphrase(SecretReference),
    /// Under 32 random bytes in a file elsewhere.
    KeyFile(SecretReference),
    /// Not at all.
    Unencrypted,
}

/// Who makes the next keys in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotate {
    /// The running issuer.
    Automatic,
    /// The operator, by `farthing-issuer keys rotate`.
    Manual,
}

/// Everything about the folder of keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeysPlace {
    /// The folder.
    pub directory: PathBuf,
    /// How its files are encrypted.
    pub protection: Protection,
    /// Who makes the next keys.
    pub rotate: Rotate,
    /// What computes with them.
    pub operations: Operations,
}

pub(super) fn check(
    entry: KeysEntry,
    sandbox: bool,
    folder: &Path,
) -> Result<KeysPlace, (&'static str, &'static str)> {
    let section = match entry {
        KeysEntry::Path(directory) => KeysSection {
            directory,
            ..KeysSection::default()
        },
        KeysEntry::Section(section) => section,
    };
    let reference = |key, text: &str| {
        let wrong =
            "must be \"env:NAME\" or \"file:PATH\": a secret does not stand in the configuration";
        SecretReference::parse(text, folder).ok_or((key, wrong))
    };
    let protection = match (section.passphrase, section.key_file, section.unencrypted) {
        (Some(text), None, false) => Protection::Passphrase(reference("keys.passphrase", &text)?),
        (None, Some(text), false) => Protection::KeyFile(reference("keys.key_file", &text)?),
        (None, None, true) => Protection::Unencrypted,
        (None, None, false) if sandbox => Protection::Unencrypted,
        (None, None, false) => {
            return Err((
                "keys",
                "must name a passphrase or a key_file, by \"env:NAME\" or \"file:PATH\"; \
                 outside of a sandbox keys in the clear must be asked for: unencrypted = true",
            ));
        }
        _ => {
            return Err((
                "keys",
                "must have one of passphrase, key_file and unencrypted = true",
            ));
        }
    };
    let rotate = match section.rotate.as_str() {
        "automatic" => Rotate::Automatic,
        "manual" => Rotate::Manual,
        _ => return Err(("keys.rotate", "must be \"automatic\" or \"manual\"")),
    };
    let operations = match section.operations.as_str() {
        "native" => Operations::Native,
        "reference" => Operations::Reference,
        _ => {
            return Err((
                "keys.operations",
                "must be \"native\", which is OpenSSL, or \"reference\"",
            ));
        }
    };
    Ok(KeysPlace {
        directory: folder.join(section.directory),
        protection,
        rotate,
        operations,
    })
}
