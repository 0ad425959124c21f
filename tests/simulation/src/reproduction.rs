//! Runs that once broke a promise, kept as files: each is run again by the tests for ever.

use crate::step::Step;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A run and what it showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reproduction {
    /// What was seen when it was found, in words.
    pub found: String,
    /// The seed of the run that it was shortened from.
    pub seed: u64,
    /// The steps.
    pub steps: Vec<Step>,
}

/// The folder of the kept runs.
#[must_use]
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("reproductions")
}

impl Reproduction {
    /// Writes it; gives the file.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub fn save(&self, folder: &Path, name: &str) -> io::Result<PathBuf> {
        let file = folder.join(format!("{name}.json"));
        fs::create_dir_all(folder)?;
        fs::write(&file, serde_json::to_string_pretty(self)? + "\n")?;
        Ok(file)
    }

    /// All runs in a folder, with their files, by name.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or is no run.
    pub fn all(folder: &Path) -> io::Result<Vec<(PathBuf, Self)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder)? {
            let file = entry?.path();
            if file
                .extension()
                .is_some_and(|extension| extension == "json")
            {
                files.push(file);
            }
        }
        files.sort();
        let read = |file: PathBuf| {
            let run = serde_json::from_str(&fs::read_to_string(&file)?)?;
            Ok((file, run))
        };
        files.into_iter().map(read).collect()
    }
}
