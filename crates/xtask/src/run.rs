//! Child processes, each with an environment of its own: what the outer `cargo run` set for this
//! program (toolchain, package, library path) must not reach the cargo, rustc or node below it.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::interrupt;
use crate::progress;
use crate::workspace::{Workspace, make_folder};

const POLL: Duration = Duration::from_millis(50);
/// How long a child that is asked to end may take to finish what it is doing.
const FAREWELL: Duration = Duration::from_secs(5);

/// A command about to run.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    limit: Option<Duration>,
}

impl Run {
    /// A program in the root of the checkout, with the developer's own toolchain and the one target folder.
    pub(crate) fn new(workspace: &Workspace, program: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(program);
        command.current_dir(workspace.root());
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(set_by_cargo) {
                command.env_remove(name);
            }
        }
        if let Some(path) = env::var_os("LD_LIBRARY_PATH") {
            command.env("LD_LIBRARY_PATH", without_toolchains(&path, workspace));
        }
        command.env("CARGO_TARGET_DIR", workspace.target());
        if let Some(toolchain) = native_toolchain() {
            command.env("RUSTUP_TOOLCHAIN", toolchain);
        }
        Self {
            command,
            limit: None,
        }
    }

    pub(crate) fn args<S: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Puts a folder in front of the search path.
    pub(crate) fn path_first(self, folder: &Path) -> Self {
        let mut folders = vec![folder.to_path_buf()];
        folders.extend(env::var_os("PATH").iter().flat_map(env::split_paths));
        // Joining fails only for a folder with `:` in its name; the search path then stays as it was.
        match env::join_paths(folders) {
            Ok(path) => self.env("PATH", path),
            Err(_) => self,
        }
    }

    /// Ends the child after so long; it then counts as failed.
    pub(crate) const fn within(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// Runs with this terminal as the child's.
    pub(crate) fn shown(mut self) -> Result<(), Failure> {
        let mut child = self.command.spawn().map_err(|e| self.not_started(&e))?;
        let status = self.wait(&mut child, |_| ())?;
        self.judge(status, "")
    }

    /// Runs with all output in a file, of which the last line is shown now and then.
    pub(crate) fn logged(mut self, log: &Path) -> Result<(), Failure> {
        if let Some(folder) = log.parent() {
            make_folder(folder)?;
        }
        let file = File::create(log).map_err(|e| Failure::at("writing", log, &e))?;
        let twin = file
            .try_clone()
            .map_err(|e| Failure::at("writing", log, &e))?;
        self.command.stdin(Stdio::null()).stdout(file).stderr(twin);
        let mut child = self.command.spawn().map_err(|e| self.not_started(&e))?;
        let status = self.wait(&mut child, |passed| progress::still_running(passed, log))?;
        self.judge(status, &progress::end_of(log))
    }

    /// Runs unseen and gives what it wrote, without white space at the ends.
    pub(crate) fn read(mut self) -> Result<String, Failure> {
        let output = self
            .command
            .stdin(Stdio::null())
            .output()
            .map_err(|e| self.not_started(&e))?;
        self.judge(output.status, &String::from_utf8_lossy(&output.stderr))?;
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    }

    /// Starts a child that outlives this call; its output goes to a file.
    pub(crate) fn start(mut self, log: &Path) -> Result<Child, Failure> {
        if let Some(folder) = log.parent() {
            make_folder(folder)?;
        }
        let file = File::create(log).map_err(|e| Failure::at("writing", log, &e))?;
        let twin = file
            .try_clone()
            .map_err(|e| Failure::at("writing", log, &e))?;
        self.command.stdin(Stdio::null()).stdout(file).stderr(twin);
        self.command.spawn().map_err(|e| self.not_started(&e))
    }

    fn wait(&self, child: &mut Child, tick: impl Fn(Duration)) -> Result<ExitStatus, Failure> {
        let start = Instant::now();
        loop {
            match child.try_wait() {
                Ok(Some(status)) => return Ok(status),
                Ok(None) => {}
                Err(e) => return Err(self.not_started(&e)),
            }
            let passed = start.elapsed();
            if interrupt::heard() || self.limit.is_some_and(|limit| passed > limit) {
                end(child);
                return Err(Failure::new(format!(
                    "`{}` was ended after {}",
                    self.line(),
                    progress::time(passed)
                )));
            }
            tick(passed);
            thread::sleep(POLL);
        }
    }

    fn judge(&self, status: ExitStatus, said: &str) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        let said = said.trim();
        let gap = if said.is_empty() { "" } else { "\n" };
        Err(Failure::new(format!(
            "`{}` failed ({status}){gap}{said}",
            self.line()
        )))
    }

    fn not_started(&self, error: &std::io::Error) -> Failure {
        Failure::new(format!("`{}` could not be run: {error}", self.line()))
    }

    /// The command as one would type it.
    fn line(&self) -> String {
        let words: Vec<_> = std::iter::once(self.command.get_program())
            .chain(self.command.get_args())
            .map(OsStr::to_string_lossy)
            .collect();
        words.join(" ")
    }
}

/// Ends a child: asked first, so that it ends its own children and closes its files.
pub(crate) fn end(child: &mut Child) {
    let asked = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status();
    let start = Instant::now();
    while asked.as_ref().is_ok_and(ExitStatus::success) && start.elapsed() < FAREWELL {
        if matches!(child.try_wait(), Ok(Some(_))) {
            return;
        }
        thread::sleep(POLL);
    }
    // It may have ended in this moment, which is what is wanted.
    let _ = child.kill();
    let _ = child.wait();
}

/// The toolchain that the person runs `cargo xtask` with: `cargo +NAME xtask` keeps its meaning.
pub(crate) fn native_toolchain() -> Option<OsString> {
    env::var_os("RUSTUP_TOOLCHAIN")
}

/// The first folder of the search path that holds a program of this name.
pub(crate) fn on_path(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

fn set_by_cargo(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "CARGO",
        "CARGO_BIN_NAME",
        "CARGO_BUILD_TARGET",
        "CARGO_BUILD_TARGET_DIR",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "CARGO_TARGET_DIR",
        "CARGO_TARGET_TMPDIR",
        "RUSTC",
        "RUSTDOC",
        "RUSTUP_TOOLCHAIN",
        "RUST_RECURSION_COUNT",
    ];
    NAMES.contains(&name) || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_BIN_EXE_")
}

/// `cargo run` puts its own toolchain's libraries first, where another compiler would find them.
fn without_toolchains(path: &OsStr, workspace: &Workspace) -> OsString {
    let kept = env::split_paths(path).filter(|folder| {
        let rustup = folder
            .components()
            .any(|part| part.as_os_str() == "toolchains");
        !rustup && !folder.starts_with(workspace.target())
    });
    env::join_paths(kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace() -> Workspace {
        Workspace::find().unwrap()
    }

    #[test]
    fn a_child_sees_nothing_of_the_outer_cargo() {
        // `cargo test` sets CARGO_PKG_NAME for this process, so the child would inherit it.
        assert!(env::var_os("CARGO_PKG_NAME").is_some());
        let seen = Run::new(&workspace(), "env").read().unwrap();
        assert!(seen.contains("CARGO_TARGET_DIR="));
        assert!(!seen.lines().any(|line| line.starts_with("CARGO_PKG_NAME=")));
        assert!(
            !seen
                .lines()
                .any(|line| line.starts_with("CARGO_MANIFEST_DIR="))
        );
    }

    #[test]
    fn a_failing_child_is_a_failure_that_names_it() {
        let failure = Run::new(&workspace(), "sh")
            .args(["-c", "echo broken pipe organ >&2; exit 3"])
            .read()
            .unwrap_err()
            .to_string();
        assert!(failure.contains("exit status: 3") && failure.contains("broken pipe organ"));
    }

    #[test]
    fn a_child_that_hangs_is_ended() {
        let start = Instant::now();
        let failure = Run::new(&workspace(), "sleep")
            .args(["30"])
            .within(Duration::from_millis(200))
            .shown()
            .unwrap_err();
        assert!(failure.to_string().contains("was ended after"));
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}
