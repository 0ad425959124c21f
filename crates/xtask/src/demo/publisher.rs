//! The publisher of the demo: The Farthing Post, sealed by the command line tool of the npm package.

use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::run::Run;
use crate::setup::Tools;
use crate::stamp::Stamp;
use crate::workspace::{Workspace, remove_folder};

/// A publisher with a folder of its own for keys, and its site.
#[derive(Debug)]
pub(crate) struct Publisher<'a> {
    workspace: &'a Workspace,
    tools: &'a Tools,
    state: &'a Path,
    origin: String,
    issuer: String,
}

impl<'a> Publisher<'a> {
    pub(crate) const fn new(
        workspace: &'a Workspace,
        tools: &'a Tools,
        state: &'a Path,
        origin: String,
        issuer: String,
    ) -> Self {
        Self {
            workspace,
            tools,
            state,
            origin,
            issuer,
        }
    }

    pub(crate) fn site(&self) -> PathBuf {
        self.state.join("site")
    }

    /// Makes the publisher's keys, unless an earlier demo did: readers hold receipts that name them.
    pub(crate) fn keys(&self) -> Result<((), String), Failure> {
        let keys = self.keys_folder();
        if keys.join("farthing.json").is_file() {
            return Ok(((), "as the last demo left them".to_owned()));
        }
        remove_folder(&self.site())?;
        self.tool()
            .args(["keys", "--origin", &self.origin, "--issuer", &self.issuer])
            .args(["--name", "The Farthing Post", "--out"])
            .args([&keys])
            .read()?;
        Ok(((), keys.display().to_string()))
    }

    /// Builds the newspaper for this address and seals what is for sale. An unchanged one is left as it is,
    /// because a new seal is a new version of every article, which nobody has bought.
    pub(crate) fn seal(&self) -> Result<((), String), Failure> {
        let inputs = ["demo-site", "npm/dist", "npm/wasm", "npm/wasm-seal"]
            .map(|path| self.workspace.path(path));
        let place = self.site().display().to_string();
        let words = [place.as_str(), &self.origin, &self.issuer];
        let stamp = Stamp::of(self.workspace, &self.step(), &words, &inputs)?;
        if stamp.is_current(&[self.site().join("index.html")]) {
            return Ok(((), "unchanged".to_owned()));
        }
        self.tools
            .run(self.workspace, "node")
            .args(["demo-site/build.mjs", &place, "--origin", &self.origin])
            .read()?;
        let said = self
            .tool()
            .args(["seal", &place, "--purse", "--offline", "--keys"])
            .args([self.keys_folder()])
            .read()?;
        stamp.keep()?;
        Ok(((), said.lines().next_back().unwrap_or(&place).to_owned()))
    }

    fn keys_folder(&self) -> PathBuf {
        self.state.join("publisher")
    }

    /// One stamp for each place.
    fn step(&self) -> String {
        let name = self.state.file_name().unwrap_or_default().to_string_lossy();
        format!("seal-{name}")
    }

    fn tool(&self) -> Run {
        self.tools
            .run(self.workspace, "node")
            .args(["npm/dist/cli.js"])
    }
}
