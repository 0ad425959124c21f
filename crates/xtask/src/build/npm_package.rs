//! The npm package: its own `npm run build`, from TypeScript to npm/dist, and to npm/wallet for the issuer.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::setup::Tools;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Builds npm/dist.
pub(crate) fn build(workspace: &Workspace, tools: &Tools) -> Result<((), String), Failure> {
    let folder = workspace.path("npm");
    let stamp = Stamp::of(workspace, "npm-dist", &[], &inputs(&folder)?)?;
    let made = [folder.join("dist")];
    if stamp.is_current(&made) {
        return Ok(((), "unchanged".to_owned()));
    }
    tools
        .run(workspace, "npm")
        .args(["run", "build"])
        .folder(&folder)
        .logged(&workspace.log("npm-build"))?;
    if !made.iter().all(|path| path.is_dir()) {
        return Err(Failure::new("`npm run build` left no npm/dist"));
    }
    stamp.keep()?;
    Ok(((), "built".to_owned()))
}

/// What the package is made from. The purse's pages lie there too, and are made by it.
fn inputs(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let at = |e| Failure::at("reading", folder, &e);
    let mut inputs = Vec::new();
    for entry in fs::read_dir(folder).map_err(at)? {
        let entry = entry.map_err(at)?;
        // A folder that is an input itself is not passed over by its name.
        if !["wallet", "dist", "node_modules"]
            .map(OsStr::new)
            .contains(&entry.file_name().as_os_str())
        {
            inputs.push(entry.path());
        }
    }
    inputs.sort();
    Ok(inputs)
}
