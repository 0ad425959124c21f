//! Why keys are not used.

use crate::config::SecretError;
use crate::random::RandomError;
use std::path::PathBuf;
use thiserror::Error;

/// Why keys were not read or made. No variant holds a secret.
#[derive(Debug, Error)]
pub enum KeysError {
    /// The file or folder cannot be read or written.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Others than the owner may read the file.
    #[error("{0} can be read by others; run: chmod 600 {0}", path.display())]
    Exposed {
        /// Which file.
        path: PathBuf,
    },
    /// The file is not a key file, or its members contradict each other.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// What does not fit.
        reason: String,
    },
    /// There is no key of that kind.
    #[error("there is no {kind} key in {}", path.display())]
    Missing {
        /// The folder.
        path: PathBuf,
        /// `signing`, `sealing` or `token`.
        kind: &'static str,
    },
    /// Two keysets of one denomination are mintable at one time (R8).
    #[error("{}: two keysets of one denomination are mintable at one time", path.display())]
    Overlap {
        /// The folder.
        path: PathBuf,
    },
    /// Passphrase or key file cannot be had.
    #[error("{key}: {error}")]
    Secret {
        /// `keys.passphrase` or `keys.key_file`.
        key: &'static str,
        /// Why.
        error: SecretError,
    },
    /// It is there, and no passphrase or key file by its form.
    #[error("{key}: {reason}")]
    Weak {
        /// `keys.passphrase` or `keys.key_file`.
        key: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// Passphrase or key file is not that of the folder. Which file was tried is not told: it is one for all.
    #[error("the keys in {} are not opened by {key}: it is another one's, or keyring.toml is damaged", path.display())]
    Locked {
        /// The folder.
        path: PathBuf,
        /// `keys.passphrase` or `keys.key_file`.
        key: &'static str,
    },
    /// The configuration says that keys are encrypted, and they are not.
    #[error("the keys in {0} are not encrypted; run: farthing-issuer keys encrypt", path.display())]
    Plain {
        /// The folder.
        path: PathBuf,
    },
    /// The configuration names another way than the one by which the keys are encrypted.
    #[error("the keys in {} are encrypted {by}: name it in the configuration, under [keys]", path.display())]
    Encrypted {
        /// The folder.
        path: PathBuf,
        /// `under a passphrase` or `under a key file`.
        by: &'static str,
    },
    /// A cipher or a derivation did not do what it always does.
    #[error("a key file could not be encrypted")]
    Cipher,
    /// What computes with keys is not there.
    #[error("key operations cannot be opened: {0}")]
    Operations(#[from] super::ops::OpsFailed),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
}
