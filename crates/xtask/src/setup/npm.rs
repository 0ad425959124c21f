//! The npm packages that lock files name, installed where each lock file is.

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::run::Run;
use crate::stamp::Stamp;
use crate::workspace::{Workspace, read};

/// A folder with packages to install.
#[derive(Debug)]
pub(crate) struct Folder {
    name: String,
    path: PathBuf,
}

/// The folders that ask for packages: the npm package, the site, and each folder of tests.
pub(crate) fn folders(workspace: &Workspace) -> Result<Vec<Folder>, Failure> {
    let mut names = vec!["npm".to_owned(), "demo-site".to_owned()];
    if let Ok(entries) = fs::read_dir(workspace.path("tests")) {
        let mut tests: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .map(|name| format!("tests/{name}"))
            .collect();
        tests.sort();
        names.extend(tests);
    }
    let mut found = Vec::new();
    for name in names {
        let path = workspace.path(&name);
        if path.join("package-lock.json").is_file() {
            found.push(Folder { name, path });
        } else if path.join("package.json").is_file()
            && read(&path.join("package.json"))?.contains("ependencies\"")
        {
            return Err(Failure::new(format!(
                "{name}/package.json has dependencies but no package-lock.json; make one with `npm install` there"
            )));
        }
    }
    Ok(found)
}

impl Folder {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Installs exactly what the lock file says, without running any package's own scripts.
    pub(crate) fn install(&self, workspace: &Workspace) -> Result<((), String), Failure> {
        let step = format!("npm-{}", self.name.replace('/', "-"));
        let inputs = ["package.json", "package-lock.json"].map(|name| self.path.join(name));
        let stamp = Stamp::of(workspace, &step, &[], &inputs)?;
        // npm writes this one last, so that an installation broken off is seen.
        let made = [self.path.join("node_modules/.package-lock.json")];
        if stamp.is_current(&made) {
            return Ok(((), "in place".to_owned()));
        }
        Run::new(workspace, "npm")
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
            .folder(&self.path)
            .logged(&workspace.log(&step))?;
        stamp.keep()?;
        Ok(((), "installed".to_owned()))
    }
}
