//! The database server of the tests. They start servers of their own with these programs, in folders of their own;
//! one that the machine runs is neither used nor started.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::run::Run;
use crate::workspace::Workspace;

/// What Debian calls it.
pub(crate) const PACKAGES: [&str; 1] = ["postgresql"];

/// Where Debian has its programs, below the version: not on the search path.
const DEBIAN: &str = "/usr/lib/postgresql";
/// The programs that the tests start.
const PROGRAMS: [&str; 4] = ["initdb", "pg_ctl", "postgres", "psql"];
const OLDEST: u32 = 14;

/// Whether nothing needs installing.
pub(crate) fn is_there() -> bool {
    folder().is_some()
}

/// Finds the server.
pub(crate) fn find(workspace: &Workspace) -> Result<((), String), Failure> {
    let advice = format!(
        "the tests of the ledger need PostgreSQL {OLDEST} or newer (Debian: sudo apt-get install {}); a server need not run",
        PACKAGES.join(" ")
    );
    let Some(folder) = folder() else {
        return Err(Failure::new(format!("no PostgreSQL found; {advice}")));
    };
    let version = Run::new(workspace, folder.join("postgres"))
        .args(["--version"])
        .read()?;
    if major(&version).is_some_and(|major| major >= OLDEST) {
        Ok(((), version))
    } else {
        Err(Failure::new(format!("found {version}; {advice}")))
    }
}

/// The folder with all its programs: one on the search path, or Debian's newest.
fn folder() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir(DEBIAN)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let version = entry.file_name().to_str()?.parse().ok()?;
            Some((version, entry.path().join("bin")))
        })
        .collect();
    debian.sort();
    let debian = debian.into_iter().rev().map(|(_, folder)| folder);
    env::split_paths(&path)
        .chain(debian)
        .find(|folder| is_whole(folder))
}

fn is_whole(folder: &Path) -> bool {
    PROGRAMS.iter().all(|name| folder.join(name).is_file())
}

/// The first number of `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major(version: &str) -> Option<u32> {
    version
        .split(' ')
        .find_map(|word| word.split('.').next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_version_is_the_first_number() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)";
        assert_eq!(major(debian), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), None);
        assert_eq!(major("postgres (PostgreSQL) 17"), Some(17));
    }
}
