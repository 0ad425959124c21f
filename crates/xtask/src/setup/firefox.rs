//! The second browser of the end-to-end tests. It needs no driver: it speaks WebDriver `BiDi` itself.

use std::env;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::run::{Run, on_path};

/// What Debian calls it.
pub(crate) const PACKAGES: [&str; 1] = ["firefox-esr"];

/// Names the browser, for this program and for the tests it starts.
const BROWSER: &str = "FARTHING_FIREFOX";
const BROWSERS: [&str; 2] = ["firefox-esr", "firefox"];
const APPLICATION: &str = "/Applications/Firefox.app/Contents/MacOS/firefox";

/// A browser that was found.
#[derive(Debug)]
pub(crate) struct Firefox(PathBuf);

impl Firefox {
    /// Tells a command which browser to use.
    pub(crate) fn name_in(&self, run: Run) -> Run {
        run.env(BROWSER, &self.0)
    }
}

/// Whether nothing needs installing.
pub(crate) fn is_there() -> bool {
    browser().is_some()
}

/// Finds it.
pub(crate) fn find() -> Result<(Firefox, String), Failure> {
    match browser() {
        Some(path) if path.is_file() => {
            let words = path.display().to_string();
            Ok((Firefox(path), words))
        }
        Some(path) => Err(Failure::new(format!(
            "{BROWSER} names {}, which is no file",
            path.display()
        ))),
        None => Err(Failure::new(format!(
            "no Firefox found, in which the end-to-end tests run too; install it (Debian: sudo apt-get install {}) or set \
             {BROWSER} to its path",
            PACKAGES.join(" ")
        ))),
    }
}

/// What the person named goes first, whether it is there or not.
fn browser() -> Option<PathBuf> {
    let application = Some(PathBuf::from(APPLICATION)).filter(|path| path.is_file());
    let found = || {
        BROWSERS
            .iter()
            .find_map(|name| on_path(name))
            .or(application)
    };
    env::var_os(BROWSER).map(PathBuf::from).or_else(found)
}
