//! Command line tools from crates.io, each in one fixed version, in target/tools/bin.

use std::path::PathBuf;

use crate::failure::Failure;
use crate::progress;
use crate::run::Run;
use crate::workspace::{Workspace, remove_folder};

/// Where the tools are.
pub(crate) fn bin(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("bin")
}

/// Installs a tool unless it is there in this version. `locked` takes the dependencies its authors tested with.
pub(crate) fn ensure(
    workspace: &Workspace,
    package: &str,
    version: &str,
    locked: bool,
) -> Result<((), String), Failure> {
    if installed(workspace, package).as_deref() == Some(version) {
        return Ok(((), version.to_owned()));
    }
    progress::note(&format!(
        "compiling {package} {version}, which takes minutes"
    ));
    let root = workspace.tools();
    let mut run = Run::new(workspace, "cargo")
        .args([
            "install",
            package,
            "--version",
            version,
            "--force",
            "--root",
        ])
        .args([&root]);
    if locked {
        run = run.args(["--locked"]);
    }
    run
        // These tools wait for compilers; the minutes are better saved in compiling them.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
        .env("CARGO_TARGET_DIR", build(workspace))
        .logged(&workspace.log(package))?;
    match installed(workspace, package) {
        Some(found) if found == version => Ok(((), format!("{version} installed"))),
        found => Err(Failure::new(format!(
            "{package} {version} was installed but says it is {}",
            found.unwrap_or_else(|| "nothing".to_owned())
        ))),
    }
}

/// Removes what compiling left; the tools share it while they are being installed.
pub(crate) fn forget_build(workspace: &Workspace) -> Result<(), Failure> {
    remove_folder(&build(workspace))
}

fn build(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("build")
}

/// The version that the installed program itself states.
fn installed(workspace: &Workspace, package: &str) -> Option<String> {
    let program = bin(workspace).join(package.strip_suffix("-cli").unwrap_or(package));
    let said = Run::new(workspace, program)
        .args(["--version"])
        .read()
        .ok()?;
    said.split_whitespace().nth(1).map(str::to_owned)
}
