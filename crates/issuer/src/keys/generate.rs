//! Makes the first keys: one to sign, one to seal to, and one per denomination for the first epoch.

use super::KeysError;
use super::credential::Credential;
use super::folder::Folder;
use super::keyring::Keyring;
use super::make;
use super::writing::{self, Lock, Writing};
use crate::config::Config;
use crate::random::Random;
use farthing_core::time::Timestamp;
use std::path::PathBuf;

/// Makes the key files in the configuration's folder, which must not exist yet, encrypted as the configuration says.
/// Gives the files written.
///
/// # Errors
/// [`KeysError::Io`] if the folder exists or cannot be written, [`KeysError::Secret`] and [`KeysError::Weak`] for
/// passphrase or key file, [`KeysError::Random`].
pub fn generate(
    config: &Config,
    now: Timestamp,
    random: &dyn Random,
) -> Result<Vec<PathBuf>, KeysError> {
    // Before anything is written: without it there would be a folder and nothing that opens it.
    let credential = Credential::read(&config.keys_place().protection)?;
    writing::create_folder(config.keys())?;
    let lock = Lock::take(config.keys())?;
    if let Some(credential) = &credential {
        let text = Keyring::fresh(random)?.write(config.issuer(), credential, random)?;
        writing::ring(config.keys(), &text)?;
    }
    let folder = Folder::open_with(config, credential.as_ref())?;
    let writing = Writing::begin(&folder, lock, random);
    let from = make::whole_hour(now);
    let mut files = vec![
        make::signing(now, now, random)?,
        make::sealing(make::seal_until(from), random)?,
        make::tokens(config, make::epoch_from(from), &[], random)?,
    ];
    for promo in config.promos() {
        let (of, denominations) = (&promo.publisher, promo.denominations.clone());
        let epoch = make::epoch_from(from);
        files.push(make::promo_tokens(
            config,
            of,
            denominations,
            epoch,
            random,
        )?);
    }
    if config.undo().is_some() {
        files.push(make::rights(config, make::epoch_from(from), random)?);
    }
    if config.sandbox() {
        files.push(make::webhook(random)?);
    }
    let files = files.iter();
    files
        .map(|file| writing.create(&file.name, &file.text))
        .collect()
}
