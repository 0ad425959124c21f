//! OpenSSL's headers, against which the issuer is compiled (docs/adr/0015-key-operations.md).

use std::env;

use crate::failure::Failure;
use crate::run::Run;
use crate::workspace::Workspace;

/// What Debian calls what is needed.
pub(crate) const PACKAGES: [&str; 2] = ["libssl-dev", "pkg-config"];

const OLDEST: &str = "3.0";
/// Names a folder with an OpenSSL that pkg-config does not know; the build reads it.
const FOLDER: &str = "OPENSSL_DIR";

/// Whether nothing needs installing.
pub(crate) fn is_there(workspace: &Workspace) -> bool {
    env::var_os(FOLDER).is_some() || version(workspace).is_ok()
}

/// Finds it.
pub(crate) fn find(workspace: &Workspace) -> Result<((), String), Failure> {
    if let Some(folder) = env::var_os(FOLDER) {
        return Ok(((), folder.to_string_lossy().into_owned()));
    }
    let found = version(workspace).map_err(|_| {
        Failure::new(format!(
            "the issuer needs OpenSSL {OLDEST} or newer with its headers, and pkg-config (Debian: sudo apt-get install {}); \
             or name its folder in {FOLDER}",
            PACKAGES.join(" ")
        ))
    })?;
    Ok(((), found))
}

fn version(workspace: &Workspace) -> Result<String, Failure> {
    let atleast = format!("--atleast-version={OLDEST}");
    Run::new(workspace, "pkg-config")
        .args([atleast.as_str(), "openssl"])
        .read()?;
    Run::new(workspace, "pkg-config")
        .args(["--modversion", "openssl"])
        .read()
}
