//! Remembers what a step was made from, so that it is done again only when that changed.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::workspace::{Workspace, write};

/// Folders that hold results or other people's code, never the input of a step.
const NOT_INPUT: [&str; 4] = ["node_modules", "target", "dist", ".git"];

/// The hash of everything a step reads, and the file that keeps it.
#[derive(Debug)]
pub(crate) struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// Hashes words (versions, flags) and all files under the paths given, by content.
    pub(crate) fn of(
        workspace: &Workspace,
        step: &str,
        words: &[&str],
        inputs: &[PathBuf],
    ) -> Result<Self, Failure> {
        let mut hasher = DefaultHasher::new();
        words.hash(&mut hasher);
        for input in inputs {
            for file in files(input)? {
                file.strip_prefix(workspace.root())
                    .unwrap_or(&file)
                    .hash(&mut hasher);
                let bytes = fs::read(&file).map_err(|e| Failure::at("reading", &file, &e))?;
                bytes.hash(&mut hasher);
            }
        }
        let file = workspace.tools().join("stamps").join(step);
        Ok(Self {
            file,
            hash: format!("{:016x}", hasher.finish()),
        })
    }

    /// Whether the step was done from exactly this, and what it made is still there.
    pub(crate) fn is_current(&self, made: &[PathBuf]) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|kept| kept == self.hash)
            && made.iter().all(|path| path.exists())
    }

    /// To be called once the step has succeeded.
    pub(crate) fn keep(&self) -> Result<(), Failure> {
        write(&self.file, &self.hash)
    }
}

/// All files under a path, in a fixed order; a path that is not there has none.
pub(crate) fn files(path: &Path) -> Result<BTreeSet<PathBuf>, Failure> {
    let mut found = BTreeSet::new();
    let mut open = vec![path.to_path_buf()];
    while let Some(path) = open.pop() {
        if path.is_file() {
            found.insert(path);
        } else if path.is_dir() {
            let entries = fs::read_dir(&path).map_err(|e| Failure::at("reading", &path, &e))?;
            for entry in entries {
                let entry = entry.map_err(|e| Failure::at("reading", &path, &e))?;
                if !NOT_INPUT.iter().any(|name| entry.file_name() == *name) {
                    open.push(entry.path());
                }
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_ends_when_a_file_changes_or_a_result_is_gone() {
        let workspace = Workspace::find().unwrap();
        let folder = workspace.target().join("stamp-test");
        let (input, made) = (folder.join("input"), folder.join("made"));
        write(&input.join("a.txt"), "one").unwrap();
        write(&made, "made").unwrap();
        let stamp = |word| {
            Stamp::of(
                &workspace,
                "stamp-test",
                &[word],
                std::slice::from_ref(&input),
            )
            .unwrap()
        };

        stamp("v1").keep().unwrap();
        assert!(stamp("v1").is_current(std::slice::from_ref(&made)));
        assert!(
            !stamp("v2").is_current(std::slice::from_ref(&made)),
            "a version is part of the stamp"
        );
        write(&input.join("a.txt"), "two").unwrap();
        assert!(
            !stamp("v1").is_current(std::slice::from_ref(&made)),
            "content is part of the stamp"
        );
        stamp("v1").keep().unwrap();
        fs::remove_file(&made).unwrap();
        assert!(
            !stamp("v1").is_current(&[made]),
            "a missing result is not current"
        );
        fs::remove_dir_all(&folder).unwrap();
    }
}
