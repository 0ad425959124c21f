//! The Farthing Post, as plain files not yet sealed: demo-site/dist.

use crate::failure::Failure;
use crate::setup::Tools;
use crate::stamp::Stamp;
use crate::workspace::Workspace;

/// Where the built site is, from the root of the checkout.
const SITE: &str = "demo-site/dist";

/// Builds demo-site/dist.
pub(crate) fn build(workspace: &Workspace, tools: &Tools) -> Result<((), String), Failure> {
    let inputs = ["demo-site", "npm/dist", "npm/wasm"].map(|path| workspace.path(path));
    let stamp = Stamp::of(workspace, "site", &[], &inputs)?;
    let made = [workspace.path(SITE)];
    if stamp.is_current(&made) {
        return Ok(((), "unchanged".to_owned()));
    }
    tools
        .run(workspace, "node")
        .args(["demo-site/build.mjs"])
        .logged(&workspace.log("site"))?;
    if !made.iter().all(|path| path.is_dir()) {
        return Err(Failure::new(format!("demo-site/build.mjs left no {SITE}")));
    }
    stamp.keep()?;
    Ok(((), "built".to_owned()))
}
