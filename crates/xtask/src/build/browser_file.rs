//! The WebAssembly of crates/wasm: once for the browser, and once more with the publisher's code for the
//! command line tool in Node. Both are built for the web target: Node gives such a module its bytes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::setup::Tools;
use crate::stamp::Stamp;
use crate::workspace::{Workspace, copy, make_folder, remove_folder};

/// The file whose size is limited, from the root of the checkout.
pub(crate) const BROWSER_FILE: &str = "npm/wasm/farthing_bg.wasm";

const NAME: &str = "farthing";
const WASM: &str = "farthing_bg.wasm";
/// What goes beside the optimised file.
const GLUE: [&str; 3] = ["farthing.js", "farthing.d.ts", "farthing_bg.wasm.d.ts"];

/// Which proposals the compiler's output may use; all are in every browser since 2022.
const WASM_OPT: [&str; 7] = [
    // The compiler optimised for size; this gives most of the speed back for about a kilobyte.
    "-O3",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-reference-types",
    "--enable-mutable-globals",
    "--enable-multivalue",
];

/// For whom the file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Readers: no secret-key code of issuers and publishers.
    Browser,
    /// The command line tool that seals.
    Publisher,
}

impl Kind {
    const fn folder(self) -> &'static str {
        match self {
            Self::Browser => "npm/wasm",
            Self::Publisher => "npm/wasm-seal",
        }
    }

    const fn step(self) -> &'static str {
        match self {
            Self::Browser => "wasm-browser",
            Self::Publisher => "wasm-publisher",
        }
    }

    const fn features(self) -> &'static [&'static str] {
        match self {
            Self::Browser => &[],
            Self::Publisher => &["--features", "publisher"],
        }
    }
}

/// The file as wasm-bindgen left it, with the names of its functions.
pub(crate) fn named_file(workspace: &Workspace, kind: Kind) -> PathBuf {
    raw_folder(workspace, kind).join(WASM)
}

/// Builds one of the two.
pub(crate) fn build(
    workspace: &Workspace,
    tools: &Tools,
    kind: Kind,
) -> Result<((), String), Failure> {
    let folder = workspace.path(kind.folder());
    let mut made: Vec<PathBuf> = GLUE.iter().map(|name| folder.join(name)).collect();
    made.extend([folder.join(WASM), named_file(workspace, kind)]);
    let stamp = stamp(workspace, tools, kind)?;
    if !stamp.is_current(&made) {
        compile(workspace, tools, kind)?;
        make_folder(&folder)?;
        optimise(
            workspace,
            tools,
            &named_file(workspace, kind),
            &folder.join(WASM),
            kind,
        )?;
        for name in GLUE {
            copy(&raw_folder(workspace, kind).join(name), &folder.join(name))?;
        }
        stamp.keep()?;
    }
    let file = folder.join(WASM);
    let size = fs::metadata(&file)
        .map_err(|e| Failure::at("reading", &file, &e))?
        .len();
    Ok(((), format!("{} KB in {}", size / 1000, kind.folder())))
}

fn stamp(workspace: &Workspace, tools: &Tools, kind: Kind) -> Result<Stamp, Failure> {
    let inputs = [
        "Cargo.toml",
        "Cargo.lock",
        "crates/core/Cargo.toml",
        "crates/core/src",
        "crates/wasm/Cargo.toml",
        "crates/wasm/src",
        "npm/package-lock.json",
    ]
    .map(|path| workspace.path(path));
    let compiler = tools.wasm.version(workspace)?;
    let mut words = vec![compiler.as_str()];
    words.extend(WASM_OPT);
    words.extend(kind.features());
    Stamp::of(workspace, kind.step(), &words, &inputs)
}

fn compile(workspace: &Workspace, tools: &Tools, kind: Kind) -> Result<(), Failure> {
    let out = raw_folder(workspace, kind);
    remove_folder(&out)?;
    let mut run = tools
        .run_for_wasm(workspace, "wasm-pack")
        .args([
            "build",
            "crates/wasm",
            "--target",
            "web",
            "--profile",
            "wasm",
        ])
        .args([
            "--mode",
            "no-install",
            "--no-pack",
            "--no-opt",
            "--out-name",
            NAME,
            "--out-dir",
        ])
        .args([&out]);
    if !kind.features().is_empty() {
        run = run.args(["--"]).args(kind.features());
    }
    run.logged(&workspace.log(kind.step()))
}

fn optimise(
    workspace: &Workspace,
    tools: &Tools,
    from: &Path,
    to: &Path,
    kind: Kind,
) -> Result<(), Failure> {
    let program = workspace.path("npm/node_modules/binaryen/bin/wasm-opt");
    if !program.is_file() {
        return Err(Failure::new(
            "npm/package.json does not name `binaryen`, which holds wasm-opt",
        ));
    }
    tools
        .run(workspace, "node")
        .args([&program])
        .args(WASM_OPT)
        .args([from.as_os_str(), "-o".as_ref(), to.as_os_str()])
        .logged(&workspace.log(&format!("{}-opt", kind.step())))
}

fn raw_folder(workspace: &Workspace, kind: Kind) -> PathBuf {
    workspace.target().join("wasm-pack").join(kind.step())
}
