//! Schemathesis against a real issuer, by its OpenAPI document. The test `fuzz` of crates/issuer starts the issuer, makes
//! the purchase whose requests are the examples, and compares the books before and after.

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::progress::{self, step};
use crate::run::{Run, on_path};
use crate::workspace::{Workspace, copy, read, remove_folder};

/// What is installed, every file by its hash.
const REQUIREMENTS: &str = "tests/fuzz/requirements.txt";

/// The oldest Python that these fit.
const OLDEST: (u32, u32) = (3, 11);

/// Runs it; `examples` is how many requests it makes up for each operation and phase.
pub(crate) fn http(workspace: &Workspace, examples: u32) -> Result<(), Failure> {
    let program = step("schemathesis", || install(workspace))?;
    progress::heading("Fuzzing over HTTP");
    Run::new(workspace, "cargo")
        .args(["test", "--package", "farthing-issuer", "--test", "issuer"])
        .args(["--", "--nocapture", "fuzz::"])
        .env("FARTHING_SCHEMATHESIS", program)
        .env("FARTHING_SCHEMATHESIS_EXAMPLES", examples.to_string())
        .shown()
}

/// A virtual environment in target/tools; made anew when the requirements change.
fn install(workspace: &Workspace) -> Result<(PathBuf, String), Failure> {
    let folder = workspace.tools().join("schemathesis");
    let wanted = workspace.path(REQUIREMENTS);
    let installed = folder.join("requirements.txt");
    let program = folder.join("bin").join("schemathesis");
    let is_there = program.is_file() && fs::read_to_string(&installed).ok() == Some(read(&wanted)?);
    if is_there {
        return Ok((program, "in place".to_owned()));
    }
    check_python(workspace)?;
    remove_folder(&folder)?;
    Run::new(workspace, "python3")
        .args(["-m", "venv"])
        .args([&folder])
        .logged(&workspace.log("python-venv"))
        .map_err(|failure| {
            Failure::new(format!(
                "{failure}\nOn Debian `sudo apt-get install python3-venv` brings what is missing."
            ))
        })?;
    Run::new(workspace, folder.join("bin").join("python"))
        .args(["-m", "pip", "install", "--disable-pip-version-check"])
        .args(["--require-hashes", "--requirement"])
        .args([&wanted])
        .logged(&workspace.log("schemathesis"))?;
    let version = Run::new(workspace, &program).args(["--version"]).read()?;
    copy(&wanted, &installed)?;
    Ok((program, version))
}

fn check_python(workspace: &Workspace) -> Result<(), Failure> {
    let advice = || {
        let (major, minor) = OLDEST;
        Failure::new(format!(
            "fuzzing over HTTP needs Python {major}.{minor} or newer as `python3`"
        ))
    };
    if on_path("python3").is_none() {
        return Err(advice());
    }
    // "Python 3.11.7"
    let said = Run::new(workspace, "python3").args(["--version"]).read()?;
    let version = said.split_whitespace().nth(1).unwrap_or_default();
    let mut parts = version.split('.').map(str::parse::<u32>);
    match (parts.next(), parts.next()) {
        (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST => Ok(()),
        _ => Err(advice()),
    }
}
