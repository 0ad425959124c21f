//! From keys in the clear to encrypted ones, and from one passphrase to another, file by file: broken off at any point
//! every file can still be read, and the same command goes on.

use super::KeysError;
use super::credential::Credential;
use super::folder::Folder;
use super::keyring::{DataKey, Keyring};
use super::writing::{self, Lock, Writing};
use crate::config::{Config, Protection};
use crate::random::Random;
use std::path::PathBuf;
use thiserror::Error;

/// Why keys were not encrypted, or not all of them; every file can be read as before.
#[derive(Debug, Error)]
pub enum EncryptError {
    /// The folder.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// The configuration names neither passphrase nor key file.
    #[error(
        "name a passphrase or a key file first: passphrase or key_file under [keys], as \"env:NAME\" or \"file:PATH\""
    )]
    Unprotected,
    /// Some files are still in the clear.
    #[error("the encryption was begun and not ended; run: farthing-issuer keys encrypt")]
    Unfinished,
    /// Keys in the clear have no passphrase that could be changed.
    #[error("the keys are not encrypted; run: farthing-issuer keys encrypt")]
    Plain,
}

/// Encrypts whatever in the folder is not, under what the configuration names. Gives the files that were written.
///
/// # Errors
/// [`EncryptError`].
pub fn encrypt(config: &Config, random: &dyn Random) -> Result<Vec<PathBuf>, EncryptError> {
    let credential = Credential::read(&config.keys_place().protection)?;
    let credential = credential.ok_or(EncryptError::Unprotected)?;
    let lock = Lock::take(config.keys())?;
    let mut folder = Folder::open_with(config, Some(&credential))?;
    if folder.ring().is_none() {
        let mut ring = Keyring::fresh(random)?;
        // Until all files are done, those in the clear are as good as the others.
        ring.converting = true;
        put(&mut folder, config, ring, &credential, random)?;
    }
    let mut written = Vec::new();
    let writing = Writing::begin(&folder, lock, random);
    for path in folder.files()? {
        let (text, encrypted) = folder.read(&path)?;
        if !encrypted {
            writing.replace(&path, &text)?;
            written.push(path);
        }
    }
    let lock = writing.end();
    if folder.ring().is_some_and(|ring| ring.converting) {
        let ring = folder.take_ring(|keys| keys);
        put(&mut folder, config, ring, &credential, random)?;
    }
    drop(lock);
    Ok(written)
}

/// Encrypts every file anew, under a new key that another passphrase or key file opens. The old one opens neither the
/// keyring nor, with an old copy of the keyring, what is written from now on.
///
/// # Errors
/// [`EncryptError`].
pub fn reencrypt(
    config: &Config,
    to: &Protection,
    random: &dyn Random,
) -> Result<Vec<PathBuf>, EncryptError> {
    let next = Credential::read(to)?.ok_or(EncryptError::Unprotected)?;
    let present = Credential::read(&config.keys_place().protection)?;
    let lock = Lock::take(config.keys())?;
    let mut folder = match Folder::open_with(config, present.as_ref()) {
        // Broken off before: the keyring is the next one's already.
        Err(error @ (KeysError::Locked { .. } | KeysError::Encrypted { .. })) => {
            Folder::open_with(config, Some(&next)).map_err(|_| error)?
        }
        opened => opened?,
    };
    match folder.ring() {
        None => return Err(EncryptError::Plain),
        Some(ring) if ring.converting => return Err(EncryptError::Unfinished),
        Some(_) => {}
    }
    let fresh = DataKey::fresh(random)?;
    let ring = folder.take_ring(|mut keys| {
        keys.push(fresh);
        keys
    });
    put(&mut folder, config, ring, &next, random)?;
    let mut written = Vec::new();
    let writing = Writing::begin(&folder, lock, random);
    for path in folder.files()? {
        let text = folder.read_strictly(&path)?;
        writing.replace(&path, &text)?;
        written.push(path);
    }
    let lock = writing.end();
    let ring = folder.take_ring(|mut keys| {
        let newest = keys.pop();
        newest.into_iter().collect()
    });
    put(&mut folder, config, ring, &next, random)?;
    drop(lock);
    Ok(written)
}

fn put(
    folder: &mut Folder,
    config: &Config,
    ring: Keyring,
    credential: &Credential,
    random: &dyn Random,
) -> Result<(), KeysError> {
    let text = ring.write(config.issuer(), credential, random)?;
    writing::ring(config.keys(), &text)?;
    folder.set_ring(ring, text);
    Ok(())
}
