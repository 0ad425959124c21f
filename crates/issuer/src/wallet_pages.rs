//! The pages of the reader's purse: built with the npm package, listed in their `wallet.json`, read once at the start.
//!
//! A request names an entry of that list, never a path. Every file is held to the hash in the list, so that a folder
//! of which half was copied is noticed before a reader is.

use axum::body::Bytes;
use axum::http::HeaderValue;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use thiserror::Error;

/// The list, in the folder of the pages.
const LIST: &str = "wallet.json";

/// The page itself.
pub const PAGE: &str = "index.html";

/// Most files of a list.
const MAX_FILES: usize = 64;

/// Most bytes of one file. The largest is the WebAssembly file, a third of a megabyte.
const MAX_BYTES: u64 = 4 << 20;

/// Most bytes of all together, which stay in memory for as long as the issuer runs.
const MAX_TOTAL: usize = 8 << 20;

/// Digits of its hash that a file's name must have, so that browsers may keep the file for ever.
const DIGITS: usize = 8;

/// Why the pages are not served. Nothing else is, either: an issuer that promised a purse must not start without it.
#[derive(Debug, Error)]
pub enum WalletPagesError {
    /// The list or a file cannot be read.
    #[error(
        "wallet.pages: {}: {error}. The folder is npm/wallet after `cargo xtask build`, or the one that comes with a release.",
        path.display()
    )]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The list is none.
    #[error("wallet.pages: {}: {reason}", path.display())]
    List {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The pages belong to another version of Farthing.
    #[error(
        "wallet.pages: these are the pages of version {pages}, and this is farthing-issuer {issuer}: take the folder of the same release"
    )]
    Version {
        /// The pages'.
        pages: String,
        /// This program's.
        issuer: &'static str,
    },
    /// A file is not the one that was listed.
    #[error("wallet.pages: {} is not the file that {LIST} lists: copy the whole folder again", path.display())]
    Changed {
        /// Which file.
        path: PathBuf,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    farthing: String,
    files: BTreeMap<String, Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    sha256: String,
    #[serde(rename = "type")]
    media_type: String,
}

/// One file as it is served.
#[derive(Clone, Debug)]
pub struct WalletFile {
    /// Its bytes.
    pub bytes: Bytes,
    /// Its MIME type.
    pub media_type: HeaderValue,
    /// Whether its name has a part of its hash, so that another content has another name.
    pub named_by_content: bool,
}

/// All files of the purse by their names.
#[derive(Clone, Debug)]
pub struct WalletPages(BTreeMap<String, WalletFile>);

impl WalletPages {
    /// Reads the folder.
    ///
    /// # Errors
    /// [`WalletPagesError`], in words for the operator.
    pub fn read(folder: &Path) -> Result<Self, WalletPagesError> {
        let path = folder.join(LIST);
        let wrong = |reason: String| WalletPagesError::List {
            path: path.clone(),
            reason,
        };
        let list: List =
            serde_json::from_slice(&bytes(&path)?).map_err(|error| wrong(error.to_string()))?;
        if list.farthing != env!("CARGO_PKG_VERSION") {
            return Err(WalletPagesError::Version {
                pages: list.farthing,
                issuer: env!("CARGO_PKG_VERSION"),
            });
        }
        if list.files.len() > MAX_FILES || !list.files.contains_key(PAGE) {
            return Err(wrong(format!(
                "must list at most {MAX_FILES} files, {PAGE} among them"
            )));
        }
        let (mut files, mut total) = (BTreeMap::new(), 0_usize);
        for (name, entry) in list.files {
            if !is_name(&name) {
                return Err(wrong(format!("{name:?} is no name of a file")));
            }
            let media_type = HeaderValue::from_str(&entry.media_type)
                .map_err(|_| wrong(format!("{name}: the type is none")))?;
            let path = folder.join(&name);
            let bytes = bytes(&path)?;
            if hex(&Sha256::digest(&bytes)) != entry.sha256 {
                return Err(WalletPagesError::Changed { path });
            }
            total = total.saturating_add(bytes.len());
            if total > MAX_TOTAL {
                return Err(wrong(format!("lists more than {MAX_TOTAL} bytes")));
            }
            let start = entry.sha256.get(..DIGITS);
            let file = WalletFile {
                bytes: Bytes::from(bytes),
                media_type,
                named_by_content: start.is_some_and(|start| name.contains(start)),
            };
            files.insert(name, file);
        }
        Ok(Self(files))
    }

    /// How many files there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The file of that name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&WalletFile> {
        self.0.get(name)
    }
}

/// One part of a path, in plain letters.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=64).contains(&name.len()) && !name.starts_with('.') && name.chars().all(plain)
}

/// A whole file of at most [`MAX_BYTES`].
fn bytes(path: &Path) -> Result<Vec<u8>, WalletPagesError> {
    let read = |error| WalletPagesError::Read {
        path: path.to_owned(),
        error,
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(read)?;
    let most = MAX_BYTES.saturating_add(1);
    file.take(most).read_to_end(&mut bytes).map_err(read)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_BYTES) {
        return Ok(bytes);
    }
    Err(WalletPagesError::List {
        path: path.to_owned(),
        reason: format!("is longer than {MAX_BYTES} bytes"),
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{WalletPages, WalletPagesError, hex};
    use sha2::{Digest, Sha256};
    use std::path::Path;
    use tempfile::TempDir;

    const VERSION: &str = env!("CARGO_PKG_VERSION");

    fn folder<C: AsRef<[u8]>>(version: &str, files: &[(&str, C)]) -> TempDir {
        let dir = TempDir::new().unwrap();
        let mut listed = serde_json::Map::new();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
            let sha256 = hex(&Sha256::digest(text));
            let entry = serde_json::json!({ "sha256": sha256, "type": "text/html" });
            listed.insert((*name).to_owned(), entry);
        }
        let list = serde_json::json!({ "farthing": version, "files": listed });
        std::fs::write(dir.path().join("wallet.json"), list.to_string()).unwrap();
        dir
    }

    fn refused(dir: &Path) -> String {
        WalletPages::read(dir).unwrap_err().to_string()
    }

    #[test]
    fn the_listed_files_are_read_and_no_other() {
        let dir = folder(VERSION, &[("index.html", "page"), ("a-1.js", "script")]);
        std::fs::write(dir.path().join("secret.txt"), "not listed").unwrap();
        let pages = WalletPages::read(dir.path()).unwrap();
        assert_eq!(&*pages.file("a-1.js").unwrap().bytes, b"script");
        for name in ["secret.txt", "wallet.json", "../x", "", "index.html/"] {
            assert!(pages.file(name).is_none(), "{name}");
        }
    }

    #[test]
    fn a_folder_that_is_not_whole_or_of_another_version_is_refused() {
        let dir = folder("0.0.0", &[("index.html", "page")]);
        assert!(refused(dir.path()).contains("version 0.0.0"));
        let dir = folder(VERSION, &[("index.html", "page"), ("a.js", "x")]);
        std::fs::write(dir.path().join("a.js"), "y").unwrap();
        assert!(matches!(
            WalletPages::read(dir.path()),
            Err(WalletPagesError::Changed { .. })
        ));
        std::fs::remove_file(dir.path().join("a.js")).unwrap();
        assert!(refused(dir.path()).contains("a.js"));
        let dir = folder(VERSION, &[("a.js", "x")]);
        assert!(refused(dir.path()).contains("index.html"));
        assert!(refused(Path::new("/nowhere/at/all")).contains("wallet.json"));
        std::fs::write(dir.path().join("wallet.json"), "{}").unwrap();
        assert!(refused(dir.path()).contains("missing field"));
    }

    #[test]
    fn a_folder_is_no_larger_than_memory_was_meant_for_it() {
        let most = vec![0_u8; 4 << 20];
        let three = [("a.js", &most), ("b.js", &most), ("index.html", &most)];
        let larger = |files: &[(&str, &Vec<u8>)]| refused(folder(VERSION, files).path());
        assert!(larger(&three).contains("more than 8388608 bytes"));
        assert!(WalletPages::read(folder(VERSION, &three[1..]).path()).is_ok());
        let more = vec![0_u8; (4 << 20) + 1];
        assert!(larger(&[("index.html", &more)]).contains("longer than"));
        let names: Vec<String> = (0..64).map(|n| format!("{n}.js")).collect();
        let page = [("index.html", "")].into_iter();
        let many: Vec<_> = names.iter().map(|name| (name.as_str(), "")).collect();
        let many: Vec<_> = page.chain(many).collect();
        assert!(refused(folder(VERSION, &many).path()).contains("at most 64 files"));
        assert!(WalletPages::read(folder(VERSION, &many[..64]).path()).is_ok());
    }

    #[test]
    fn a_name_tells_its_content_only_if_it_has_the_hash_of_it() {
        let start = hex(&Sha256::digest("x")[..4]);
        let named = format!("a-{start}.js");
        let files = [
            ("index.html", "page"),
            (&named, "x"),
            ("b-0a1b2c3d.js", "x"),
        ];
        let pages = WalletPages::read(folder(VERSION, &files).path()).unwrap();
        assert!(pages.file(&named).unwrap().named_by_content);
        assert!(!pages.file("b-0a1b2c3d.js").unwrap().named_by_content);
    }

    #[test]
    fn a_name_that_leaves_the_folder_is_refused() {
        let dir = folder(VERSION, &[("index.html", "page")]);
        let path = dir.path().join("wallet.json");
        let text = std::fs::read_to_string(&path).unwrap();
        for name in ["../index.html", "/etc/hostname", ".hidden", "a b"] {
            let other = text.replace(
                "\"index.html\":",
                &format!("\"{name}\":{{\"sha256\":\"\",\"type\":\"a/b\"}},\"index.html\":"),
            );
            std::fs::write(&path, other).unwrap();
            assert!(refused(dir.path()).contains("no name of a file"), "{name}");
        }
    }
}
