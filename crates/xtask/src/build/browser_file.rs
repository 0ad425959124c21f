//! The WebAssembly of crates/wasm: once for the page, once more with what only a purse does, and once with the publisher's
//! code for the command line tool in Node. All are built for the web target: Node gives such a module its bytes.

use std::fs;
use std::path::{Path, PathBuf};

use super::function_order::reorder;
use super::shipping_flags::shipping_flags;
use super::wide_products::inline_wide_products;
use crate::failure::Failure;
use crate::setup::Tools;
use crate::stamp::Stamp;
use crate::workspace::{Workspace, copy, make_folder, remove_folder, write};

/// How wasm-opt makes of the compiler's small code a fast one (docs/adr/0003-wasm-size.md).
const WASM_OPT: [&str; 13] = [
    "-O3",
    "--converge",
    // Moving a large function into its only caller saves a few bytes, but makes code that gzip finds little to repeat in:
    // without it, the file is larger before compression and 6 % smaller after.
    "--one-caller-inline-max-function-size=0",
    // The memory is the file's own, so it starts as zeros.
    "--zero-filled-memory",
    // The lowest 1 KB is the far end of the stack, with the data above it: no address is counted round to it.
    "--low-memory-unused",
    "--strip-producers",
    "--strip-target-features",
    // What the compiler's output may use; all of it is in every browser since 2022.
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
    /// The purse's pages, and a pocket that returns or renews what it holds.
    Purse,
    /// The command line tool that seals.
    Publisher,
}

impl Kind {
    const fn folder(self) -> &'static str {
        match self {
            Self::Browser => "npm/wasm",
            Self::Purse => "npm/wasm-purse",
            Self::Publisher => "npm/wasm-seal",
        }
    }

    const fn step(self) -> &'static str {
        match self {
            Self::Browser => "wasm-browser",
            Self::Purse => "wasm-purse",
            Self::Publisher => "wasm-publisher",
        }
    }

    /// How the files are called.
    const fn name(self) -> &'static str {
        match self {
            Self::Browser | Self::Publisher => "farthing",
            Self::Purse => "farthing_purse",
        }
    }

    fn wasm(self) -> String {
        format!("{}_bg.wasm", self.name())
    }

    /// What goes beside the optimised file.
    fn glue(self) -> [String; 3] {
        ["js", "d.ts", "wasm.d.ts"].map(|ending| match ending {
            "wasm.d.ts" => format!("{}_bg.{ending}", self.name()),
            _ => format!("{}.{ending}", self.name()),
        })
    }

    const fn features(self) -> &'static [&'static str] {
        match self {
            Self::Browser => &[],
            Self::Purse => &["--features", "purse"],
            Self::Publisher => &["--features", "publisher"],
        }
    }
}

/// The file as wasm-bindgen left it, with the names of its functions.
pub(crate) fn named_file(workspace: &Workspace, kind: Kind) -> PathBuf {
    raw_folder(workspace, kind).join(kind.wasm())
}

/// Builds one of the three.
pub(crate) fn build(
    workspace: &Workspace,
    tools: &Tools,
    kind: Kind,
) -> Result<((), String), Failure> {
    let folder = workspace.path(kind.folder());
    let file = folder.join(kind.wasm());
    let mut made: Vec<PathBuf> = kind.glue().iter().map(|name| folder.join(name)).collect();
    made.extend([file.clone(), named_file(workspace, kind)]);
    let stamp = stamp(workspace, tools, kind)?;
    if !stamp.is_current(&made) {
        compile(workspace, tools, kind)?;
        make_folder(&folder)?;
        optimise(workspace, tools, &named_file(workspace, kind), &file, kind)?;
        for name in kind.glue() {
            copy(
                &raw_folder(workspace, kind).join(&name),
                &folder.join(&name),
            )?;
        }
        stamp.keep()?;
    }
    let size = fs::metadata(&file)
        .map_err(|e| Failure::at("reading", &file, &e))?
        .len();
    Ok(((), format!("{} KB in {}", size / 1024, kind.folder())))
}

fn stamp(workspace: &Workspace, tools: &Tools, kind: Kind) -> Result<Stamp, Failure> {
    let inputs = [
        ".cargo/config.toml",
        "Cargo.toml",
        "Cargo.lock",
        "crates/core/Cargo.toml",
        "crates/core/src",
        "crates/wasm/Cargo.toml",
        "crates/wasm/src",
        "crates/xtask/src/build/function_order",
        "crates/xtask/src/build/wide_products",
        "npm/package-lock.json",
    ]
    .map(|path| workspace.path(path));
    let compiler = tools.wasm.version(workspace)?;
    let flags = shipping_flags(workspace, &tools.wasm)?;
    let mut words = vec![compiler.as_str()];
    words.extend(WASM_OPT);
    words.extend(kind.features());
    words.extend(flags.iter().map(String::as_str));
    Stamp::of(workspace, kind.step(), &words, &inputs)
}

fn compile(workspace: &Workspace, tools: &Tools, kind: Kind) -> Result<(), Failure> {
    let out = raw_folder(workspace, kind);
    remove_folder(&out)?;
    tools
        .run_for_shipping(workspace, "wasm-pack")
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
            kind.name(),
            "--out-dir",
        ])
        .args([&out])
        .args(["--"])
        .args(shipping_flags(workspace, &tools.wasm)?)
        .args(kind.features())
        .logged(&workspace.log(kind.step()))
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
    // First: wasm-opt makes the most of what is put in.
    let file = fs::read(from).map_err(|e| Failure::at("reading", from, &e))?;
    let faster = from.with_extension("faster.wasm");
    write(&faster, inline_wide_products(&file)?)?;
    tools
        .run(workspace, "node")
        .args([&program])
        .args(WASM_OPT)
        .args([faster.as_os_str(), "-o".as_ref(), to.as_os_str()])
        .logged(&workspace.log(&format!("{}-opt", kind.step())))?;
    // Last: wasm-opt would put the functions in an order of its own.
    let file = fs::read(to).map_err(|e| Failure::at("reading", to, &e))?;
    write(to, reorder(&file)?)
}

fn raw_folder(workspace: &Workspace, kind: Kind) -> PathBuf {
    workspace.target().join("wasm-pack").join(kind.step())
}
