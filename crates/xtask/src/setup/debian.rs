//! Debian packages: installed by root, named to anybody else.

use std::cell::Cell;

use crate::failure::Failure;
use crate::progress;
use crate::run::{Run, on_path};
use crate::workspace::Workspace;

/// The machine's package manager, where it has this one.
#[derive(Debug)]
pub(crate) struct Debian {
    present: bool,
    updated: Cell<bool>,
}

impl Debian {
    pub(crate) fn new() -> Self {
        let present = on_path("apt-get").is_some() && on_path("dpkg-query").is_some();
        Self {
            present,
            updated: Cell::new(false),
        }
    }

    /// Those packages that are not installed; all of them on a machine that is not Debian's.
    pub(crate) fn missing<'a>(&self, workspace: &Workspace, wanted: &[&'a str]) -> Vec<&'a str> {
        let there = |package: &str| {
            self.present
                && Run::new(workspace, "dpkg-query")
                    .args(["-W", "-f=${db:Status-Status}", package])
                    .read()
                    .is_ok_and(|status| status == "installed")
        };
        wanted
            .iter()
            .copied()
            .filter(|package| !there(package))
            .collect()
    }

    /// The version of an installed package.
    pub(crate) fn version(&self, workspace: &Workspace, package: &str) -> Result<String, Failure> {
        Run::new(workspace, "dpkg-query")
            .args(["-W", "-f=${Version}", package])
            .read()
    }

    /// Installs packages, or says how the person can.
    pub(crate) fn install(
        &self,
        workspace: &Workspace,
        packages: &[&str],
    ) -> Result<((), String), Failure> {
        let names = packages.join(" ");
        if !self.present {
            return Err(Failure::new(format!(
                "this machine is missing what Debian calls {names}; install the like of it with your system's \
                 package manager, or, for the Rust target alone, run: rustup target add wasm32-unknown-unknown"
            )));
        }
        if Run::new(workspace, "id").args(["-u"]).read()? != "0" {
            return Err(Failure::new(format!(
                "some system packages are missing; please run\n\n    sudo apt-get update && \
                 sudo apt-get install -y --no-install-recommends {names}\n\nand then this command again"
            )));
        }
        progress::note(&format!("installing {names}"));
        if !self.updated.replace(true) {
            self.apt_get(workspace, "apt-update", &["update"])?;
        }
        let mut args = vec!["install", "-y", "--no-install-recommends"];
        args.extend(packages);
        self.apt_get(workspace, "apt-install", &args)?;
        Ok(((), names))
    }

    fn apt_get(&self, workspace: &Workspace, log: &str, args: &[&str]) -> Result<(), Failure> {
        Run::new(workspace, "apt-get")
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .logged(&workspace.log(log))
    }
}
