//! Secrets that a configuration names and does not hold.

use std::path::{Path, PathBuf};
use thiserror::Error;
use zeroize::Zeroizing;

/// Where a secret is: `env:NAME` or `file:PATH`. The configuration and what is logged of it hold the reference only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretReference {
    /// A variable of the environment.
    Env(String),
    /// A file of which only its owner may read.
    File(PathBuf),
}

/// Why a secret cannot be had. No variant holds it.
#[derive(Debug, Error)]
pub enum SecretError {
    /// The variable is not set, or is no text.
    #[error("the environment has no {0}")]
    Missing(String),
    /// Others than the owner may read the file.
    #[error("{0} can be read by others; run: chmod 600 {0}")]
    Exposed(String),
    /// The file cannot be read.
    #[error("{path}: {error}")]
    Read {
        /// Which file.
        path: String,
        /// Why.
        error: std::io::Error,
    },
}

impl SecretReference {
    /// Reads a reference; a relative path is relative to `folder`. `None` for anything else, which may be the secret itself.
    #[must_use]
    pub fn parse(text: &str, folder: &Path) -> Option<Self> {
        match text.split_once(':')? {
            (_, "") => None,
            ("env", name) => Some(Self::Env(name.to_owned())),
            ("file", path) => Some(Self::File(folder.join(path))),
            _ => None,
        }
    }

    /// Fetches the secret; white space at its ends does not belong to it.
    ///
    /// # Errors
    /// [`SecretError`].
    pub fn read(&self) -> Result<Zeroizing<String>, SecretError> {
        let text = match self {
            Self::Env(name) => {
                let value = std::env::var(name);
                Zeroizing::new(value.map_err(|_| SecretError::Missing(name.clone()))?)
            }
            Self::File(path) => from_file(path)?,
        };
        Ok(Zeroizing::new(text.trim().to_owned()))
    }
}

fn from_file(path: &Path) -> Result<Zeroizing<String>, SecretError> {
    let shown = || path.display().to_string();
    let failed = |error| SecretError::Read {
        path: shown(),
        error,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path)
            .map_err(failed)?
            .permissions()
            .mode();
        if mode & 0o077 != 0 {
            return Err(SecretError::Exposed(shown()));
        }
    }
    let text = std::fs::read_to_string(path).map_err(failed)?;
    Ok(Zeroizing::new(text))
}

#[cfg(test)]
mod tests {
    use super::SecretReference;
    use std::path::{Path, PathBuf};

    #[test]
    fn a_reference_is_a_variable_or_a_file_and_nothing_else() {
        let read = |text| SecretReference::parse(text, Path::new("/etc/farthing"));
        assert_eq!(
            read("env:DATABASE"),
            Some(SecretReference::Env("DATABASE".to_owned()))
        );
        let file = |path: &str| Some(SecretReference::File(PathBuf::from(path)));
        assert_eq!(read("file:url"), file("/etc/farthing/url"));
        assert_eq!(read("file:/run/url"), file("/run/url"));
        for wrong in ["postgres://a:b@c/d", "env:", "file:", "url", "", "ENV:A"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
