//! The browser of the tests and its driver.

use std::env;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::run::{Run, on_path};
use crate::workspace::{Workspace, write};

/// What Debian calls them.
pub(crate) const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];

/// Names the browser, for this program and for the tests it starts.
const BROWSER: &str = "FARTHING_CHROMIUM";
/// Names the driver, which must be of the browser's version.
const DRIVER: &str = "FARTHING_CHROMEDRIVER";

const BROWSERS: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];
const APPLICATIONS: [&str; 2] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/// Without a window, and without the sandbox that root and most containers cannot give it.
const FLAGS: [&str; 9] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
];

/// A browser that was found, with its driver.
#[derive(Debug)]
pub(crate) struct Chromium {
    browser: PathBuf,
    driver: PathBuf,
}

impl Chromium {
    pub(crate) fn driver(&self) -> &PathBuf {
        &self.driver
    }

    /// Writes what the driver is to start, for the tests that speak WebDriver, and gives the file.
    pub(crate) fn capabilities(&self, workspace: &Workspace) -> Result<PathBuf, Failure> {
        let browser = self
            .browser
            .to_string_lossy()
            .replace('\\', "\\\\")
            .replace('"', "\\\"");
        let flags = FLAGS.map(|flag| format!("\"{flag}\"")).join(", ");
        let file = workspace.tools().join("webdriver.json");
        let json = format!(
            "{{\"goog:chromeOptions\": {{\"binary\": \"{browser}\", \"args\": [{flags}]}}}}\n"
        );
        write(&file, json)?;
        Ok(file)
    }

    /// Tells a command which browser to use.
    pub(crate) fn name_in(&self, run: Run) -> Run {
        run.env(BROWSER, &self.browser).env(DRIVER, &self.driver)
    }
}

/// Whether nothing needs installing.
pub(crate) fn is_there() -> bool {
    browser().is_some() && driver().is_some()
}

/// Finds both.
pub(crate) fn find() -> Result<(Chromium, String), Failure> {
    let browser = checked(browser(), "Chromium or Chrome", BROWSER)?;
    let driver = checked(driver(), "chromedriver of the browser's version", DRIVER)?;
    let words = browser.display().to_string();
    Ok((Chromium { browser, driver }, words))
}

fn checked(found: Option<PathBuf>, what: &str, variable: &str) -> Result<PathBuf, Failure> {
    match found {
        Some(path) if path.is_file() => Ok(path),
        Some(path) => Err(Failure::new(format!(
            "{variable} names {}, which is no file",
            path.display()
        ))),
        None => Err(Failure::new(format!(
            "no {what} found; install {} (Debian: sudo apt-get install {}) or set {variable} to its path",
            PACKAGES.join(" and "),
            PACKAGES.join(" ")
        ))),
    }
}

/// What the person named goes first, whether it is there or not.
fn browser() -> Option<PathBuf> {
    let applications = APPLICATIONS
        .iter()
        .map(PathBuf::from)
        .filter(|path| path.is_file());
    let found = || {
        BROWSERS
            .iter()
            .filter_map(|name| on_path(name))
            .chain(applications)
            .next()
    };
    env::var_os(BROWSER).map(PathBuf::from).or_else(found)
}

fn driver() -> Option<PathBuf> {
    env::var_os(DRIVER)
        .map(PathBuf::from)
        .or_else(|| on_path("chromedriver"))
}
