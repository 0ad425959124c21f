//! Shows that nothing that is shipped names a folder of the machine it was built on.

use std::fs;

use super::shipping_flags::{first_in, machine_paths};
use crate::failure::Failure;
use crate::setup::Tools;
use crate::stamp::files;
use crate::workspace::Workspace;

const SHIPPED: [&str; 4] = ["npm/wasm", "npm/wasm-purse", "npm/wasm-seal", "npm/dist"];

/// The purse's pages, where they are built.
const PURSE: &str = "npm/wallet";

/// Fails for the first file that does.
pub(crate) fn check(workspace: &Workspace, tools: &Tools) -> Result<((), String), Failure> {
    let paths = machine_paths(workspace, &tools.wasm)?;
    let mut looked_at = 0_usize;
    for name in SHIPPED.into_iter().chain([PURSE]) {
        let folder = workspace.path(name);
        // Listed one by one, because a folder named `dist` is no input and would be passed over from above.
        let found = files(&folder)?;
        if found.is_empty() && name != PURSE {
            return Err(Failure::new(format!("{} is empty", folder.display())));
        }
        for file in found {
            let bytes = fs::read(&file).map_err(|e| Failure::at("reading", &file, &e))?;
            if let Some(path) = first_in(&paths, &bytes) {
                return Err(Failure::new(format!(
                    "{} names this machine's {}",
                    file.display(),
                    path.display()
                )));
            }
            looked_at = looked_at.saturating_add(1);
        }
    }
    Ok(((), format!("{looked_at} files looked at")))
}
