//! Secrets of the configuration: named there, kept elsewhere.

use farthing_core::bytes::sha256;
use std::fmt;
use std::path::Path;
use zeroize::Zeroizing;

/// Longest secret.
const MAX: usize = 4_096;

/// What stands behind `env:NAME` or `file:PATH`. Erased when dropped; `Debug` does not show it.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl PartialEq for Secret {
    /// Compares hashes, so that the time it takes tells nothing of where two secrets differ.
    fn eq(&self, other: &Self) -> bool {
        self.is(other.0.as_bytes())
    }
}

impl Eq for Secret {}

impl Secret {
    /// Follows a reference. A path is relative to `folder`; `variable` gives the environment's.
    ///
    /// # Errors
    /// What is wrong with the reference or with what it leads to, without quoting either.
    pub fn follow(
        reference: &str,
        folder: &Path,
        variable: impl FnOnce(&str) -> Option<String>,
    ) -> Result<Self, &'static str> {
        let secret = if let Some(name) = reference.strip_prefix("env:") {
            let value = variable(name).ok_or("names a variable that is not set")?;
            Zeroizing::new(value)
        } else if let Some(path) = reference.strip_prefix("file:") {
            read(&folder.join(path))?
        } else {
            return Err(
                "must be \"env:NAME\" or \"file:PATH\": a secret does not stand in the configuration",
            );
        };
        let trimmed = secret.trim_end_matches(['\r', '\n']);
        if trimmed.is_empty() || trimmed.len() > MAX {
            return Err("leads to a secret that is empty or longer than 4096 bytes");
        }
        Ok(Self(Zeroizing::new(trimmed.to_owned())))
    }

    /// The secret itself, for the one place that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether it is this one.
    #[must_use]
    pub fn is(&self, other: &[u8]) -> bool {
        sha256(self.0.as_bytes()) == sha256(other)
    }
}

fn read(path: &Path) -> Result<Zeroizing<String>, &'static str> {
    let unreadable = "leads to a file that cannot be read";
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path)
            .map_err(|_| unreadable)?
            .permissions()
            .mode();
        // The owner's group may read it: that is how container platforms hand secrets over.
        if mode & 0o007 != 0 {
            return Err("leads to a file that everybody can read; run: chmod o= on it");
        }
    }
    let text = std::fs::read_to_string(path).map_err(|_| unreadable)?;
    Ok(Zeroizing::new(text))
}

#[cfg(test)]
mod tests {
    use super::Secret;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    const NONE: fn(&str) -> Option<String> = |_| None;

    #[test]
    fn a_secret_is_named_and_not_written() {
        let here = Path::new(".");
        assert!(Secret::follow("hunter2", here, NONE).is_err());
        assert!(Secret::follow("env:NOT_SET", here, NONE).is_err());
        assert!(Secret::follow("env:EMPTY", here, |_| Some("\n".to_owned())).is_err());
        let named = |name: &str| (name == "TOKEN").then(|| "hunter2".to_owned());
        let secret = Secret::follow("env:TOKEN", here, named).unwrap();
        assert_eq!(secret.expose(), "hunter2");
        assert!(secret.is(b"hunter2") && !secret.is(b"hunter3"));
        assert!(!format!("{secret:?}").contains("hunter"));
    }

    #[test]
    fn a_secrets_file_is_not_for_everybody() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("token");
        std::fs::write(&file, "hunter2\n").unwrap();
        let follow = || Secret::follow("file:token", folder.path(), NONE);
        let allow = |mode| {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        };
        allow(0o644);
        assert!(follow().unwrap_err().contains("everybody"));
        allow(0o640);
        assert_eq!(follow().unwrap().expose(), "hunter2");
        assert!(Secret::follow("file:nothing", folder.path(), NONE).is_err());
    }
}
