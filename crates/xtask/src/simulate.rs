//! `cargo xtask simulate`: more random runs of tests/simulation than a test has time for.

use crate::failure::Failure;
use crate::run::Run;
use crate::workspace::Workspace;

/// Builds the simulation as it runs fastest, and hands over to it.
pub(crate) fn simulate(workspace: &Workspace, words: &[&str]) -> Result<(), Failure> {
    Run::new(workspace, "cargo")
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "farthing-simulation",
            "--",
        ])
        .args(words)
        .shown()
}
