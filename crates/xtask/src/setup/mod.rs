//! Makes a machine ready: `cargo xtask setup`, and the first thing every other command does.
//! All of it lies in target/tools, except Debian packages and rustup's own targets.

mod cargo_tool;
mod chromium;
mod debian;
mod firefox;
mod npm;
mod openssl;
mod postgres;
mod rust_target;
mod webkit;

use std::path::PathBuf;
use std::time::Instant;

pub(crate) use chromium::Chromium;
use firefox::Firefox;
pub(crate) use rust_target::WasmToolchain;

use crate::failure::Failure;
use crate::progress::{self, step};
use crate::run::{Run, on_path};
use crate::workspace::Workspace;
use debian::Debian;

const WASM_PACK: &str = "0.15.1";
const CARGO_DENY: &str = "0.20.2";
const OLDEST_NODE: u32 = 20;

/// What the other commands need to know of the machine.
#[derive(Debug)]
pub(crate) struct Tools {
    pub(crate) wasm: WasmToolchain,
    pub(crate) chromium: Chromium,
    /// There for tests.
    firefox: Option<Firefox>,
    bin: PathBuf,
}

impl Tools {
    /// A command that finds the installed tools and browser.
    pub(crate) fn run(&self, workspace: &Workspace, program: &str) -> Run {
        let run = self
            .chromium
            .name_in(Run::new(workspace, program).path_first(&self.bin));
        match &self.firefox {
            Some(firefox) => firefox.name_in(run),
            None => run,
        }
    }

    /// A command that compiles for the browser, for tests.
    pub(crate) fn run_for_wasm(&self, workspace: &Workspace, program: &str) -> Run {
        self.wasm.choose_in(self.run(workspace, program))
    }

    /// A command that compiles what is shipped, and the standard library with it.
    pub(crate) fn run_for_shipping(&self, workspace: &Workspace, program: &str) -> Run {
        self.wasm
            .choose_with_source_in(workspace, self.run(workspace, program))
    }
}

/// What the machine is made ready for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Building and running everything; that needs no database server.
    Run,
    /// The same, and the tests, which start one, and a second browser.
    Test,
    /// The same, and what only the long tests start.
    LongTest,
}

/// Installs what is missing, and finds the rest in place.
pub(crate) fn setup(workspace: &Workspace, purpose: Purpose) -> Result<Tools, Failure> {
    let start = Instant::now();
    progress::heading("Setting up");
    let debian = Debian::new();
    step("node", || check_node(workspace))?;
    let target = step("rust for wasm32", || rust_target::find(workspace))?;
    install_debian_packages(workspace, &debian, target.is_none(), purpose)?;
    let wasm = match target {
        Some(found) => found,
        None => step("rust library for wasm32", || {
            rust_target::build(workspace, &debian)
        })?,
    };
    let chromium = step("chromium", chromium::find)?;
    step("openssl", || openssl::find(workspace))?;
    let firefox = match purpose {
        Purpose::Run => None,
        Purpose::Test | Purpose::LongTest => {
            step("postgresql", || postgres::find(workspace))?;
            Some(step("firefox", firefox::find)?)
        }
    };
    if purpose == Purpose::LongTest {
        step("webkit", webkit::find)?;
    }
    let wasm_bindgen = workspace.locked_version("wasm-bindgen")?;
    step("wasm-pack", || {
        cargo_tool::ensure(workspace, "wasm-pack", WASM_PACK, true)
    })?;
    // The published lock file of this tool names a crate that is no longer to be had.
    step("wasm-bindgen", || {
        cargo_tool::ensure(workspace, "wasm-bindgen-cli", &wasm_bindgen, false)
    })?;
    cargo_tool::forget_build(workspace)?;
    for folder in npm::folders(workspace)? {
        step(&format!("npm packages of {}", folder.name()), || {
            folder.install(workspace)
        })?;
    }
    progress::heading(&format!("Set up in {}", progress::time(start.elapsed())));
    let bin = cargo_tool::bin(workspace);
    Ok(Tools {
        wasm,
        chromium,
        firefox,
        bin,
    })
}

/// Installs cargo-deny, which only the checks of a change need, and gives its path.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Result<PathBuf, Failure> {
    step("cargo-deny", || {
        cargo_tool::ensure(workspace, "cargo-deny", CARGO_DENY, true)
    })?;
    cargo_tool::forget_build(workspace)?;
    Ok(cargo_tool::bin(workspace).join("cargo-deny"))
}

/// One installation for everything that is missing, so that a person who must do it by hand does it once.
fn install_debian_packages(
    workspace: &Workspace,
    debian: &Debian,
    compiler: bool,
    purpose: Purpose,
) -> Result<(), Failure> {
    let mut wanted = Vec::new();
    if compiler {
        wanted.extend(rust_target::PACKAGES);
    }
    if !chromium::is_there() {
        wanted.extend(chromium::PACKAGES);
    }
    if !openssl::is_there(workspace) {
        wanted.extend(openssl::PACKAGES);
    }
    if purpose != Purpose::Run {
        if !postgres::is_there() {
            wanted.extend(postgres::PACKAGES);
        }
        if !firefox::is_there() {
            wanted.extend(firefox::PACKAGES);
        }
        // `cargo xtask torture slow-disk` holds up an issuer's syncs with it.
        if on_path("strace").is_none() {
            wanted.push("strace");
        }
    }
    if purpose == Purpose::LongTest && !webkit::is_there() {
        wanted.extend(webkit::PACKAGES);
    }
    let missing = debian.missing(workspace, &wanted);
    if missing.is_empty() {
        return Ok(());
    }
    step("Debian packages", || debian.install(workspace, &missing))
}

fn check_node(workspace: &Workspace) -> Result<((), String), Failure> {
    let advice = format!("Farthing needs Node {OLDEST_NODE} or newer with npm: https://nodejs.org");
    if on_path("node").is_none() || on_path("npm").is_none() {
        return Err(Failure::new(advice));
    }
    let version = Run::new(workspace, "node").args(["--version"]).read()?;
    let major = version
        .trim_start_matches('v')
        .split('.')
        .next()
        .unwrap_or_default();
    if major.parse::<u32>().is_ok_and(|major| major >= OLDEST_NODE) {
        Ok(((), version))
    } else {
        Err(Failure::new(format!("found node {version}; {advice}")))
    }
}
