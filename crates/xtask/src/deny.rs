//! `cargo xtask deny`: the rules of deny.toml for the tree of dependencies.

use crate::failure::Failure;
use crate::run::Run;
use crate::setup;
use crate::workspace::Workspace;

/// Checks bans, licences and sources.
pub(crate) fn deny(workspace: &Workspace) -> Result<(), Failure> {
    let cargo_deny = setup::cargo_deny(workspace)?;
    Run::new(workspace, cargo_deny)
        .args([
            "--workspace",
            "--locked",
            "check",
            "bans",
            "licenses",
            "sources",
        ])
        .shown()
}
