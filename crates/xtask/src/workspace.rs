//! Where things are in the checkout.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The checkout that this program was built from.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// Finds the checkout: cargo names the folder of this crate at run time, so a moved checkout still works.
    pub(crate) fn find() -> Result<Self, Failure> {
        let here = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        here.ancestors()
            .find(|folder| folder.join("Cargo.lock").is_file())
            .map(|folder| Self {
                root: folder.to_path_buf(),
            })
            .ok_or_else(|| Failure::new(format!("no Cargo.lock above {}", here.display())))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path given from the root, with `/` between its parts.
    pub(crate) fn path(&self, from_root: &str) -> PathBuf {
        self.root.join(from_root)
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.root.join("target")
    }

    /// Everything that setup installs, and nothing else.
    pub(crate) fn tools(&self) -> PathBuf {
        self.target().join("tools")
    }

    /// What the command line programs write that is worth reading after a failure.
    pub(crate) fn log(&self, name: &str) -> PathBuf {
        self.tools().join("log").join(format!("{name}.log"))
    }

    /// The version of a crate in Cargo.lock, so that a command line tool can be had in exactly that version.
    pub(crate) fn locked_version(&self, name: &str) -> Result<String, Failure> {
        let path = self.path("Cargo.lock");
        let text = read(&path)?;
        let header = format!("name = \"{name}\"");
        text.lines()
            .skip_while(|line| *line != header)
            .nth(1)
            .and_then(|line| line.strip_prefix("version = \""))
            .and_then(|rest| rest.strip_suffix('"'))
            .map(str::to_owned)
            .ok_or_else(|| Failure::new(format!("Cargo.lock names no version of {name}")))
    }
}

/// Reads a text file.
pub(crate) fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|e| Failure::at("reading", path, &e))
}

/// Writes a file, making its folder first.
pub(crate) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    fs::write(path, bytes).map_err(|e| Failure::at("writing", path, &e))
}

/// Makes a folder and those above it.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    fs::create_dir_all(path).map_err(|e| Failure::at("making", path, &e))
}

/// Removes a folder with all it holds; one that is not there is fine.
pub(crate) fn remove_folder(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            Err(Failure::at("removing", path, &e))
        }
        _ => Ok(()),
    }
}

/// Copies one file over another, making its folder first.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    if let Some(folder) = to.parent() {
        make_folder(folder)?;
    }
    fs::copy(from, to)
        .map(drop)
        .map_err(|e| Failure::at("copying", from, &e))
}
