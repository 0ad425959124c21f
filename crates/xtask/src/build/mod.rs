//! `cargo xtask build`: browser file, npm package, site, and the programs.

mod browser_file;
mod forbidden;
mod function_order;
mod names;
mod npm_package;
mod shipping_flags;
mod site;
mod unspoken;
mod wide_products;

use std::path::PathBuf;
use std::time::Instant;

use crate::failure::Failure;
use crate::progress::{self, step};
use crate::run::Run;
use crate::setup::Tools;
use crate::workspace::Workspace;
use browser_file::Kind;

/// Builds everything that is out of date.
pub(crate) fn build(workspace: &Workspace, tools: &Tools) -> Result<(), Failure> {
    let start = Instant::now();
    progress::heading("Building");
    step("browser file", || {
        browser_file::build(workspace, tools, Kind::Browser)
    })?;
    step("file for the purse", || {
        browser_file::build(workspace, tools, Kind::Purse)
    })?;
    step("file for the command line", || {
        browser_file::build(workspace, tools, Kind::Publisher)
    })?;
    step("no secret-key code in the browser file", || {
        forbidden::check(workspace)
    })?;
    step("npm package", || npm_package::build(workspace, tools))?;
    step("no path of this machine in what is shipped", || {
        unspoken::check(workspace, tools)
    })?;
    step("farthing-issuer", || programs(workspace))?;
    step("The Farthing Post", || site::build(workspace, tools))?;
    progress::heading(&format!("Built in {}", progress::time(start.elapsed())));
    Ok(())
}

/// Where the programs are once they are built.
pub(crate) fn programs_folder(workspace: &Workspace) -> PathBuf {
    workspace.target().join("debug")
}

/// Cargo knows by itself what is out of date.
fn programs(workspace: &Workspace) -> Result<((), String), Failure> {
    Run::new(workspace, "cargo")
        .args(["build", "--package", "farthing-issuer"])
        .logged(&workspace.log("farthing-issuer"))?;
    Ok(((), "built".to_owned()))
}
