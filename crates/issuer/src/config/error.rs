//! Why a configuration is refused, in words an operator can act on.

use std::path::PathBuf;
use thiserror::Error;

/// Why a configuration is not used.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {error}\nIf there is one, go to its folder or name it by --config; `farthing-issuer init` writes one.", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The text is not TOML, or has a key that is not known, or lacks one.
    #[error("{}:{line}: {message}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong, with a suggestion where there is one.
        message: String,
    },
    /// A variable of the environment names no key, or has a value of another kind than the key's.
    #[error("{variable} (environment): {message}")]
    Variable {
        /// Which variable.
        variable: String,
        /// What is wrong, with a suggestion where there is one.
        message: String,
    },
    /// A value is not one that is possible.
    #[error("{}: {key} {reason}", path.display())]
    Value {
        /// Which file.
        path: PathBuf,
        /// Which key.
        key: &'static str,
        /// What it must be.
        reason: String,
    },
}

impl ConfigError {
    /// Whether the file is right as far as it goes.
    pub(super) fn lacks_a_key(&self) -> bool {
        matches!(self, Self::Syntax { message, .. } if message.starts_with("missing field"))
    }
}

/// Adds "did you mean" to a message about an unknown key, from the names that the message lists.
pub(super) fn with_suggestion(message: &str) -> String {
    let mut names = message.split('`').skip(1).step_by(2);
    let nearest = match (message.starts_with("unknown field"), names.next()) {
        (true, Some(unknown)) => names
            .map(|known| (strsim::jaro_winkler(unknown, known), known))
            .filter(|(likeness, _)| *likeness > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, known)| known),
        _ => None,
    };
    match nearest {
        Some(known) => format!("{message}; did you mean `{known}`?"),
        None => message.to_owned(),
    }
}
