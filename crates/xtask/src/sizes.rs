//! `cargo xtask sizes`: what a reader downloads, compressed, and the limits on it.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::failure::Failure;
use crate::modules::{Modules, modules_of};
use crate::workspace::{Workspace, write};

/// The WebAssembly file that the package ships, from the root of the checkout.
const BROWSER_FILE: &str = "npm/dist/farthing_bg.wasm";
/// The file of the purse, from the root of the checkout.
const PURSE_FILE: &str = "npm/dist/purse/farthing_purse_bg.wasm";
/// The script that a page with paid text names, from the root of the checkout.
const ENTRY: &str = "npm/dist/element/define.js";
/// Bytes of the browser file, compressed.
const WASM_LIMIT: u64 = 80 * 1024;
/// Bytes of the purse's file, compressed.
const PURSE_LIMIT: u64 = 160 * 1024;
/// Bytes of the scripts that come before the reader points at the button, with the largest language, compressed.
const SCRIPT_LIMIT: u64 = 16 * 1024;
/// Bytes of all that an article page loads up to the open text, compressed.
const PAGE_LIMIT: u64 = 100 * 1024;

/// All in bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    wasm_raw: u64,
    wasm_gzip: u64,
    js_before_button_gzip: u64,
    js_total_gzip: u64,
    page_total_gzip: u64,
    purse_gzip: u64,
}

impl Sizes {
    /// Weighs what was built.
    pub(crate) fn measure(workspace: &Workspace) -> Result<Self, Failure> {
        let wasm = bytes(&workspace.path(BROWSER_FILE))?;
        let Modules { first, later } = modules_of(&workspace.path(ENTRY))?;
        // A page loads the words of one language. What only some visits need is not of this sum.
        let (words, later): (Vec<_>, Vec<_>) = later
            .into_iter()
            .filter(|file| !is_of_few(file))
            .partition(|file| is_words(file));
        let mut languages = words.iter().map(|file| gzip(&bytes(file)?));
        let language = languages.try_fold(0, |most, size| Ok::<u64, Failure>(most.max(size?)))?;
        let before = gzip_of_all(&first)?.saturating_add(language);
        let scripts = before.saturating_add(gzip_of_all(&later)?);
        let wasm_gzip = gzip(&wasm)?;
        Ok(Self {
            wasm_raw: count(&wasm),
            wasm_gzip,
            js_before_button_gzip: before,
            js_total_gzip: scripts,
            page_total_gzip: scripts.saturating_add(wasm_gzip),
            purse_gzip: gzip(&bytes(&workspace.path(PURSE_FILE))?)?,
        })
    }

    /// What is too large, in words; empty if nothing is.
    pub(crate) fn over_limit(&self) -> Vec<String> {
        let limits = [
            ("the browser file", self.wasm_gzip, WASM_LIMIT),
            (
                "the scripts before the button",
                self.js_before_button_gzip,
                SCRIPT_LIMIT,
            ),
            ("the page", self.page_total_gzip, PAGE_LIMIT),
            ("the purse's file", self.purse_gzip, PURSE_LIMIT),
        ];
        limits
            .into_iter()
            .filter(|(_, size, limit)| size > limit)
            .map(|(what, size, limit)| format!("{what}: {size} bytes compressed, limit {limit}"))
            .collect()
    }

    fn rows(&self) -> [(&'static str, u64); 6] {
        [
            ("wasm_raw", self.wasm_raw),
            ("wasm_gzip", self.wasm_gzip),
            ("js_before_button_gzip", self.js_before_button_gzip),
            ("js_total_gzip", self.js_total_gzip),
            ("page_total_gzip", self.page_total_gzip),
            ("purse_gzip", self.purse_gzip),
        ]
    }

    /// For the terminal.
    pub(crate) fn table(&self) -> String {
        self.rows()
            .map(|(name, size)| format!("{name:<24}{size:>10} bytes\n"))
            .concat()
    }

    /// One JSON object.
    fn json(&self) -> String {
        let members = self
            .rows()
            .map(|(name, size)| format!("  \"{name}\": {size}"));
        format!("{{\n{}\n}}\n", members.join(",\n"))
    }
}

/// Shows the sizes, and writes them as JSON where asked. Fails if a limit is passed.
pub(crate) fn sizes(workspace: &Workspace, json: Option<&Path>) -> Result<(), Failure> {
    let sizes = Sizes::measure(workspace)?;
    print!("{}", sizes.table());
    if let Some(file) = json {
        write(file, sizes.json())?;
    }
    let over = sizes.over_limit();
    if over.is_empty() {
        Ok(())
    } else {
        Err(Failure::new(over.join("; ")))
    }
}

fn is_words(file: &Path) -> bool {
    file.parent()
        .is_some_and(|folder| folder.ends_with("words"))
}

/// A publisher's own words, the files of a sealed text, the form of the reader's limit, loading the pocket, finishing what an
/// earlier visit began, why something was refused, what shows the pocket, starter reads, and what the purse's core is for: gifts,
/// undo and returns.
fn is_of_few(file: &Path) -> bool {
    let name = file.file_stem().and_then(|name| name.to_str());
    let folder = file.parent().and_then(|folder| folder.file_name());
    matches!(
        name,
        Some(
            "own"
                | "files"
                | "limits"
                | "shortfall"
                | "unfinished"
                | "leaving"
                | "gifts"
                | "undo"
                | "refused"
                | "holdings"
                | "starter"
                | "starting"
        )
    ) || folder.is_some_and(|name| {
        ["holdings", "seldom", "starter", "gifts", "undo", "purse"]
            .iter()
            .any(|few| name == *few)
    })
}

fn gzip_of_all(files: &[PathBuf]) -> Result<u64, Failure> {
    files.iter().try_fold(0_u64, |sum, file| {
        Ok(sum.saturating_add(gzip(&bytes(file)?)?))
    })
}

/// The size of a file as a web server would send it.
fn gzip(bytes: &[u8]) -> Result<u64, Failure> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map(|packed| count(&packed))
        .map_err(|e| Failure::new(format!("compressing: {e}")))
}

fn bytes(file: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(file).map_err(|e| Failure::at("reading", file, &e))
}

fn count(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZES: Sizes = Sizes {
        wasm_raw: 200_000,
        wasm_gzip: WASM_LIMIT,
        js_before_button_gzip: SCRIPT_LIMIT,
        js_total_gzip: PAGE_LIMIT - WASM_LIMIT,
        page_total_gzip: PAGE_LIMIT,
        purse_gzip: PURSE_LIMIT,
    };

    #[test]
    fn a_limit_may_be_reached_and_not_passed() {
        assert!(SIZES.over_limit().is_empty());
        let fat = Sizes {
            wasm_gzip: WASM_LIMIT + 1,
            ..SIZES
        };
        assert_eq!(
            fat.over_limit(),
            [format!(
                "the browser file: {} bytes compressed, limit {WASM_LIMIT}",
                WASM_LIMIT + 1
            )]
        );
        let wordy = Sizes {
            js_before_button_gzip: SCRIPT_LIMIT + 1,
            page_total_gzip: PAGE_LIMIT + 1,
            ..SIZES
        };
        assert_eq!(wordy.over_limit().len(), 2);
        let stuffed = Sizes {
            purse_gzip: PURSE_LIMIT + 1,
            ..SIZES
        };
        assert_eq!(stuffed.over_limit().len(), 1);
    }

    #[test]
    fn the_json_is_an_object_of_numbers() {
        assert!(SIZES.json().starts_with("{\n  \"wasm_raw\": 200000,\n"));
        let end = format!("\"purse_gzip\": {PURSE_LIMIT}\n}}\n");
        assert!(SIZES.json().ends_with(&end));
    }
}
