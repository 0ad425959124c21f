//! The Rust standard library for wasm32 and its source: rustup's, or, where rustup cannot reach its server,
//! Debian's Rust source with a library built from it by Debian's compiler, which is then used for this target only.
//! The tests use the library; the files that are shipped are built together with it, from source.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::debian::Debian;
use crate::failure::Failure;
use crate::progress;
use crate::run::{Run, native_toolchain};
use crate::workspace::{Workspace, copy, make_folder, remove_folder, write};

/// What Debian calls the compiler and its library's source.
pub(crate) const PACKAGES: [&str; 2] = ["rustc-web", "rust-web-src"];

const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const DEBIAN_LIBRARY: &str = "/usr/lib/rustlib";
/// The file by which cargo knows the source of the standard library, from a toolchain's folder.
const SOURCE: &str = "lib/rustlib/src/rust/library/Cargo.lock";
/// A download that has not ended by then will not.
const DOWNLOAD: Duration = Duration::from_secs(180);
/// The form of the folder built here: an older one is built again.
const FORM: &str = "with source";
/// Set to `debian`, takes the second way even where rustup has the target: to try it.
const CHOICE: &str = "FARTHING_RUST_FOR_WASM";

/// A compiler with a standard library for wasm32.
#[derive(Debug)]
pub(crate) enum WasmToolchain {
    /// The developer's own.
    Rustup,
    /// Debian's compiler with the library built here.
    Built {
        /// A toolchain folder as rustup expects one.
        folder: PathBuf,
        linker: PathBuf,
    },
}

impl WasmToolchain {
    /// Makes a command compile with this toolchain, into a target folder that no other compiler uses.
    pub(crate) fn choose_in(&self, run: Run) -> Run {
        match self {
            Self::Rustup => run,
            Self::Built { folder, linker } => run
                .env("RUSTUP_TOOLCHAIN", folder)
                .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
                .env("CARGO_TARGET_DIR", folder.join("target")),
        }
    }

    /// Makes a command compile the standard library together with the crate. Cargo has had that for years, but not yet
    /// as a stable feature; hence the variable. Build scripts see it too, so the results have a folder of their own.
    pub(crate) fn choose_with_source_in(&self, workspace: &Workspace, run: Run) -> Run {
        self.choose_in(run)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("CARGO_TARGET_DIR", workspace.target().join("wasm"))
    }

    /// Where the compiler looks for its libraries and their source.
    pub(crate) fn sysroot(&self, workspace: &Workspace) -> Result<PathBuf, Failure> {
        self.choose_in(Run::new(workspace, "rustc"))
            .args(["--print", "sysroot"])
            .read()
            .map(PathBuf::from)
    }

    /// Words that change when the compiler does.
    pub(crate) fn version(&self, workspace: &Workspace) -> Result<String, Failure> {
        self.choose_in(Run::new(workspace, "rustc"))
            .args(["-vV"])
            .read()
    }
}

/// What there is without building: `None` means that Debian's packages are needed.
pub(crate) fn find(workspace: &Workspace) -> Result<(Option<WasmToolchain>, String), Failure> {
    let debian_only = std::env::var_os(CHOICE).is_some_and(|choice| choice == "debian");
    if !debian_only && rustup_has_library(workspace) && rustup_has_source(workspace) {
        return Ok((Some(WasmToolchain::Rustup), "rustup's".to_owned()));
    }
    let built = folder(workspace);
    if let (Ok(key), Ok(kept)) = (key(workspace), fs::read_to_string(built.join("key")))
        && key == kept
    {
        let linker = PathBuf::from(fs::read_to_string(built.join("linker")).unwrap_or_default());
        if linker.is_file() {
            let found = WasmToolchain::Built {
                folder: built,
                linker,
            };
            return Ok((Some(found), "built here before".to_owned()));
        }
    }
    if !debian_only && added_by_rustup(workspace) {
        return Ok((Some(WasmToolchain::Rustup), "added by rustup".to_owned()));
    }
    Ok((
        None,
        "rustup cannot get it here; it will be built from Debian's source".to_owned(),
    ))
}

/// Builds the library and puts a toolchain folder around it.
pub(crate) fn build(
    workspace: &Workspace,
    debian: &Debian,
) -> Result<(WasmToolchain, String), Failure> {
    let [compiler, source] = PACKAGES.map(|package| debian.version(workspace, package));
    if compiler? != source? {
        return Err(Failure::new(format!(
            "{} are of different versions; please run: sudo apt-get install {}",
            PACKAGES.join(" and "),
            PACKAGES.join(" ")
        )));
    }
    let linker = linker(workspace, debian)?;
    let folder = folder(workspace);
    remove_folder(&folder)?;
    let library = compile(workspace, &folder.join("scratch"), &linker)?;
    assemble(workspace, &folder, &library)?;
    remove_folder(&folder.join("scratch"))?;
    write(
        &folder.join("linker"),
        linker.as_os_str().as_encoded_bytes(),
    )?;
    // Last, because its presence says that all the rest is there.
    write(&folder.join("key"), key(workspace)?)?;
    Ok((
        WasmToolchain::Built { folder, linker },
        "built from Debian's source".to_owned(),
    ))
}

/// Asks rustup for what is missing.
fn added_by_rustup(workspace: &Workspace) -> bool {
    let add = |what: &'static str, name: &'static str| {
        let mut args = vec![what.into(), "add".into(), name.into()];
        if let Some(toolchain) = native_toolchain() {
            args.extend(["--toolchain".into(), toolchain]);
        }
        Run::new(workspace, "rustup")
            .args(args)
            .within(DOWNLOAD)
            .logged(&workspace.log(&format!("rustup-{what}-add")))
            .is_ok()
    };
    (rustup_has_library(workspace) || add("target", TARGET) && rustup_has_library(workspace))
        && (rustup_has_source(workspace)
            || add("component", "rust-src") && rustup_has_source(workspace))
}

fn rustup_has_source(workspace: &Workspace) -> bool {
    Run::new(workspace, "rustc")
        .args(["--print", "sysroot"])
        .read()
        .is_ok_and(|sysroot| Path::new(&sysroot).join(SOURCE).is_file())
}

fn rustup_has_library(workspace: &Workspace) -> bool {
    Run::new(workspace, "rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .read()
        .is_ok_and(|folder| holds_std(Path::new(&folder)))
}

fn holds_std(folder: &Path) -> bool {
    fs::read_dir(folder).is_ok_and(|mut entries| {
        entries.any(|entry| {
            entry.is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
        })
    })
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.tools().join("rust-for-wasm")
}

/// A security update may change the compiler at any time, and the library then no longer fits.
fn key(workspace: &Workspace) -> Result<String, Failure> {
    Ok(format!("{FORM}\n{}", debian_version(workspace)?))
}

fn debian_version(workspace: &Workspace) -> Result<String, Failure> {
    Run::new(workspace, DEBIAN_RUSTC).args(["-vV"]).read()
}

/// Rustup's linker, unless it is older than the compiler whose object files it would read.
fn linker(workspace: &Workspace, debian: &Debian) -> Result<PathBuf, Failure> {
    let native = Run::new(workspace, "rustc").args(["-vV"]).read()?;
    let needed = llvm(&debian_version(workspace)?)?;
    let host = field(&native, "host: ")?;
    let sysroot = Run::new(workspace, "rustc")
        .args(["--print", "sysroot"])
        .read()?;
    let own = Path::new(&sysroot)
        .join("lib/rustlib")
        .join(host)
        .join("bin/rust-lld");
    if llvm(&native)? >= needed && own.is_file() {
        return Ok(own);
    }
    let package = format!("lld-{needed}");
    if !debian.missing(workspace, &[&package]).is_empty() {
        debian.install(workspace, &[&package])?;
    }
    Ok(PathBuf::from(format!("/usr/lib/llvm-{needed}/bin/wasm-ld")))
}

/// Compiles the library for an empty crate, and gives the folder of what came out.
fn compile(workspace: &Workspace, scratch: &Path, linker: &Path) -> Result<PathBuf, Failure> {
    // A workspace of its own, because it lies inside another.
    let manifest = "[package]\nname = \"scratch\"\nedition = \"2024\"\n\n[workspace]\n";
    write(&scratch.join("Cargo.toml"), manifest)?;
    write(&scratch.join("src/lib.rs"), "")?;
    progress::note("building the standard library, about a minute");
    Run::new(workspace, "cargo")
        .args(["build", "--release", "--target", TARGET])
        // `test` is there for the tests that run in the browser.
        .args(["-Z", "build-std=std,panic_abort,test,proc_macro"])
        .folder(scratch)
        .env("RUSTC", DEBIAN_RUSTC)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
        .env("CARGO_TARGET_DIR", scratch.join("target"))
        .logged(&workspace.log("rust-for-wasm"))?;
    Ok(scratch.join("target").join(TARGET).join("release/deps"))
}

/// A folder that rustup, cargo and wasm-pack take for a toolchain with this target.
fn assemble(workspace: &Workspace, folder: &Path, library: &Path) -> Result<(), Failure> {
    let targets = folder.join("lib/rustlib");
    let place = targets.join(TARGET).join("lib");
    make_folder(&place)?;
    let entries = fs::read_dir(library).map_err(|e| Failure::at("reading", library, &e))?;
    for file in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = file
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libscratch") {
            copy(&file, &place.join(name))?;
        }
    }
    if !holds_std(&place) {
        return Err(Failure::new(
            "the standard library was compiled, but is not among the results",
        ));
    }
    let version = debian_version(workspace)?;
    let host = field(&version, "host: ")?;
    link(&Path::new(DEBIAN_LIBRARY).join(host), &targets.join(host))?;
    link(&Path::new(DEBIAN_LIBRARY).join("src"), &targets.join("src"))?;
    if !folder.join(SOURCE).is_file() {
        return Err(Failure::new(format!(
            "{} is not what it was: it has no source of the standard library",
            PACKAGES[1]
        )));
    }
    let cargo = Run::new(workspace, "rustup")
        .args(["which", "cargo"])
        .read()?;
    make_folder(&folder.join("bin"))?;
    link(Path::new(&cargo), &folder.join("bin/cargo"))?;
    let rustc = folder.join("bin/rustc");
    let script = format!(
        "#!/bin/sh\nexec {DEBIAN_RUSTC} --sysroot \"$(dirname \"$(dirname \"$0\")\")\" \"$@\"\n"
    );
    write(&rustc, script)?;
    executable(&rustc)
}

/// The part of `rustc -vV` after a label.
fn field<'a>(version: &'a str, label: &str) -> Result<&'a str, Failure> {
    version
        .lines()
        .find_map(|line| line.strip_prefix(label))
        .ok_or_else(|| Failure::new(format!("`rustc -vV` says nothing about `{label}`")))
}

/// The major version of the LLVM in a compiler.
fn llvm(version: &str) -> Result<u32, Failure> {
    let words = field(version, "LLVM version: ")?;
    let major = words.split('.').next().unwrap_or_default();
    major
        .parse()
        .map_err(|_| Failure::new(format!("`{words}` is no LLVM version")))
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> Result<(), Failure> {
    std::os::unix::fs::symlink(to, at).map_err(|e| Failure::at("linking", at, &e))
}

#[cfg(unix)]
fn executable(file: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o755))
        .map_err(|e| Failure::at("making executable", file, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSION: &str = "rustc 1.96.0\nhost: x86_64-unknown-linux-gnu\nLLVM version: 22.1.2";

    #[test]
    fn the_version_gives_host_and_llvm() {
        assert_eq!(
            field(VERSION, "host: ").unwrap(),
            "x86_64-unknown-linux-gnu"
        );
        assert_eq!(llvm(VERSION).unwrap(), 22);
        assert!(llvm("rustc 1.96.0").is_err());
    }
}
