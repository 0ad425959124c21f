//! The npm package: its own `npm run build`, from TypeScript to npm/dist.

use crate::failure::Failure;
use crate::setup::Tools;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Builds npm/dist.
pub(crate) fn build(workspace: &Workspace, tools: &Tools) -> Result<((), String), Failure> {
    let folder = workspace.path("npm");
    let stamp = Stamp::of(workspace, "npm-dist", &[], std::slice::from_ref(&folder))?;
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
