//! `cargo xtask bench core|unlock`: measurements in headless Chromium, made by tests/bench.

use std::path::Path;

use crate::build::programs_folder;
use crate::failure::Failure;
use crate::setup::Tools;
use crate::workspace::Workspace;

/// What can be measured.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject {
    /// The primitives.
    Core,
    /// The purchase of an article, from navigation or press to text.
    Unlock,
}

/// Runs one of the measurements; it prints a table, and writes JSON where asked.
pub(crate) fn browser(
    workspace: &Workspace,
    tools: &Tools,
    subject: Subject,
    json: Option<&Path>,
) -> Result<(), Failure> {
    let name = match subject {
        Subject::Core => "core",
        Subject::Unlock => "unlock",
    };
    let mut run = tools
        .run(workspace, "node")
        .args(["tests/bench/run.mjs", name])
        .env("FARTHING_BIN", programs_folder(workspace));
    if let Some(file) = json {
        run = run.args(["--json".as_ref(), file.as_os_str()]);
    }
    run.shown()
}
