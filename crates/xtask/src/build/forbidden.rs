//! Shows that code which handles an issuer's or publisher's secret keys is not in the browser file, and no cipher: what a
//! page decrypts, the platform decrypts.
//!
//! Two independent looks: at the names of the functions in the file, and at the features with which
//! cargo compiled the core for it. Each is tried where it must find something, because a check that
//! cannot fail shows nothing.

use std::fs;

use super::browser_file::{Kind, named_file};
use super::names::function_names;
use crate::failure::Failure;
use crate::run::Run;
use crate::workspace::Workspace;

/// Parts of the names of functions that belong to issuers and publishers.
const FORBIDDEN: [&str; 3] = [
    "farthing_core::issuer::",
    "farthing_core::publisher::",
    "VoprfServer",
];
/// Parts of the names of functions that belong to AES-GCM, by their crates.
const CIPHER: [&str; 5] = ["aes::", "aes_gcm::", "ctr::", "ghash::", "polyval::"];
/// Parts of the names of functions that belong to the purse.
const PURSE: [&str; 3] = [
    "farthing_wasm::purse::",
    "wallet::phrase::",
    "wallet::swap::",
];
/// The part of every name in the core: were it missing, the file would have no names to look at.
const CORE: &str = "farthing_core::";
const FEATURES: [&str; 4] = ["issuer", "publisher", "cipher", "phrase"];

/// Fails if the browser file holds such code, or if this check could not have found it.
pub(crate) fn check(workspace: &Workspace) -> Result<((), String), Failure> {
    let browser = names(workspace, Kind::Browser)?;
    let publisher = names(workspace, Kind::Publisher)?;
    for (names, file) in [(&browser, "browser"), (&publisher, "publisher's")] {
        if with(names, CORE).is_empty() {
            return Err(Failure::new(format!(
                "the {file} file names no function of the core"
            )));
        }
    }
    absent(&browser, &FORBIDDEN, "of issuers or publishers")?;
    absent(&browser, &CIPHER, "of a cipher")?;
    let purse = names(workspace, Kind::Purse)?;
    absent(&purse, &FORBIDDEN, "of issuers or publishers")?;
    absent(&purse, &CIPHER, "of a cipher")?;
    // What is for the purse alone is in its file and not in the page's.
    absent(&browser, &PURSE, "of the purse")?;
    for part in [CORE].iter().chain(&PURSE) {
        if with(&purse, part).is_empty() {
            return Err(Failure::new(format!(
                "the look at names did not find `{part}` in the purse's file, where it must be, so it shows nothing"
            )));
        }
    }
    for part in ["farthing_core::publisher::"].iter().chain(&CIPHER) {
        if with(&publisher, part).is_empty() {
            return Err(Failure::new(format!(
                "the look at names did not find `{part}` in the publisher's file, where it must be, so it shows nothing"
            )));
        }
    }
    let in_browser = features(workspace, "farthing-wasm")?;
    if let Some(feature) = in_browser.first() {
        return Err(Failure::new(format!(
            "farthing-wasm turns on the core's feature `{feature}`"
        )));
    }
    if features(workspace, "farthing-issuer")?.is_empty() {
        return Err(Failure::new(
            "the look at features did not find the issuer's code where it must be, so it shows nothing",
        ));
    }
    Ok((
        (),
        format!("{} names and the features looked at", browser.len()),
    ))
}

/// Fails if a name has one of these parts.
fn absent(names: &[String], parts: &[&str], whose: &str) -> Result<(), Failure> {
    let found: Vec<&str> = parts.iter().flat_map(|part| with(names, part)).collect();
    match found.first() {
        None => Ok(()),
        Some(first) => Err(Failure::new(format!(
            "a file for browsers holds {} functions {whose}, such as `{first}`",
            found.len()
        ))),
    }
}

fn names(workspace: &Workspace, kind: Kind) -> Result<Vec<String>, Failure> {
    let file = named_file(workspace, kind);
    let bytes = fs::read(&file).map_err(|e| Failure::at("reading", &file, &e))?;
    let names = function_names(&bytes)
        .ok_or_else(|| Failure::new(format!("{} has no names of functions", file.display())))?;
    Ok(names.iter().map(|name| without_hashes(name)).collect())
}

/// The names that contain a part.
fn with<'a>(names: &'a [String], part: &str) -> Vec<&'a str> {
    names
        .iter()
        .map(String::as_str)
        .filter(|name| name.contains(part))
        .collect()
}

/// Some compilers put a hash after the name of a crate: `farthing_core[12f89f2d8a73214f]::offer`.
fn without_hashes(name: &str) -> String {
    let mut pieces = name.split('[');
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        match piece.split_once(']') {
            Some((hash, rest)) if is_hash(hash) => plain.push_str(rest),
            _ => {
                plain.push('[');
                plain.push_str(piece);
            }
        }
    }
    plain
}

fn is_hash(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Which of the core's features that no page may have a package's ordinary build turns on.
fn features(workspace: &Workspace, package: &str) -> Result<Vec<&'static str>, Failure> {
    let tree = Run::new(workspace, "cargo")
        .args(["tree", "--package", package, "--edges", "normal,features"])
        .args(["--invert", "farthing-core", "--target", "all", "--offline"])
        .read()?;
    Ok(FEATURES
        .into_iter()
        .filter(|feature| tree.contains(&format!("farthing-core feature \"{feature}\"")))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_with_and_without_hashes() {
        let name = "<farthing_core[12f89f2d8a73214f]::issuer::Key as core::From<[u8; 32]>>::from";
        let plain = "<farthing_core::issuer::Key as core::From<[u8; 32]>>::from";
        assert_eq!(without_hashes(name), plain);
        assert_eq!(without_hashes(plain), plain);
        let names = [plain.to_owned(), "farthing_core::offer::parse".to_owned()];
        assert_eq!(with(&names, FORBIDDEN[0]), [plain]);
        assert_eq!(with(&names, CORE).len(), 2);
        assert!(with(&names, "VoprfServer").is_empty());
        assert!(absent(&names, &FORBIDDEN, "").is_err());
        assert!(absent(&names, &CIPHER, "").is_ok());
    }
}
